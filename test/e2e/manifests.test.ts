/** The example's manifests say everything that a consumer, a policy and a check need, and nothing that lint questions. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type DataProduct, linkMesh, printFinding, readManifest, type TableOutput } from "#schema";

const folders = ["customers", "logistics", "orders", "payments", "products", "revenue"] as const;

function read(folder: string): { product: DataProduct; findings: readonly string[] } {
  const file = fileURLToPath(new URL(`../../subgraphs/${folder}/product.yaml`, import.meta.url));
  const { value, findings } = readManifest(readFileSync(file, "utf8"), file);
  if (value === undefined) throw new Error(findings.map((finding) => printFinding(finding)).join("\n"));
  return { product: value, findings: findings.map((finding) => printFinding(finding)) };
}

function tablesOf(product: DataProduct): readonly TableOutput[] {
  return product.outputs.filter((output) => output.type === "table");
}

describe.each(folders)("subgraphs/%s", (folder) => {
  const { product, findings } = read(folder);

  it("is read without an error or a warning", () => {
    expect(findings).toEqual([]);
  });

  it("has the files that every product of the example has", () => {
    for (const file of ["product.yaml", "transform.sql", "README.md"]) {
      expect(existsSync(new URL(`../../subgraphs/${folder}/${file}`, import.meta.url)), file).toBe(true);
    }
    const hasSchema = existsSync(new URL(`../../subgraphs/${folder}/schema.graphql`, import.meta.url));
    expect(existsSync(new URL(`../../subgraphs/${folder}/resolvers.ts`, import.meta.url))).toBe(hasSchema);
  });

  it("says who owns it, what it is for and what it cannot do", () => {
    const { name, domain, owner, description } = product.metadata;
    expect([name, domain]).toEqual([folder, folder]);
    expect(owner).toMatch(/^[a-z-]+@superstore\.example$/);
    expect(description).toEqual({
      purpose: expect.any(String) as string,
      usage: expect.any(String) as string,
      limitations: expect.any(String) as string,
    });
  });

  it("describes every table and every column", () => {
    for (const table of tablesOf(product)) {
      expect(table.description, table.name).toBeDefined();
      for (const field of table.fields)
        expect(field.description, `${table.name}.${field.name}`).toMatch(/^[A-Z1].+\.$/s);
    }
  });

  it("counts money in exact decimals, with its unit", () => {
    for (const table of tablesOf(product)) {
      expect(table.fields.filter(({ type }) => type.kind === "double")).toEqual([]);
      for (const field of table.fields.filter(({ name }) => /sales|profit|amount/.test(name))) {
        expect(field.type, field.name).toEqual({ kind: "decimal", precision: 18, scale: 4 });
        expect(field.unit, field.name).toBe("USD");
      }
    }
  });

  it("declares purposes, retention, checks and what it promises", () => {
    const { governance, quality } = product;
    expect(governance.purposes.length).toBeGreaterThan(0);
    expect(governance.retention).toBeDefined();
    expect(quality.checks.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["nullCheck", "uniqueCheck"]) as string[],
    );
    expect(quality.sla.completeness).toBe(1);
  });

  it("names the data subject wherever personal data are", () => {
    for (const table of tablesOf(product)) {
      if (!table.fields.some(({ pii }) => pii !== undefined)) continue;
      expect(table.fields.filter(({ subject }) => subject).map(({ name }) => name)).toEqual([
        product.governance.subjectKey,
      ]);
    }
  });
});

describe("the example as a mesh", () => {
  it("is linked without a finding, whatever the order of the products", () => {
    const products = folders.map((folder) => read(folder).product);
    for (const order of [products, products.toReversed()]) {
      const { mesh, findings } = linkMesh(order);
      expect(findings.map((finding) => printFinding(finding))).toEqual([]);
      expect(new Set(mesh.ingestionOrder)).toEqual(new Set(folders));
    }
  });

  it("lets every product read its inputs for a purpose that the other product allows", () => {
    const products = new Map(folders.map((folder) => [folder as string, read(folder).product]));
    const reads = [...products.values()].flatMap(({ metadata, inputs }) =>
      inputs.flatMap((input) => (input.type === "product" ? [{ reader: metadata.name, input }] : [])),
    );
    expect(reads.length).toBeGreaterThanOrEqual(5);
    for (const { reader, input } of reads) {
      expect(products.get(input.product.name)?.governance.purposes, `${reader} reads ${input.source}`).toContain(
        input.purpose,
      );
    }
  });
});
