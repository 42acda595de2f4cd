import { writeFileSync } from "node:fs";
import { printManifestJsonSchema } from "./json-schema.ts";

/** The generated file that editors read. */
export const MANIFEST_JSON_SCHEMA_FILE: URL = new URL("./data-product.schema.json", import.meta.url);

/** Writes `schema/manifest/data-product.schema.json` anew; needed after every change of the document's form. */
export function writeManifestJsonSchema(): void {
  writeFileSync(MANIFEST_JSON_SCHEMA_FILE, printManifestJsonSchema());
}
