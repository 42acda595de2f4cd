/** `datamesh start` with workers: products in one process, answers from others, governed as if there were one. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Command, runCommand, startCommand } from "./command.ts";
import { type Asking, type Load, post, startLoad } from "./load.ts";
import { createTinyMesh, type TinyMesh, thingsManifest } from "./tiny-mesh.ts";

/** A product that runs elsewhere, and whose schema changes without a word. */
let remote: Server;
let remoteField = "first";
let tiny: TinyMesh;
let mesh: Command;
let url: string;
let authorization: string;

const remoteSdl = () =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") type Query { ${remoteField}: String }`;

beforeAll(async () => {
  remote = createServer((asked, response) => {
    let body = "";
    asked.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    asked.on("end", () => {
      const data = body.includes("_service") ? { _service: { sdl: remoteSdl() } } : { [remoteField]: "far" };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
    });
  });
  await once(remote.listen(0, "127.0.0.1"), "listening");
  const remoteUrl = `http://127.0.0.1:${(remote.address() as AddressInfo).port}/graphql`;

  tiny = await createTinyMesh();
  const config = await readFile(tiny.path("datamesh.yaml"), "utf8");
  await tiny.write(
    "datamesh.yaml",
    config
      .replace("server: { port: 0 }", "server: { port: 0, workers: 2 }")
      .replace(
        "  authentication:",
        `  gateway: { pollInterval: 200ms, remote: { far: { url: "${remoteUrl}" } } }\n  authentication:`,
      ),
  );
  mesh = startCommand(["start"], { cwd: tiny.folder });
  url = await mesh.url();
  const { stdout } = await runCommand(["token", "--as", "analyst"], { cwd: tiny.folder });
  authorization = `Bearer ${stdout.trim()}`;
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  remote?.close();
  await tiny?.[Symbol.asyncDispose]();
});

const email: Asking = { query: `{ thing(thingId: "a") { email } }` };
const colour: Asking = { query: `{ parts(first: 1) { nodes { thing { colour } } } }` };

/** What so many requests get, each over a connection of its own, so that every worker is asked. */
async function answersOf(asking: Asking, count = 4): Promise<ReadonlySet<string>> {
  const answers = await Promise.all(Array.from({ length: count }, () => post(url, asking)));
  return new Set(answers.map(({ body }) => dataOf(body)));
}

function dataOf(body: string): string {
  const { data, errors } = JSON.parse(body) as { data?: unknown; errors?: unknown };
  return JSON.stringify(errors === undefined ? data : { errors });
}

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly workers?: readonly { readonly state: string }[];
  readonly products: readonly { readonly name: string; readonly state: string }[];
}
const health = async (): Promise<Health> => (await (await fetch(`${url}/health/ready`)).json()) as Health;

/** Writes a file under load and has it taken over; gives the load after that was said and more was asked. */
async function change(file: string, text: string, asking: Asking): Promise<{ load: Load; takenOverAt: number }> {
  const load = startLoad(url, asking);
  await load.more(20);
  const before = mesh.output().length;
  await tiny.write(file, text);
  mesh.kill("SIGHUP");
  await mesh.prints(/ {2}reloaded.*\n/, before);
  const takenOverAt = performance.now();
  await load.more(40);
  return { load, takenOverAt };
}

