/** A mesh of two small products in a folder of the test's own, for trying the command on documents that change. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface TinyMesh extends AsyncDisposable {
  readonly folder: string;
  path(file: string): string;
  /** Writes one of its files. */
  write(file: string, text: string): Promise<void>;
  /** All its files as they were at first; what else is there goes. */
  reset(): Promise<void>;
}

export const thingsManifest = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: things, domain: stock, team: stock, version: 1.0.0, description: What there is. }
spec:
  inputs:
    - name: rows
      type: batch
      source: things.csv
      format: csv
      mode: snapshot
      schema:
        - { name: thing_id, type: string, required: true }
        - { name: colour, type: string, required: true }
        - { name: email, type: string, required: true }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: things
      description: One row per thing.
      schema:
        - { name: thing_id, type: string, key: true, description: Number. }
        - { name: colour, type: string, description: Colour. }
        - { name: email, type: string, description: Whom to ask., pii: email }
  governance: { subjectKey: thing_id }
`;

export const partsManifest = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: parts, domain: assembly, team: assembly, version: 1.0.0, description: What things are made of. }
spec:
  inputs:
    - name: rows
      type: batch
      source: parts.csv
      format: csv
      mode: snapshot
      schema:
        - { name: part_id, type: string, required: true }
        - { name: thing_id, type: string, required: true }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: parts
      description: One row per part.
      schema:
        - { name: part_id, type: string, key: true, description: Number. }
        - { name: thing_id, type: string, description: Belongs to., references: stock.things/things.thing_id }
`;

/** A product that reads the output of another. */
export function readerManifest(name: string, upstream: string): string {
  const plural = `${name}_rows`;
  return `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: ${name}, domain: ${name}, team: risk, version: 1.0.0, description: Reads another. }
spec:
  inputs:
    - { name: upstream, type: product, source: ${upstream}, mode: snapshot, purpose: reporting }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: ${plural}
      description: Rows.
      schema:
        - { name: ${name}_id, type: string, key: true, description: Number. }
`;
}

const maskingPolicy = `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: contact-data, owner: protection@example.com, description: Nobody sees an address. }
spec:
  selector: { pii: [email] }
  unless: { purpose: [care] }
  effect: { type: mask, technique: redact }
`;

const files: Readonly<Record<string, string>> = {
  "datamesh.yaml": `apiVersion: datamesh.io/v1
kind: Mesh
metadata: { name: tiny }
spec:
  server: { port: 0 }
  storage: { postgresUrl: "\${DATABASE_URL:-}" }
  authentication:
    development: true
    principals: { analyst: { roles: [analyst], purposes: [care] } }
  log: { level: error }
`,
  "policies/global/contact-data.yaml": maskingPolicy,
  "subgraphs/things/product.yaml": thingsManifest,
  "subgraphs/things/transform.sql": "select thing_id, colour, email from rows\n",
  "subgraphs/things/things.csv": "thing_id,colour,email\na,red,ann@example.com\nb,blue,bob@example.com\n",
  "subgraphs/parts/product.yaml": partsManifest,
  "subgraphs/parts/transform.sql": "select part_id, thing_id from rows\n",
  "subgraphs/parts/parts.csv": "part_id,thing_id\n1,a\n2,a\n3,b\n",
};

export async function createTinyMesh(): Promise<TinyMesh> {
  const folder = await mkdtemp(join(tmpdir(), "datamesh-tiny-"));
  const path = (file: string): string => join(folder, file);
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(path(file)), { recursive: true });
    await writeFile(path(file), text);
  };
  const reset = async (): Promise<void> => {
    for (const part of ["subgraphs", "policies", ".datamesh"]) await rm(path(part), { recursive: true, force: true });
    for (const [file, text] of Object.entries(files)) await write(file, text);
  };
  await reset();
  return {
    folder,
    path,
    write,
    reset,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
