import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../config/read-config.ts";
import { type LoadedMesh, loadMesh } from "./load-mesh.ts";
import { changedSince, fingerprint, watchedFolders } from "./watch-mesh.ts";

const manifest = (name: string, column: string): string => `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: ${name}, domain: food, team: food, version: 1.0.0 }
spec:
  inputs: [{ name: rows, type: batch, source: rows.csv, format: csv, mode: snapshot }]
  outputs:
    - { type: table, name: ${name}, schema: [{ name: ${name}_id, type: string, key: true }, ${column}] }
`;
const refersToFruit = "{ name: fruit_id, type: string, references: food.fruit/fruit.fruit_id }";
const policy = (technique: string): string => `
apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: names, owner: data-protection }
spec: { selector: { pii: name }, effect: { type: mask, technique: ${technique} } }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "load-mesh-"));
  await write(
    "datamesh.yaml",
    "apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec: { products: ['*/product.yaml'], policies: ['rules/*.yaml'] }\n",
  );
  await write("fruit/product.yaml", manifest("fruit", "{ name: weight, type: integer }"));
  await write("basket/product.yaml", manifest("basket", refersToFruit));
  await write("rules/names.yaml", policy("redact"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function load(before?: LoadedMesh): Promise<LoadedMesh> {
  return loadMesh(await readConfig(join(folder, "datamesh.yaml")), before);
}

function relations({ mesh }: LoadedMesh): readonly string[] {
  return mesh.products.get("basket")?.tables.flatMap(({ toOne }) => toOne.map(({ toOneName }) => toOneName)) ?? [];
}

describe("loading a mesh", () => {
  it("links all products and reads all policies", async () => {
    const loaded = await load();
    expect([...loaded.mesh.products.keys()].sort()).toEqual(["basket", "fruit"]);
    expect(relations(loaded)).toEqual(["fruit"]);
    expect(loaded.policies.map(({ name }) => name)).toEqual(["names"]);
    expect(loaded).toMatchObject({ policiesAreComplete: true, broken: new Map() });
  });

  it("leaves a product out whose manifest cannot be read, and says where", async () => {
    await write("fruit/product.yaml", manifest("fruit", "{ name: weight, typ: integer }"));
    const loaded = await load();
    expect([...loaded.mesh.products.keys()]).toEqual(["basket"]);
    expect(loaded.broken.get("fruit")?.[0]).toMatchObject({
      code: "missing-key",
      place: { file: join(folder, "fruit/product.yaml"), line: 8 },
    });
  });

  it("takes a manifest that became unreadable for what it was, so that others keep their relations", async () => {
    const before = await load();
    await write("fruit/product.yaml", "kind: DataProduct\n  broken");
    const after = await load(before);
    expect([...after.broken.keys()]).toEqual(["fruit"]);
    expect(relations(after)).toEqual(["fruit"]);
  });

  it("says that policies are not complete when one cannot be read", async () => {
    await write("rules/names.yaml", policy("redactt"));
    const loaded = await load();
    expect(loaded.policiesAreComplete).toBe(false);
    expect(
      loaded.findings.some(({ place, message }) => place.file.endsWith("names.yaml") && message.includes("redact")),
    ).toBe(true);
  });

  it("reads the policies beside a product as well", async () => {
    await write("fruit/policies.yaml", policy("partial").replace("name: names", "name: fruit-names"));
    expect((await load()).policies.map(({ name }) => name).sort()).toEqual(["fruit-names", "names"]);
  });

  it("knows whose the policies beside a product are, several in a file, and gives waivers to their policies", async () => {
    const own = policy("partial").replace("name: names", "name: fruit-names");
    await write("fruit/policies.yaml", `${own}---${own.replace("fruit-names", "more-names")}`);
    const waiver = `
apiVersion: datamesh.io/v1
kind: Waiver
metadata: { name: trial, owner: data-protection }
spec: { policy: names, selector: { pii: name }, reason: a trial, expires: 2999-01-01 }
`;
    await write("rules/names.yaml", `${policy("redact")}---${waiver}`);
    // A pattern of the mesh's policies does not make a product's own ones the mesh's.
    await write(
      "datamesh.yaml",
      "apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec: { products: ['*/product.yaml'], policies: ['rules/*.yaml', '*/policies.yaml'] }\n",
    );
    const { policies, findings, policyFiles } = await load();
    expect(findings.filter(({ level }) => level !== "info")).toEqual([]);
    expect(policies.map(({ name, product, waivers }) => [name, product, waivers.length])).toEqual([
      ["names", undefined, 1],
      ["fruit-names", "fruit", 0],
      ["more-names", "fruit", 0],
    ]);
    expect(policyFiles).toEqual([join(folder, "rules/names.yaml"), join(folder, "fruit/policies.yaml")]);
  });

  it("refuses a waiver beside a product, and reads a product's policies when its manifest cannot be read", async () => {
    await write("fruit/product.yaml", "kind: DataProduct\n  broken");
    await write("fruit/policies.yaml", policy("partial").replace("name: names", "name: fruit-names"));
    expect((await load()).policies).toMatchObject([{ name: "names" }, { name: "fruit-names", product: "fruit" }]);
    await write("fruit/policies.yaml", policy("partial").replace("kind: Policy", "kind: Waiver"));
    expect((await load()).policiesAreComplete).toBe(false);
  });

  it("says that nothing matches", async () => {
    await rm(join(folder, "fruit"), { recursive: true });
    await rm(join(folder, "basket"), { recursive: true });
    expect((await load()).findings).toMatchObject([{ level: "error", code: "no-products", path: "spec.products" }]);
  });
});

describe("what changed", () => {
  const changes = async (change: () => Promise<void>): Promise<readonly string[]> => {
    const before = await fingerprint(await load());
    await change();
    return [...changedSince(before, await fingerprint(await load()))].sort();
  };

  it("is nothing when nothing did", async () => expect(await changes(async () => {})).toEqual([]));

  it("is the product one of whose files changed", async () =>
    expect(await changes(() => write("fruit/transform.sql", "select 1"))).toEqual(["fruit"]));

  it("is every product when a policy changed, because each enforces it", async () =>
    expect(await changes(() => write("rules/names.yaml", policy("partial")))).toEqual(["basket", "fruit"]));

  it("is a new product", async () =>
    expect(await changes(() => write("nut/product.yaml", manifest("nut", "{ name: weight, type: integer }")))).toEqual([
      "nut",
    ]));
});

it("folders are watched from the last part of a pattern that has no wildcard", async () => {
  await mkdir(join(folder, "subgraphs"));
  expect(watchedFolders(["subgraphs/*/product.yaml", "rules/names.yaml", "nowhere/*.yaml"], folder)).toEqual([
    join(folder, "subgraphs"),
    join(folder, "rules"),
  ]);
});