describe("a mesh with two workers", () => {
  it("says so, and speaks for all products", async () => {
    expect(mesh.output()).toContain("answered by 2 workers");
    const { status, reasons, workers, products } = await health();
    expect([status, reasons, workers?.map(({ state }) => state)]).toEqual(["UP", [], ["serving", "serving"]]);
    expect(products.map(({ name }) => name)).toEqual(["far", "parts", "things"]);
  });

  it("joins products that run in the first process, for every caller as the policies say", async () => {
    expect(await answersOf(colour)).toEqual(new Set(['{"parts":{"nodes":[{"thing":{"colour":"red"}}]}}']));
    const masked = [...(await answersOf(email))];
    expect([masked.length, masked.join()]).toEqual([1, expect.not.stringContaining("ann@")]);
    expect(await answersOf({ ...email, headers: { authorization, "mesh-purpose": "care" } })).toEqual(
      new Set(['{"thing":{"email":"ann@example.com"}}']),
    );
    expect([...(await answersOf({ ...email, headers: { authorization: `${authorization}x` } }))].join()).toContain(
      "UNAUTHENTICATED",
    );
  });

  it("takes over a changed policy on all workers under load, and loses nothing", async () => {
    const redacted = [...(await answersOf(email))].join();
    const policy = await readFile(tiny.path("policies/global/contact-data.yaml"), "utf8");
    const changed = policy.replace("technique: redact", "technique: partial");
    const { load, takenOverAt } = await change("policies/global/contact-data.yaml", changed, email);
    const answers = await load.stop();
    const seen = new Set(answers.map(({ body }) => dataOf(body)));
    expect([seen.size, [...seen][0]]).toEqual([2, redacted]);
    expect([...seen].join()).not.toMatch(/ann@|errors/);
    const after = answers.filter(({ at }) => at > takenOverAt);
    expect(after.length).toBeGreaterThan(20);
    expect(new Set(after.map(({ body }) => dataOf(body)))).toEqual(new Set([[...seen][1]]));
  });

  it("takes over a changed product on all workers under load; who asks meanwhile waits for it", async () => {
    const sql = "select thing_id, upper(colour) as colour, email from rows\n";
    const { load, takenOverAt } = await change("subgraphs/things/transform.sql", sql, colour);
    const answers = await load.stop();
    const [before, now] = ["red", "RED"].map((name) => `{"parts":{"nodes":[{"thing":{"colour":"${name}"}}]}}`);
    expect(new Set(answers.map(({ body }) => dataOf(body)))).toEqual(new Set([before, now]));
    const after = answers.filter(({ at }) => at > takenOverAt).map(({ body }) => dataOf(body));
    expect([after.length > 20, new Set(after)]).toEqual([true, new Set([now])]);
  });

  it("takes over a new column on all workers", async () => {
    await tiny.write("subgraphs/things/transform.sql", "select thing_id, colour, email, 3 as letters from rows\n");
    const manifest = thingsManifest.replace(
      "description: Colour. }",
      "description: Colour. }\n        - { name: letters, type: integer, description: How many. }",
    );
    const { load } = await change("subgraphs/things/product.yaml", manifest, colour);
    expect((await load.stop()).map(({ body }) => dataOf(body)).filter((data) => data.includes("errors"))).toEqual([]);
    expect(await answersOf({ query: `{ thing(thingId: "a") { letters } }` })).toEqual(
      new Set(['{"thing":{"letters":3}}']),
    );
  });

  it("keeps what runs on all workers while a document is faulty, and says which", async () => {
    const before = mesh.output().length;
    await tiny.write("policies/global/contact-data.yaml", "apiVersion: datamesh.io/v1\nkind: Policy\nmetadta: {}\n");
    mesh.kill("SIGHUP");
    await mesh.prints(/not reloaded/, before);
    expect([...(await answersOf(email))].join()).not.toMatch(/ann@|errors/);
    expect((await health()).reasons).toEqual([expect.stringContaining("a policy cannot be read")]);
  });

  it("follows a product that runs elsewhere on all workers", async () => {
    expect(await answersOf({ query: "{ first }" })).toEqual(new Set(['{"first":"far"}']));
    remoteField = "second";
    await expect
      .poll(() => answersOf({ query: "{ second }" }), { timeout: 20_000 })
      .toEqual(new Set(['{"second":"far"}']));
    expect([...(await answersOf({ query: "{ first }" }))].join()).toContain("errors");
  });

  it("ends with 0 at SIGTERM", async () => {
    mesh.kill("SIGTERM");
    expect(await mesh.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe("`datamesh dev`", () => {
  it("answers by itself, whatever number of workers is configured", async () => {
    await tiny.reset();
    const config = await readFile(tiny.path("datamesh.yaml"), "utf8");
    await tiny.write("datamesh.yaml", config.replace("server: { port: 0 }", "server: { port: 0, workers: auto }"));
    mesh = startCommand(["dev"], { cwd: tiny.folder });
    url = await mesh.url();
    expect((await health()).workers).toBeUndefined();
  });
});
