import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { policyJsonSchema } from "./json-schema.ts";
import { POLICY_JSON_SCHEMA_FILE } from "./write-json-schema.ts";

// What a date looks like only the reader checks; ajv knows formats through a package of their own.
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validate = ajv.compile(policyJsonSchema());
const globalPolicies = new URL("../global/", import.meta.url);
const first = readdirSync(globalPolicies)[0] ?? "";
const written = (): { metadata: Record<string, unknown>; kind: string } =>
  parse(readFileSync(new URL(first, globalPolicies), "utf8")) as never;

describe("the JSON Schema of policies", () => {
  it("is the one in the repository; `npm run generate` writes it", () => {
    const committed: unknown = JSON.parse(readFileSync(POLICY_JSON_SCHEMA_FILE, "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  it.each(readdirSync(globalPolicies))("accepts %s", (file) => {
    validate(parse(readFileSync(new URL(file, globalPolicies), "utf8")));
    expect(validate.errors).toBeNull();
  });

  it("refuses an unknown key and another kind, but no key that begins with `x-`", () => {
    const document = written();
    document.metadata["x-ticket"] = 12;
    expect(validate(document)).toBe(true);
    document.metadata.ticket = 12;
    expect(validate(document)).toBe(false);
    expect(validate({ ...written(), kind: "Rule" })).toBe(false);
  });
});
