/** The Validator document as it is written. */
import { z } from "zod";

const word = z.string().min(1);
const some = z.union([word, z.array(word).min(1)]).transform((value) => (Array.isArray(value) ? value : [value]));
const name = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, "Expected a name in kebab-case, such as `owner-present`.");

const check = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["owner", "sla", "retention", "encryption", "names", "descriptions", "purposes"]) }),
  z.strictObject({
    type: z.literal("classified"),
    atLeast: z.enum(["internal", "confidential", "restricted"]).default("confidential"),
  }),
  z.strictObject({
    type: z.literal("undeclared-personal-data"),
    sample: z.int().min(1).max(100_000).default(1_000),
    share: z.number().gt(0).max(1).default(0.5),
    minValues: z.int().min(1).default(5),
  }),
]);

export const validatorDocument = z.strictObject({
  apiVersion: z.literal("datamesh.io/v1"),
  kind: z.literal("Validator"),
  metadata: z.strictObject({ name, owner: word, description: z.string().optional() }),
  spec: z.strictObject({
    level: z.enum(["warn", "block"]),
    selector: z.strictObject({ domain: some.optional(), product: some.optional() }).default({}),
    check,
  }),
});
