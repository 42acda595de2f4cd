import { z } from "zod";
import { governanceDocument } from "./document.ts";

/** Where `kind: Policy` and `kind: Waiver` documents may point with `# yaml-language-server: $schema=`. */
const SCHEMA_ID = "https://specs.datamesh.io/policy/v1/policy.schema.json";

/**
 * JSON Schema (2020-12) of one Policy or Waiver document as it may be written, short forms included. It is made from the
 * very schema that `readPolicies` checks with; what an expression means only `readPolicies` knows.
 */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(governanceDocument, {
    target: "draft-2020-12",
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // `x-` keys are allowed in every map that is strict otherwise.
      if (jsonSchema.type === "object" && jsonSchema.additionalProperties === false) {
        jsonSchema.patternProperties = { "^x-": {} };
      }
    },
  });
  const { $schema, id: _id, ...rest } = schema as Record<string, unknown>;
  return { $schema, $id: SCHEMA_ID, ...rest };
}
