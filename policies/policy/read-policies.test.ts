import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { printFinding } from "#schema";
import { readPolicies, readPolicy } from "./read-policies.ts";

const document = `apiVersion: datamesh.io/v1
kind: Policy
metadata:
  name: mask-email
  owner: privacy@example.org
spec:
  selector:
    pii: email
    coordinate: ["Customer.*", "*.email"]
  when:
    kind: [anonymous, user]
  unless:
    - purpose: customer-care
    - roles: [dpo]
  effect:
    type: mask
    technique: partial
`;

function problems(text: string): readonly string[] {
  const { value, findings } = readPolicy(text, "p.yaml");
  expect(value).toBeUndefined();
  return findings.map(printFinding);
}

describe("readPolicy", () => {
  it("reads short forms into lists", () => {
    const { value, findings } = readPolicy(document, "p.yaml");
    expect(findings).toEqual([]);
    expect(value).toMatchObject({
      name: "mask-email",
      owner: "privacy@example.org",
      selector: { pii: ["email"], coordinate: ["Customer.*", "*.email"], domain: undefined },
      when: [{ kind: ["anonymous", "user"] }],
      unless: [{ purpose: ["customer-care"] }, { roles: ["dpo"] }],
      effect: { type: "mask", technique: "partial" },
      places: { selector: { file: "p.yaml", line: 7, column: 3 } },
    });
  });

  it("names an unknown key with its place and what was meant", () => {
    expect(problems(document.replace("selector:", "selektor:"))).toEqual([
      expect.stringMatching(/^p\.yaml:7:3 error missing-key spec\.selector: /),
      expect.stringMatching(/^p\.yaml:7:3 error unknown-key spec\.selektor: .*Did you mean `selector`/),
    ]);
  });

  it.each([
    [
      "an unknown technique",
      document.replace("partial", "smudge"),
      /17:16 error wrong-value spec\.effect\.technique: /,
    ],
    ["an unknown effect", document.replace("type: mask", "type: null"), /spec\.effect/],
    [
      "a denial without reason",
      document.replace("mask\n    technique: partial", "deny"),
      /missing-key spec\.effect\.reason/,
    ],
    [
      "an empty selector",
      document.replace(/ {4}pii: email\n.*\n/, "    {}\n"),
      /An empty selector would select every field/,
    ],
    ["a pattern that is no coordinate", document.replace("*.email", "email"), /Expected `Type\.field`/],
    ["an empty match", document.replace("purpose: customer-care", "{}"), /An empty match would match everyone/],
    ["another kind of document", document.replace("kind: Policy", "kind: DataProduct"), /2:7 error wrong-value kind/],
    ["no YAML", "a: [", /yaml-syntax/],
    ["nothing", "", /empty-document/],
  ])("refuses %s", (_, text, expected) => {
    expect(problems(text).join("\n")).toMatch(expected);
  });

  it("reads every global policy and validator, one document per file, named as its file", () => {
    const folder = new URL("../global/", import.meta.url);
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { policies, validators, findings } = readPolicies(readFileSync(new URL(file, folder), "utf8"), file);
      expect(findings).toEqual([]);
      expect([...policies, ...validators].map(({ name }) => `${name}.yaml`)).toEqual([file]);
    }
  });

  const conditioned = (condition: string): string =>
    document.replace("  effect:", `  condition: ${condition}\n  effect:`);

  it("reads the rest of a policy", () => {
    const text = document
      .replace("  effect:", "  condition: purpose == 'x'\n  obligations: [log, watermark]\n  mode: shadow\n  effect:")
      .replace("  effect:", "  validity: { from: 2026-01-01, until: 2027-01-01T12:00:00+01:00 }\n  effect:")
      .replace("pii: email", "pii: email\n    tags: contact");
    expect(readPolicy(text, "p.yaml").value).toMatchObject({
      product: undefined,
      condition: "purpose == 'x'",
      obligations: ["log", "watermark"],
      mode: "shadow",
      validity: { from: "2026-01-01T00:00:00Z", until: "2027-01-01T12:00:00+01:00" },
      selector: { tags: ["contact"] },
    });
  });

  it.each([
    ["plain", "principal.rolls.size() > 0", "15:24"],
    ["in double quotes", '"principal.rolls.size() > 0"', "15:25"],
    ["as a block", "|\n    true &&\n    principal.rolls.size() > 0", "17:15"],
    ["folded", ">-\n    true &&\n    principal.rolls.size() > 0", "15:14"],
  ])("shows the place of a fault in a condition that is written %s", (_, condition, place) => {
    expect(problems(conditioned(condition))).toEqual([
      `p.yaml:${place} error bad-expression spec.condition: \`principal\` has no attribute \`rolls\`. Did you mean \`roles\`?`,
    ]);
  });

  const rows = document.replace(
    / {2}effect:[\s\S]*/,
    "  effect: { type: filter, column: region, in: principal.attributes.region }\n",
  );
  it.each([
    [
      "a filter by something that is no value",
      rows.replace("principal.attributes.region", "context.time"),
      /bad-expression spec\.effect\.in/,
    ],
    [
      "a filter that asks for one field",
      rows.replace("principal.attributes.region", "resource.tags"),
      /resource-in-row-policy spec\.effect\.in/,
    ],
    ["a group of one", rows.replace(/effect:.*/, "effect: { type: min-group, size: 1 }"), /spec\.effect\.size/],
    [
      "an unknown mode",
      conditioned("true").replace("  effect:", "  mode: dry-run\n  effect:"),
      /spec\.mode: .*`shadow`/,
    ],
    [
      "an unknown obligation",
      conditioned("true").replace("  effect:", "  obligations: tell\n  effect:"),
      /spec\.obligations/,
    ],
    [
      "a validity that is no time",
      conditioned("true").replace("  effect:", "  validity: { until: soon }\n  effect:"),
      /a day or a time/,
    ],
    [
      "a validity that ends before it begins",
      conditioned("true").replace("  effect:", "  validity: { from: 2027-01-01, until: 2026-01-01 }\n  effect:"),
      /ends before it begins/,
    ],
  ])("refuses %s", (_, text, expected) => {
    expect(problems(text).join("\n")).toMatch(expected);
  });

  const waiver = `apiVersion: datamesh.io/v1
kind: Waiver
metadata: { name: trial, owner: privacy@example.org }
spec:
  policy: mask-email
  selector: { coordinate: Customer.email }
  principals: { roles: trial-team }
  reason: The trial ends in July.
  expires: 2026-07-01
`;

  it("reads several documents of a file, each with its places", () => {
    const { policies, waivers, findings } = readPolicies(`${document}---\n${waiver}`, "p.yaml");
    expect(findings).toEqual([]);
    expect(policies).toHaveLength(1);
    expect(waivers).toMatchObject([
      { name: "trial", policy: "mask-email", expires: "2026-07-01T00:00:00Z", places: { policy: { line: 23 } } },
    ]);
  });

  it("says what is wrong with one of several documents and reads the others", () => {
    const { policies, findings } = readPolicies(`${document}---\n${waiver.replace("expires", "until")}`, "p.yaml");
    expect(policies).toHaveLength(1);
    expect(findings.map(printFinding)).toEqual([
      expect.stringMatching(/^p\.yaml:2[0-9]:3 error missing-key spec\.expires/),
      expect.stringMatching(/^p\.yaml:27:3 error unknown-key spec\.until/),
    ]);
  });

  it.each(["owner", "reason", "expires", "policy", "selector"])("refuses a waiver without %s", (key) => {
    const text = waiver.replace(`${key}:`, `x-${key}:`);
    expect(readPolicies(text, "w.yaml").findings.map(printFinding).join("\n")).toMatch(
      new RegExp(`missing-key \\S*${key}: `),
    );
    expect(readPolicies(text, "w.yaml").waivers).toEqual([]);
  });

  it("refuses a waiver beside a product, and knows whose the policies there are", () => {
    const { policies, waivers, findings } = readPolicies(`${document}---\n${waiver}`, "policies.yaml", "customers");
    expect(policies).toMatchObject([{ product: "customers" }]);
    expect(waivers).toEqual([]);
    expect(findings).toMatchObject([{ code: "local-waiver", place: { line: 20 } }]);
  });
});
