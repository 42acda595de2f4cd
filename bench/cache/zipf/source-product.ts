/** A data product with as many customers as are wanted, in a folder of its own. Files add revisions to its table. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LinkedProduct, linkMesh, type MeshModel, printFinding, readManifest } from "#schema";
import type { RowChange } from "./messages.ts";

const manifest = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: customers, domain: sales, team: sales, version: 1.0.0, description: Who buys. }
spec:
  inputs:
    - name: rows
      type: batch
      source: "revisions/*.csv"
      format: csv
      mode: upsert
      key: [customer_id]
      schema:
        - { name: customer_id, type: string, required: true }
        - { name: revision, type: integer, required: true }
        - { name: segment, type: string, required: true }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: customers
      cache: 1h
      description: One row per customer.
      schema:
        - { name: customer_id, type: string, key: true, description: Number. }
        - { name: revision, type: integer, required: true, description: How often the row has changed. }
        - { name: segment, type: string, required: true, description: Kind of customer. }
`;
const transform = "select customer_id, revision, segment from rows\n";
const segments = ["Consumer", "Corporate", "Home Office"] as const;

export interface SourceProduct {
  readonly linked: LinkedProduct;
  readonly mesh: MeshModel;
  /** The rows as they are from the next refresh on. */
  write(changes: readonly RowChange[]): Promise<void>;
}

export async function writeSourceProduct(folder: string, entities: number): Promise<SourceProduct> {
  const file = join(folder, "product.yaml");
  await mkdir(join(folder, "revisions"), { recursive: true });
  await writeFile(file, manifest);
  await writeFile(join(folder, "transform.sql"), transform);
  let files = 0;
  const write = async (changes: readonly RowChange[]): Promise<void> => {
    const rows = changes.map(({ id, revision }) => `${id},${revision},${segments[Number(id) % segments.length]}`);
    const name = `${String(files++).padStart(8, "0")}.csv`;
    await writeFile(join(folder, "revisions", name), ["customer_id,revision,segment", ...rows, ""].join("\n"));
  };
  await write(Array.from({ length: entities }, (_, id) => ({ id: String(id), revision: 0 })));
  const read = readManifest(await readFile(file, "utf8"), file);
  if (read.value === undefined) throw new Error(read.findings.map(printFinding).join("\n"));
  const { mesh } = linkMesh([read.value]);
  const linked = mesh.products.get("customers");
  if (linked === undefined) throw new Error("the mesh has no customers");
  return { linked, mesh, write };
}
