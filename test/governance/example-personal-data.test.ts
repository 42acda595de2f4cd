import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../../cli/config/read-config.ts";
import { loadMesh } from "../../cli/mesh/load-mesh.ts";
import { type RunningProducts, runProducts } from "../../cli/mesh/run-products.ts";
import { detectPersonalData } from "../../policies/detection/detect-personal-data.ts";

let folder: string;
let products: RunningProducts;
const notices: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "example-"));
  const config = {
    ...(await readConfig(join(import.meta.dirname, "../../datamesh.yaml"))),
    stateFolder: folder,
    storage: { postgresUrl: undefined },
  };
  products = await runProducts(await loadMesh(config), {
    config,
    runsHere: () => true,
    onEvent: (event) => {
      if (event.kind === "notice") notices.push(event.message);
    },
    onError: () => undefined,
    onFault: () => undefined,
    onOffered: () => undefined,
  });
}, 60_000);
afterAll(async () => {
  await products?.close();
  await rm(folder, { recursive: true, force: true });
});

it("the example mesh publishes everything under its validators, without a warning", () => {
  expect(products.statuses().map(({ product, state, reason }) => [product, state, reason])).toEqual(
    products.statuses().map(({ product }) => [product, "serving", undefined]),
  );
  expect(notices.filter((notice) => !notice.includes("PostgreSQL"))).toEqual([]);
});

it("detection finds exactly what the example mesh declares, even at a share of one in twenty", async () => {
  const found: string[] = [];
  const declared: string[] = [];
  for (const { product } of products.statuses()) {
    const running = products.get(product);
    if (running === undefined) continue;
    const snapshot = await running.snapshot();
    for (const { output } of running.linked.tables) {
      const columns = new Map(output.fields.map(({ name, type }) => [name, type]));
      const names = [...columns.keys()].map((name) => `"${name}"`).join(", ");
      const rows = await snapshot.query(`select ${names} from ${snapshot.table(output.name)} limit 3000`, [], columns);
      const detected = detectPersonalData(rows, {
        output: output.name,
        fields: output.fields,
        minShare: 0.05,
        minValues: 5,
      });
      found.push(...detected.map(({ column, category }) => `${product} ${output.name}.${column} ${category}`));
      declared.push(
        ...output.fields.flatMap(({ name, pii }) =>
          pii === undefined ? [] : [`${product} ${output.name}.${name} ${pii}`],
        ),
      );
    }
    snapshot.release();
  }
  expect(found.sort()).toEqual(declared.sort());
});
