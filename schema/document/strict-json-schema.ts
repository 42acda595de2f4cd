import { z } from "zod";

/**
 * JSON Schema (2020-12) of a document as it may be written, short forms included, under `$id`: made from the very schema that
 * the reader checks with. What only the reader knows is not in it.
 */
export function strictJsonSchema(document: z.ZodType, $id: string): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(document, {
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
  return { $schema, $id, ...rest };
}
