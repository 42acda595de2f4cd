import { strictJsonSchema } from "../document/strict-json-schema.ts";
import { manifestDocument } from "./document/manifest-document.ts";

/** Where editors find it, and where `kind: DataProduct` documents may point with `# yaml-language-server: $schema=`. */
const SCHEMA_ID = "https://specs.datamesh.io/manifest/v1/data-product.schema.json";

/**
 * JSON Schema (2020-12) of the manifest as it may be written, short forms included; every key has its description.
 * It is made from the very schema that `readManifest` checks with. What needs more than one place to judge (names that
 * must exist, calendars) only `readManifest` knows.
 */
export function manifestJsonSchema(): Readonly<Record<string, unknown>> {
  return strictJsonSchema(manifestDocument, SCHEMA_ID);
}

/** The text of `data-product.schema.json`, which is generated and kept in step by a test. */
export function printManifestJsonSchema(): string {
  return `${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`;
}
