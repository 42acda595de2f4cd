import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { manifestJsonSchema, printManifestJsonSchema } from "./json-schema.ts";
import { printManifest } from "./print-manifest.ts";
import { readManifest } from "./read-manifest.ts";
import { MANIFEST_JSON_SCHEMA_FILE } from "./write-json-schema.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTuples: false, strictTypes: false });
const validate = ajv.compile(manifestJsonSchema());
const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");

describe("the JSON Schema for editors", () => {
  test("is the one in the repository; `npm run generate` writes it", () => {
    const committed: unknown = JSON.parse(readFileSync(MANIFEST_JSON_SCHEMA_FILE, "utf8"));
    expect(committed).toEqual(JSON.parse(printManifestJsonSchema()));
  });

  test.each(["customer-360.yaml", "every-key.yaml"])("accepts %s with its short forms", (name) => {
    validate(parse(fixture(name)));
    expect(validate.errors).toBeNull();
  });

  test.each(["customer-360.yaml", "every-key.yaml"])("accepts the canonical form of %s", (name) => {
    const product = readManifest(fixture(name), name, { variables: {} }).value;
    expect(product).toBeDefined();
    validate(parse(product === undefined ? "" : printManifest(product)));
    expect(validate.errors).toBeNull();
  });

  test("refuses an unknown key, but not one that begins with `x-`", () => {
    const document = parse(fixture("customer-360.yaml")) as { metadata: Record<string, unknown> };
    document.metadata["x-cost-centre"] = 4711;
    expect(validate(document)).toBe(true);
    document.metadata.teem = "crm";
    expect(validate(document)).toBe(false);
  });

  test("describes every key", () => {
    expect(undescribed(manifestJsonSchema(), "")).toEqual([]);
  });
});

/** Paths of properties that say nothing about themselves. */
function undescribed(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties } = schema as { readonly properties?: Readonly<Record<string, object>> };
  const own = Object.entries(properties ?? {}).flatMap(([key, value]) =>
    "description" in value || "$ref" in value ? [] : [`${path}.${key}`],
  );
  return [...own, ...Object.entries(schema).flatMap(([key, value]) => undescribed(value, `${path}.${key}`))];
}
