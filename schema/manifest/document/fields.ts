import { z } from "zod";
import { deprecation } from "./deprecation.ts";
import { anything, columnType, count, graphqlName, kebabName, sqlName, text, version } from "./scalar-forms.ts";

const CLASSIFICATIONS = ["public", "internal", "confidential", "restricted"] as const;

/** `domain.product/output.field`, or `output.field` of the same product. */
export const REFERENCE =
  /^(?:([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)\/)?([A-Za-z_][A-Za-z0-9_-]*)\.([A-Za-z_][A-Za-z0-9_]*)$/;

export const classification = z.enum(CLASSIFICATIONS);

/** A technique's name, or the technique with its parameters. */
export const mask = z.union([
  text.transform((technique): { technique: string; [parameter: string]: unknown } => ({ technique })),
  z.looseObject({ technique: text.meta({ description: "Name of the technique." }) }),
]);

export const field = z
  .strictObject({
    name: sqlName.meta({ description: "The column, in snake_case." }),
    type: columnType.meta({
      description:
        "`string, uuid, integer, long, decimal(p,s), double, boolean, date, time, timestamp, json, binary, array<T>, map<K,V>, struct<n:T,…>`.",
    }),
    key: z
      .union([z.boolean(), z.int().min(0)])
      .optional()
      .meta({
        description: "Part of the key; a number gives the position in a key of several columns.",
        default: false,
      }),
    required: z.boolean().optional().meta({ description: "Never missing; a key column always is.", default: false }),
    unique: z
      .boolean()
      .optional()
      .meta({ description: "No two rows share a value; the only key column always is.", default: false }),
    description: text
      .optional()
      .meta({ description: "What it means; becomes the field's documentation in the graph." }),
    businessName: text.optional().meta({ description: "What the business calls it." }),
    examples: z.array(anything).optional().meta({ description: "Values to show; never real personal data." }),
    unit: text.optional().meta({ description: "Unit of measurement, such as `USD` or `kg`." }),
    enum: z
      .array(z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .min(1)
      .optional()
      .meta({ description: "The only values it can have." }),
    pattern: text.optional().meta({ description: "Regular expression that texts match." }),
    format: text.optional().meta({ description: "Format of texts: `email`, `uuid`, `iban` …" }),
    min: z.number().optional().meta({ description: "Least value." }),
    max: z.number().optional().meta({ description: "Greatest value." }),
    minLength: count.optional().meta({ description: "Least length." }),
    maxLength: count.optional().meta({ description: "Greatest length." }),
    references: z
      .string()
      .regex(REFERENCE, "Expected `domain.product/output.field`, or `output.field` for an output of this product.")
      .optional()
      .meta({
        description: "The key that the column holds: `domain.product/output.field`, or `output.field` in this product.",
      }),
    pii: z
      .union([z.boolean(), kebabName])
      .optional()
      .meta({ description: "Personal data: `true`, or the category, such as `email`." }),
    classification: classification.optional().meta({ description: "Who may know it; the product's when left out." }),
    mask: mask
      .optional()
      .meta({ description: "How it is masked where a policy asks for a mask: a technique, or one with parameters." }),
    encrypt: z.boolean().optional().meta({
      description:
        "Kept sealed (AES-256-GCM) in the product's storage and opened when it is served. Not for keys, references and columns that rows are found by.",
      default: false,
    }),
    subject: z.boolean().optional().meta({ description: "The column tells whose data the row holds.", default: false }),
    critical: z.boolean().optional().meta({ description: "Critical for the business." }),
    semanticType: z.enum(["column", "measure", "dimension"]).optional().meta({ description: "Role in analysis." }),
    from: z.array(text).optional().meta({ description: "Columns that it is made from." }),
    logic: text.optional().meta({ description: "How it is made, for people." }),
    deprecated: z
      .union([z.boolean(), deprecation])
      .optional()
      .meta({ description: "`true`, or when it goes and what to use instead." }),
    since: version.optional().meta({ description: "Version of the product that brought it." }),
    graphql: z
      .strictObject({
        name: graphqlName
          .optional()
          .meta({ description: "Name of the field in the graph; the column in camelCase when left out." }),
        type: text.optional().meta({ description: "Type of the field in the graph." }),
        shareable: z.boolean().optional().meta({ description: "Other products may resolve it too." }),
        external: z.boolean().optional().meta({ description: "Another product resolves it." }),
        provides: text.optional().meta({ description: "Fields of the returned entity that come with it." }),
        requires: text.optional().meta({ description: "Fields of other products that it needs." }),
        inaccessible: z.boolean().optional().meta({ description: "Composed, but not shown to consumers." }),
        tags: z.array(text).optional().meta({ description: "Tags for contracts of the graph." }),
      })
      .optional()
      .meta({ description: "The field in the graph, where the defaults do not fit." }),
  })
  .meta({ id: "Field", description: "A column of the output." });
