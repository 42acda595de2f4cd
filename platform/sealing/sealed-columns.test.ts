import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymous, createKeyRing } from "#policies";
import { hasErrors, readManifest } from "#schema";
import { postgres } from "../../test/services.ts";
import { createTestMesh, productOf, quarantineOf, rowsOf, type TestMesh } from "../product.fixture.ts";

const manifest = (engine: string): string => `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: people, domain: people, team: team }
spec:
  inputs:
    - { name: raw, type: batch, source: people.csv, format: csv, mode: snapshot, schema: [{ name: id, type: string, required: true }, { name: email, type: string }, { name: born_on, type: date }, { name: city, type: string }] }
  outputs:
    - type: table
      name: people
      storage: ${engine}
      schema:
        - { name: id, type: string, key: true, subject: true }
        - { name: email, type: string, encrypt: true }
        - { name: born_on, type: date, encrypt: true }
        - { name: city, type: string }
`;

const master = (fill: number) => ({ id: `k${fill}`, createdAt: new Date(0), secret: Buffer.alloc(32, fill) });
const server = await postgres();
const engines = [
  { engine: "duckdb", skip: false },
  { engine: "postgres", skip: server.missing !== undefined },
];
const rows = [
  { id: "1", email: "ann@example.com", born_on: "1980-02-29", city: "Oslo" },
  { id: "2", email: null, born_on: null, city: "Rome" },
];

describe.each(engines)("encrypted columns kept in $engine", ({ engine, skip }) => {
  let test: TestMesh;
  const schema = `t${process.pid}_sealed_${engine}`;
  beforeEach(async () => {
    test = await createTestMesh();
    await test.write("people/product.yaml", manifest(engine));
    await test.write(
      "people/people.csv",
      "id,email,born_on,city\n1,ann@example.com,1980-02-29,Oslo\n2,,,Rome\n,eve@example.com,,Bonn\n",
    );
  });
  afterEach(async () => {
    await test.dispose();
    if (engine !== "postgres" || skip) return;
    await inDatabase(`drop schema if exists "${schema}" cascade`);
  });

  async function inDatabase(sql: string): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  const start = async (keys: ReturnType<typeof createKeyRing> | undefined) => {
    const database = engine === "postgres" ? { databaseUrl: server.url, databaseSchema: () => schema } : {};
    const products = await test.products(["people"], { keys, ...database });
    await products.start();
    return productOf(products, "people");
  };

  it.skipIf(skip)("are sealed where they are kept, and opened when they are read", async () => {
    const product = await start(createKeyRing([master(1)]));
    expect(product.status).toMatchObject({ state: "serving", reason: undefined });
    expect(await rowsOf(product, "people")).toEqual(rows);
    const answer = await product.subgraph?.execute({
      query: "{ people(first: 5) { nodes { id email bornOn } } }",
      caller: anonymous,
      masking: "here",
    });
    expect(answer?.errors).toBeUndefined();
    expect(JSON.stringify(answer?.data)).toContain("ann@example.com");
    expect(JSON.stringify(answer?.data)).toContain("1980-02-29");
    const [rejected] = await quarantineOf(product);
    expect(rejected?.raw).toMatch(/^sealed:k1:/);
    if (engine === "postgres") {
      const kept = await inDatabase(
        `select * from "${schema}"."v1.people", "${schema}"."staged.raw" right join (select 1) as one on true`,
      );
      expect(JSON.stringify(kept)).not.toMatch(/ann@example|1980-02-29/);
      expect(JSON.stringify(await inDatabase(`select email from "${schema}"."v1.people"`))).toContain("sealed:k1:");
    }
  });

  it.skipIf(skip)("open after a rotation, and not without their key", async () => {
    const keys = createKeyRing([master(1)]);
    const product = await start(keys);
    keys.replace([master(1), master(2)]);
    expect(await rowsOf(product, "people")).toEqual(rows);
    await test.write("people/people.csv", "id,email,born_on,city\n3,bob@example.com,,Oslo\n");
    await product.refresh();
    expect(await rowsOf(product, "people")).toMatchObject([{ id: "3", email: "bob@example.com" }]);
    keys.replace([master(3)]);
    await expect(rowsOf(product, "people")).rejects.toMatchObject({ code: "KEY_MISSING" });
  });

  it.skipIf(skip)("are not published without a key", async () => {
    const product = await start(createKeyRing([]));
    expect(product.status).toMatchObject({ state: "failed", reason: { code: "KEY_MISSING" } });
  });
});

it("leaves nothing of them in the clear in the file of DuckDB", async () => {
  const test = await createTestMesh();
  await test.write("people/product.yaml", manifest("duckdb"));
  await test.write("people/people.csv", "id,email,born_on,city\n1,ann@example.com,1980-02-29,Oslo\n");
  const products = await test.products(["people"], { keys: createKeyRing([master(1)]) });
  await products.start();
  expect((await rowsOf(productOf(products, "people"), "people"))[0]).toMatchObject({ email: "ann@example.com" });
  await products.close();
  const folder = join(test.folder, "state", "people");
  const files = (await readdir(folder)).filter((file) => file.startsWith("data.duckdb"));
  expect(files.length).toBeGreaterThan(0);
  const kept = await Promise.all(files.map((file) => readFile(join(folder, file), "latin1")));
  expect(kept.join()).toContain("sealed:k1:");
  expect(kept.join()).not.toContain("ann@example.com");
  await test.dispose();
});

it.each([
  [
    "a key",
    "{ name: id, type: string, key: true, subject: true }",
    "{ name: id, type: string, key: true, subject: true, encrypt: true }",
    "encrypted-operand",
  ],
  ["a unique column", "encrypt: true }", "encrypt: true, unique: true }", "encrypted-operand"],
  ["an input that is kept between runs", "mode: snapshot", "mode: append", "encrypted-input"],
])("%s cannot go with encryption", (_, from, to, code) => {
  const { findings } = readManifest(manifest("duckdb").replace(from, to), "product.yaml");
  expect(hasErrors(findings)).toBe(true);
  expect(findings.map((finding) => finding.code)).toContain(code);
});
