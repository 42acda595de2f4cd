/**
 * A mesh whose personal data can be recognised wherever they turn up: every personal value holds a canary, a text that
 * occurs nowhere else.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface CanaryMesh extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
}

/** In every personal value; masks leave at most its first and last letters. */
export const canary = /qzxvkj|7359914/i;

/** Values that are in the store, for those who try to find out by asking for them. */
export const knownValues: readonly string[] = [
  "Qzxvkja Wqzxvkj",
  "qzxvkja@leak.example",
  "qzxvkj",
  "+17359914001",
  "1 Qzxvkj Road",
  "ID-QZXVKJ-1",
];

const people = 12;
const letter = (row: number): string => String.fromCharCode(97 + row);

function csv(columns: readonly string[], row: (index: number) => readonly string[]): string {
  const lines = Array.from({ length: people }, (_, index) => row(index).join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

const peopleManifest = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: people, domain: crm, team: crm, owner: crm@mesh.example, version: 1.0.0, description: Whom we know. }
spec:
  inputs:
    - name: rows
      type: batch
      source: people.csv
      format: csv
      mode: snapshot
      schema:
        - { name: person_id, type: string, required: true }
        - { name: name, type: string, required: true }
        - { name: email, type: string, required: true }
        - { name: phone, type: string, required: true }
        - { name: street, type: string, required: true }
        - { name: passport, type: string }
        - { name: region, type: string, required: true }
        - { name: age, type: integer, required: true }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: people
      description: One row per person.
      schema:
        - { name: person_id, type: string, key: true, subject: true, description: Number. }
        - { name: name, type: string, required: true, pii: name, description: Name. }
        - { name: email, type: string, required: true, pii: email, description: Address. }
        - { name: phone, type: string, pii: phone, description: Phone. }
        - { name: street, type: string, pii: address, description: Street. }
        - { name: passport, type: string, pii: government-id, classification: restricted, description: Passport. }
        - { name: region, type: string, description: Region. }
        - { name: age, type: integer, description: Age in years. }
  governance: { classification: confidential, subjectKey: person_id, retention: { period: 20y, field: person_id, action: delete } }
`;

const ordersManifest = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: orders, domain: sales, team: sales, owner: sales@mesh.example, version: 1.0.0, description: What they bought. }
spec:
  inputs:
    - name: rows
      type: batch
      source: orders.csv
      format: csv
      mode: snapshot
      schema:
        - { name: order_id, type: string, required: true }
        - { name: person_id, type: string, required: true }
        - { name: amount, type: integer, required: true }
        - { name: note, type: string }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: orders
      description: One row per order.
      schema:
        - { name: order_id, type: string, key: true, description: Number. }
        - { name: person_id, type: string, references: crm.people/people.person_id, description: Who bought. }
        - { name: amount, type: integer, description: Money. }
        - { name: note, type: string, pii: free-text, description: What they said. }
`;

const contactsManifest = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: contacts, domain: support, team: support, owner: support@mesh.example, version: 1.0.0, description: Whom to call back. }
spec:
  inputs:
    - { name: upstream, type: product, source: crm.people/people, mode: snapshot, purpose: reporting }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: contacts
      description: One row per person.
      schema:
        - { name: contact_id, type: string, key: true, description: Number. }
        - { name: label, type: string, pii: name, description: Name and phone in one. }
        - { name: region, type: string, description: Region. }
`;

const files: Readonly<Record<string, string>> = {
  "datamesh.yaml": `apiVersion: datamesh.io/v1
kind: Mesh
metadata: { name: canaries }
spec:
  server: { port: 0 }
  redis: { url: "\${REDIS_URL:-}" }
  authentication:
    development: true
    principals:
      analyst: { roles: [analyst], purposes: [marketing] }
      care: { roles: [care], purposes: [care] }
  governance: { audit: { sink: file } }
  log: { level: trace }
`,
  "policies/global/contact.yaml": `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: contact, owner: protection@mesh.example }
spec:
  selector: { pii: [email, phone] }
  unless: { purpose: [care] }
  effect: { type: mask, technique: partial }
`,
  "policies/global/identity.yaml": `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: identity, owner: protection@mesh.example }
spec:
  selector: { pii: [government-id] }
  unless: { purpose: [care] }
  effect: { type: deny, reason: nobody needs it }
`,
  "policies/global/names.yaml": `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: names, owner: protection@mesh.example }
spec:
  selector: { pii: [name, address, free-text] }
  unless: { purpose: [care] }
  effect: { type: mask, technique: redact }
`,
  "subgraphs/people/product.yaml": peopleManifest,
  "subgraphs/people/transform.sql": "select * from rows\n",
  "subgraphs/people/people.csv": csv(
    ["person_id", "name", "email", "phone", "street", "passport", "region", "age"],
    (row) => [
      `p${row}`,
      `Qzxvkj${letter(row)} Wqzxvkj`,
      `qzxvkj${letter(row)}@leak.example`,
      `+17359914${String(row + 1).padStart(3, "0")}`,
      `${row + 1} Qzxvkj Road`,
      row % 3 === 0 ? "" : `ID-QZXVKJ-${row}`,
      row % 2 === 0 ? "north" : "south",
      `${20 + row}`,
    ],
  ),
  "subgraphs/orders/product.yaml": ordersManifest,
  "subgraphs/orders/transform.sql": "select * from rows\n",
  "subgraphs/orders/orders.csv": csv(["order_id", "person_id", "amount", "note"], (row) => [
    `o${row}`,
    `p${row % 5}`,
    `${row * 10}`,
    row % 2 === 0 ? "" : `call qzxvkj${letter(row)} back`,
  ]),
  "subgraphs/contacts/product.yaml": contactsManifest,
  "subgraphs/contacts/transform.sql":
    "select person_id as contact_id, name || ' ' || phone as label, region from upstream\n",
};

export async function createCanaryMesh(): Promise<CanaryMesh> {
  const folder = await mkdtemp(join(tmpdir(), "datamesh-canaries-"));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return {
    folder,
    config: join(folder, "datamesh.yaml"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
