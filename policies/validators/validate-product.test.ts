import { describe, expect, it } from "vitest";
import { type DataProduct, readManifest } from "#schema";
import { readPolicies } from "../policy/read-policies.ts";
import type { Validator } from "./model.ts";
import { sampleSize, validateManifest, validateSample } from "./validate-product.ts";

function manifest(change: (text: string) => string = (text) => text): DataProduct {
  const text = change(`apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: people, domain: crm, team: crm, version: 1.0.0, owner: crm@example.org }
spec:
  inputs: [{ name: rows, type: batch, source: data.csv, mode: snapshot }]
  transformation: { type: none }
  outputs:
    - type: table
      name: customers
      description: People
      schema:
        - { name: id, type: integer, key: true, subject: true, description: Number }
        - { name: email, type: string, pii: email, classification: confidential, description: Address }
        - { name: note, type: string, description: Words }
  quality: { sla: { completeness: 100% } }
  governance:
    purposes: [care]
    retention: 1y
`);
  const { value, findings } = readManifest(text, "people/product.yaml");
  if (value === undefined) throw new Error(JSON.stringify(findings));
  return value;
}

function validator(check: string, level = "block", selector = ""): Validator {
  const { validators, findings } = readPolicies(
    `apiVersion: datamesh.io/v1\nkind: Validator\nmetadata: { name: some-validator, owner: o }\nspec: { level: ${level}, ${selector} check: ${check} }`,
    "v.yaml",
  );
  const [read] = validators;
  if (read === undefined) throw new Error(JSON.stringify(findings));
  return read;
}

describe("a validator of manifests", () => {
  it.each<[string, (text: string) => string, string, string]>([
    ["{ type: owner }", (text) => text.replace(", owner: crm@example.org", ""), "Nobody answers", "metadata"],
    ["{ type: sla }", (text) => text.replace("{ sla: { completeness: 100% } }", "{}"), "promises nothing", "spec"],
    ["{ type: retention }", (text) => text.replace("    retention: 1y\n", ""), "for ever", "spec.governance"],
    [
      "{ type: purposes }",
      (text) => text.replace("    purposes: [care]\n", ""),
      "what the personal data are for",
      "spec.governance",
    ],
    [
      "{ type: classified }",
      (text) => text.replace("classification: confidential, ", ""),
      "classified `internal`",
      "spec.outputs.0.schema.1",
    ],
    ["{ type: descriptions }", (text) => text.replace(", description: Words", ""), "`note`", "spec.outputs.0"],
    [
      "{ type: names }",
      (text) => text.replace("name: note", "name: noteText"),
      "snake_case",
      "spec.outputs.0.schema.2",
    ],
    [
      "{ type: encryption }",
      (text) => text.replace("classification: confidential", "classification: restricted"),
      "lies in storage",
      "spec.outputs.0.schema.1",
    ],
  ])("%s finds what is missing, and nothing where it is there", (check, change, words, path) => {
    expect(validateManifest(manifest(), [validator(check)])).toEqual([]);
    const [finding, ...others] = validateManifest(manifest(change), [validator(check)]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      level: "error",
      code: "some-validator",
      path,
      message: expect.stringContaining(words),
    });
    expect(validateManifest(manifest(change), [validator(check, "warn")])).toMatchObject([{ level: "warning" }]);
  });

  it("is about the products that it selects", () => {
    const product = manifest((text) => text.replace(", owner: crm@example.org", ""));
    const found = (selector: string) =>
      validateManifest(product, [validator("{ type: owner }", "block", `selector: ${selector},`)]);
    expect(found("{ domain: crm }")).toHaveLength(1);
    expect(found("{ product: [people, others] }")).toHaveLength(1);
    expect(found("{ domain: sales }")).toHaveLength(0);
    expect(found("{ domain: crm, product: others }")).toHaveLength(0);
  });

  it("is content with a sealed column, not with words about the disk", () => {
    const restricted = (more: string) => (text: string) =>
      text.replace("classification: confidential", `classification: restricted${more}`);
    const atRest = (text: string) => `${restricted("")(text)}    encryption: { atRest: AES-256-GCM }\n`;
    expect(validateManifest(manifest(restricted(", encrypt: true")), [validator("{ type: encryption }")])).toEqual([]);
    expect(validateManifest(manifest(atRest), [validator("{ type: encryption }")])).toHaveLength(1);
  });
});

describe("a validator of samples", () => {
  const check = validator("{ type: undeclared-personal-data, sample: 10, share: 0.5, minValues: 2 }");
  const rows = ["ada@example.org", "bob@example.org", "x"].map((note) => ({ id: 1, email: note, note }));
  const sampled = (product: DataProduct) => {
    const [output] = product.outputs;
    if (output?.type !== "table") throw new Error("no table");
    return validateSample(product, output, rows, [check]);
  };

  it("finds what is not declared, and tells column, category and share", () => {
    expect(sampled(manifest())).toMatchObject([
      {
        level: "error",
        path: "spec.outputs.0.schema.2",
        message: expect.stringContaining(
          "`customers.note` looks like e-mail addresses: 67 % of 3 sampled values. Say `pii: email`",
        ),
      },
    ]);
    expect(JSON.stringify(sampled(manifest()))).not.toContain("ada");
  });

  it("takes a manifest's word, with a reason, that a column is nobody's data", () => {
    for (const field of ["note", "customers.note"]) {
      const product = manifest(
        (text) => `${text}    notPersonal: [{ field: ${field}, reason: addresses of machines }]\n`,
      );
      expect(sampled(product)).toEqual([]);
    }
  });

  it("says how many rows it wants to see", () => {
    expect(sampleSize(manifest(), [check, validator("{ type: owner }")])).toBe(10);
    expect(sampleSize(manifest(), [validator("{ type: owner }")])).toBe(0);
  });
});

describe("a Validator document", () => {
  it.each([
    ["level: maybe, check: { type: owner }", "spec.level"],
    ["level: warn, check: { type: colour }", "spec.check"],
    ["level: warn, check: { type: owner, extra: 1 }", "spec.check"],
    ["level: warn, check: { type: undeclared-personal-data, share: 2 }", "spec.check.share"],
  ])("%s is refused with its place", (spec, path) => {
    const { validators, findings } = readPolicies(
      `apiVersion: datamesh.io/v1\nkind: Validator\nmetadata: { name: some, owner: o }\nspec: { ${spec} }`,
      "v.yaml",
    );
    expect(validators).toEqual([]);
    expect(findings).toMatchObject([
      { level: "error", path: expect.stringContaining(path), place: { file: "v.yaml" } },
    ]);
  });

  it("is refused beside a product", () => {
    const { findings } = readPolicies(
      "apiVersion: datamesh.io/v1\nkind: Validator\nmetadata: { name: some, owner: o }\nspec: { level: warn, check: { type: owner } }",
      "policies.yaml",
      "orders",
    );
    expect(findings).toMatchObject([{ code: "local-validator", level: "error" }]);
  });
});
