import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import { createTestMesh, productOf, rowsOf, type TestMesh } from "../product.fixture.ts";
import type { ProductsOptions } from "../products.fixture.ts";

const manifest = (retention: string): string => `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: visits, domain: visits, team: team }
spec:
  inputs:
    - { name: raw, type: batch, source: visits.csv, format: csv, mode: snapshot, schema: [{ name: id, type: string }, { name: email, type: string }, { name: name, type: string }, { name: seen_on, type: date }] }
  outputs:
    - type: table
      name: visits
      schema:
        - { name: id, type: string, key: true }
        - { name: email, type: string, pii: email }
        - { name: name, type: string, pii: name, required: true }
        - { name: seen_on, type: date }
  governance:
    subjectKey: email
    retention: ${retention}
`;

describe("retention", () => {
  let test: TestMesh;
  let now = new Date("2026-01-31T12:00:00Z");
  beforeEach(async () => {
    now = new Date("2026-01-31T12:00:00Z");
    test = await createTestMesh();
    await test.write(
      "visits/visits.csv",
      "id,email,name,seen_on\n1,ann@example.com,Ann,2024-05-01\n2,bob@example.com,Bob,2025-06-01\n3,eve@example.com,Eve,\n",
    );
  });
  afterEach(() => test.dispose());

  const start = async (retention: string, options: Partial<ProductsOptions> = {}) => {
    await test.write("visits/product.yaml", manifest(retention));
    const products = await test.products(["visits"], { now: () => now, ...options });
    await products.start();
    return productOf(products, "visits");
  };
  const ids = async (product: Awaited<ReturnType<typeof start>>) =>
    (await rowsOf(product, "visits")).map(({ id }) => id);

  it("deletes what is too old when it is published, and later what has become so", async () => {
    const product = await start("{ period: 1y, field: seen_on, action: delete }");
    expect(await ids(product)).toEqual(["2", "3"]);
    now = new Date("2026-07-01T00:00:00Z");
    const dry = await product.retain({ dryRun: true });
    expect(dry?.retention).toEqual([{ output: "visits", action: "delete", affected: 1, overdue: 0 }]);
    expect(await ids(product)).toEqual(["2", "3"]);
    expect((await product.retain())?.retention).toEqual(dry?.retention);
    expect(await ids(product)).toEqual(["3"]);
    expect((await product.retain())?.published).toBeUndefined();
    // Nothing changed in the inputs: the version without the old rows stays.
    await product.refresh();
    expect(await ids(product)).toEqual(["3"]);
  });

  it("anonymises: personal columns are empty, or neutral where they must have a value", async () => {
    const product = await start("{ period: 1y, field: seen_on, action: anonymise }");
    expect(await rowsOf(product, "visits")).toMatchObject([
      { id: "1", email: null, name: "***", seen_on: "2024-05-01" },
      { id: "2", email: "bob@example.com", name: "Bob" },
      { id: "3", email: "eve@example.com", name: "Eve" },
    ]);
    expect((await product.retain())?.retention).toEqual([
      { output: "visits", action: "anonymise", affected: 0, overdue: 0 },
    ]);
  });

  it("archives sealed, each row once, and an erased person goes from the archive too", async () => {
    const keys = createKeyRing([{ id: "k1", createdAt: new Date(0), secret: Buffer.alloc(32, 3) }]);
    const product = await start("{ period: 1y, field: seen_on, action: archive }", { keys });
    expect(await ids(product)).toEqual(["2", "3"]);
    const file = join(test.folder, "state/visits/archive/visits.ndjson");
    const lines = async () => (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    expect(await lines()).toHaveLength(1);
    expect((await lines()).join()).not.toContain("ann@example.com");
    now = new Date("2026-07-01T00:00:00Z");
    expect((await product.retain({ dryRun: true }))?.retention).toMatchObject([{ affected: 1, overdue: 0 }]);
    expect(await lines()).toHaveLength(1);
    await product.retain();
    expect([await ids(product), (await lines()).length]).toEqual([["3"], 2]);
    // The source still has both: they are archived once.
    await test.write(
      "visits/visits.csv",
      "id,email,name,seen_on\n1,ann@example.com,Ann,2024-05-01\n2,bob@example.com,Bob,2025-06-01\n",
    );
    await product.refresh();
    expect([await ids(product), (await lines()).length]).toEqual([[], 2]);
    const isAnn = { matcher: () => (value: string) => value === "ann@example.com" };
    expect((await product.forget(isAnn))?.forgotten.rows).toBe(1);
    expect(await lines()).toHaveLength(1);
  });

  it("keeps what is to be archived while there is no key to seal it with", async () => {
    const product = await start("{ period: 1y, field: seen_on, action: archive }");
    expect(await ids(product)).toEqual(["1", "2", "3"]);
    expect((await product.retain())?.retention).toMatchObject([{ affected: 0, overdue: 1 }]);
  });

  it("keeps under a legal hold, and counts what is overdue", async () => {
    const product = await start("{ period: 1y, field: seen_on, action: delete, legalHold: true }");
    expect(await ids(product)).toEqual(["1", "2", "3"]);
    expect((await product.retain())?.retention).toEqual([
      { output: "visits", action: "delete", affected: 0, overdue: 1 },
    ]);
  });
});
