import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { printFinding } from "#schema";
import { readPolicy } from "./read-policies.ts";

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

  it("reads every global policy, one document per file, named as its file", () => {
    const folder = new URL("../global/", import.meta.url);
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const { value, findings } = readPolicy(readFileSync(new URL(file, folder), "utf8"), file);
      expect(findings).toEqual([]);
      expect(`${value?.name}.yaml`).toBe(file);
    }
  });
});
