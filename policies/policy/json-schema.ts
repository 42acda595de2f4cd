import { strictJsonSchema } from "#schema";
import { governanceDocument } from "./document.ts";

/** Where `kind: Policy` and `kind: Waiver` documents may point with `# yaml-language-server: $schema=`. */
const SCHEMA_ID = "https://specs.datamesh.io/policy/v1/policy.schema.json";

/**
 * JSON Schema (2020-12) of one Policy or Waiver document as it may be written, short forms included. It is made from the
 * very schema that `readPolicies` checks with; what an expression means only `readPolicies` knows.
 */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  return strictJsonSchema(governanceDocument, SCHEMA_ID);
}
