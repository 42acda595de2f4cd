import { writeFileSync } from "node:fs";
import { policyJsonSchema } from "./json-schema.ts";

/** The generated file that editors read. */
export const POLICY_JSON_SCHEMA_FILE: URL = new URL("./policy.schema.json", import.meta.url);

/** Writes `policies/policy/policy.schema.json` anew; needed after every change of the documents' form. */
export function writePolicyJsonSchema(): void {
  writeFileSync(POLICY_JSON_SCHEMA_FILE, `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`);
}
