import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { UpstreamReader } from "#platform";
import { anonymous } from "#policies";
import { readConfig } from "../config/read-config.ts";
import { loadMesh } from "./load-mesh.ts";
import { type RunningProducts, runProducts } from "./run-products.ts";

/** Two products: `fruit` reads a CSV, `count` reads fruit. */
const documents = {
  "datamesh.yaml":
    "apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec: { products: ['*/product.yaml'] }\n",
  "fruit/product.yaml": `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: fruit, domain: food, team: food, version: 1.0.0 }
spec:
  inputs: [{ name: fruit, type: batch, source: fruit.csv, format: csv, mode: snapshot }]
  outputs:
    - { type: table, name: fruit, schema: [{ name: name, type: string, key: true }, { name: weight, type: integer }] }
`,
  "fruit/fruit.csv": "name,weight\napple,100\npear,120\n",
  "count/product.yaml": `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: count, domain: food, team: food, version: 1.0.0 }
spec:
  inputs: [{ name: fruit, type: product, source: food.fruit/fruit, mode: snapshot, purpose: counting }]
  transformation: { type: sql, code: "select 'all' as what, count(*) as fruits from fruit" }
  outputs:
    - { type: table, name: counts, schema: [{ name: what, type: string, key: true }, { name: fruits, type: long }] }
`,
};

let folder: string;
let products: RunningProducts | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-products-"));
  for (const [path, text] of Object.entries(documents)) await write(path, text);
});
afterEach(async () => {
  await products?.close();
  products = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function run(options: Partial<Parameters<typeof runProducts>[1]> = {}): Promise<RunningProducts> {
  const config = await readConfig(join(folder, "datamesh.yaml"));
  const loaded = await loadMesh(config);
  products = await runProducts(loaded, {
    config,
    runsHere: () => true,
    onEvent: () => {},
    onError: () => {},
    onFault: () => {},
    onOffered: () => {},
    pauses: { firstRetryMs: 10, upstreamPollMs: 10 },
    ...options,
  });
  return products;
}

async function fruits(running: RunningProducts): Promise<unknown> {
  const snapshot = await running.get("count")?.snapshot();
  if (snapshot === undefined) throw new Error("count does not run");
  try {
    const rows = await snapshot.query(
      `select fruits from ${snapshot.table("counts")}`,
      [],
      new Map([["fruits", { kind: "long" }]]),
    );
    return rows[0]?.fruits;
  } finally {
    snapshot.release();
  }
}

it("starts a product after those it reads, and refreshes it when they publish", async () => {
  const running = await run();
  expect(running.statuses().map(({ state }) => state)).toEqual(["serving", "serving"]);
  expect(await fruits(running)).toBe(2n);

  await write("fruit/fruit.csv", "name,weight\napple,100\npear,120\nplum,30\n");
  await running.get("fruit")?.refresh();
  await vi.waitFor(async () => expect(await fruits(running)).toBe(3n));
});

it("tries a product that failed again, and those that read it follow", async () => {
  await rm(join(folder, "fruit/fruit.csv"));
  const running = await run();
  expect(running.statuses().map(({ state }) => state)).toEqual(["failed", "failed"]);

  await write("fruit/fruit.csv", "name,weight\napple,100\n");
  const served = { state: "serving", reason: undefined };
  await vi.waitFor(
    async () => {
      expect(await fruits(running)).toBe(1n);
      expect(running.statuses().map(({ state, reason }) => ({ state, reason }))).toEqual([served, served]);
    },
    { timeout: 10_000 },
  );
});

it("asks an upstream that runs elsewhere again and again, and takes over its new version", async () => {
  let version = 1;
  const elsewhere: UpstreamReader = {
    version: async () => ({ version, publishedAt: new Date(version) }),
    read: async () => ({
      version: { version, publishedAt: new Date(version) },
      columns: new Map([
        ["name", { kind: "string" }],
        ["weight", { kind: "integer" }],
      ]),
      batches: (async function* () {
        yield Array.from({ length: version }, (_, index) => ({ name: `fruit ${index}`, weight: index }));
      })(),
    }),
  };
  const running = await run({ runsHere: (name) => name === "count", remoteUpstream: () => elsewhere });
  expect(running.statuses().map(({ product }) => product)).toEqual(["count"]);
  expect(await fruits(running)).toBe(1n);

  version = 4;
  await vi.waitFor(async () => expect(await fruits(running)).toBe(4n), { timeout: 10_000 });
});

it("replaces only what changed and closes what is gone", async () => {
  const running = await run();
  const before = { fruit: running.get("fruit"), count: running.get("count") };
  const config = await readConfig(join(folder, "datamesh.yaml"));

  await running.replace(await loadMesh(config), new Set(["count"]));
  expect(running.get("fruit")).toBe(before.fruit);
  expect(running.get("count")).not.toBe(before.count);
  expect(before.count?.status.state).toBe("closed");
  expect(await fruits(running)).toBe(2n);

  await rm(join(folder, "count"), { recursive: true });
  await running.replace(await loadMesh(config), new Set());
  expect(running.get("count")).toBeUndefined();
  expect(running.sources().map(({ name }) => name)).toEqual(["fruit"]);
});

it("answers with its successor whoever asks a product while it is replaced, and afterwards", async () => {
  const running = await run();
  const subgraphNow = () => {
    const [source] = running.sources().filter(({ name }) => name === "fruit");
    if (source?.kind !== "in-process") throw new Error("fruit has no subgraph");
    return source.subgraph;
  };
  const old = subgraphNow();
  expect(subgraphNow()).toBe(old);
  const names = async (): Promise<unknown> =>
    old.execute({
      query: "{ fruits { nodes { name } } }",
      operationName: undefined,
      variables: {},
      caller: anonymous,
      masking: "gateway",
      signal: new AbortController().signal,
    });
  const nodes = (...all: readonly string[]) => ({
    data: { fruits: { nodes: all.map((name) => ({ name })) } },
  });
  expect(await names()).toMatchObject(nodes("apple", "pear"));

  await write("fruit/fruit.csv", "name,weight\napple,100\nplum,30\n");
  const begun = names();
  const replaced = running.replace(await loadMesh(await readConfig(join(folder, "datamesh.yaml"))), new Set(["fruit"]));
  const meanwhile = names();
  expect(await begun).toMatchObject(nodes("apple", "pear"));
  expect(await meanwhile).toMatchObject(nodes("apple", "plum"));
  await replaced;
  expect(subgraphNow()).not.toBe(old);
  expect(await names()).toMatchObject(nodes("apple", "plum"));
});
