import { z } from "zod";
import { dateOrInstant, kebabName, text, version } from "./scalar-forms.ts";

const PRODUCT_STATUSES = [
  "discovery",
  "design",
  "development",
  "testing",
  "deployment",
  "operations",
  "evolution",
  "deprecation",
  "retired",
] as const;

const member = z.strictObject({
  username: text.meta({ description: "Who: an e-mail address or a user name." }),
  name: text.optional().meta({ description: "Name to show." }),
  role: text.optional().meta({ description: "What the member does for the product." }),
  dateIn: dateOrInstant.optional().meta({ description: "Member since." }),
  dateOut: dateOrInstant.optional().meta({ description: "Member until." }),
  replacedByUsername: text.optional().meta({ description: "Who took over." }),
});

export const metadata = z
  .strictObject({
    name: kebabName.meta({ description: "Name of the product, unique in the mesh; its subgraph has the same name." }),
    team: kebabName.meta({ description: "The team that owns the product." }),
    domain: kebabName
      .optional()
      .meta({ description: "The business domain; the team's name when left out (with a warning)." }),
    version: version
      .optional()
      .meta({ description: "Semantic version of the product; `1.0.0` when left out.", default: "1.0.0" }),
    id: z
      .string()
      .regex(/^urn:[a-z0-9][a-z0-9-]{0,31}:\S+$/i, "Expected a URN, such as `urn:mesh:customers:customer-360:v2`.")
      .optional()
      .meta({ description: "URN; `urn:mesh:{domain}:{name}:v{major}` when left out." }),
    status: z
      .enum(PRODUCT_STATUSES)
      .optional()
      .meta({ description: "Stage of the product's life.", default: "development" }),
    type: z.enum(["sourceAligned", "aggregate", "consumerAligned"]).optional().meta({
      description: "Whether it follows a source system, joins other products, or serves one kind of consumer.",
    }),
    displayName: text.optional().meta({ description: "Name for people." }),
    tenant: text.optional().meta({ description: "Organisation that the product belongs to." }),
    createdAt: dateOrInstant.optional().meta({ description: "When the product was created." }),
    description: z
      .union([
        z.string(),
        z.strictObject({
          purpose: z.string().optional().meta({ description: "What the data are for." }),
          usage: z.string().optional().meta({ description: "How to use them." }),
          limitations: z.string().optional().meta({ description: "What they are not good for." }),
        }),
      ])
      .optional()
      .meta({ description: "What the product is: a text (its purpose) or purpose, usage and limitations." }),
    owner: text.optional().meta({ description: "E-mail address or user name of the person who answers for it." }),
    members: z.array(member).optional().meta({ description: "The people of the team." }),
    tags: z.array(text).optional().meta({ description: "Words to find it by." }),
    synonyms: z.array(text).optional().meta({ description: "Other names that people use for it." }),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: "Names and values that policies may select by." }),
    annotations: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: "Names and values that nothing selects by." }),
  })
  .meta({ description: "Who the product is and who answers for it." });
