/** What a running gateway has loaded on the thread that answers: planner and composer live in workers, and cost it no memory. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repository } from "../mesh.ts";

const program = `
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
const { createGateway } = await import("#gateway");
const { shopSources } = await import("./gateway/fixtures/shop.fixture.ts");
const { ask } = await import("./gateway/fixtures/ask.fixture.ts");
const gateway = await createGateway({ source: { kind: "subgraphs", subgraphs: shopSources() } });
const { data } = await ask(gateway.service, "{ orders { id customer { name } } }");
await gateway.close();
console.log(JSON.stringify({ data, loaded }));
`;

test("a gateway that composed, planned and answered has loaded no planner, no composer and no other gateway", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: repository,
    maxBuffer: 10_000_000,
  });
  const { data, loaded } = JSON.parse(stdout) as { readonly data: unknown; readonly loaded: readonly string[] };
  expect(data).toHaveProperty("orders.0.customer.name", "Ada");
  const packages = new Set(loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []));
  expect(packages).toContain("graphql");
  const inWorkers = ["composition", "federation-internals", "gateway", "query-graphs", "query-planner"];
  expect(inWorkers.filter((name) => packages.has(`@apollo/${name}`))).toEqual([]);
});
