/**
 * The Policy and Waiver documents as they are written. Objects are strict: an unknown key is an error.
 */
import { z } from "zod";
import { techniques } from "../masking/techniques.ts";
import { validatorDocument } from "../validators/document.ts";
import { coordinatePatternSyntax } from "./selector.ts";

/** One or more, so that `pii: email` and `pii: [email, phone]` are both right. */
function someOf<T extends z.ZodType>(item: T) {
  return z
    .union([item, z.array(item).min(1)])
    .transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));
}

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,62}$/, "Expected a name in kebab-case, such as `mask-contact-data`.")
  .meta({ description: "Kebab-case, unique in the mesh. Answers, explanations and audits say it." });
const word = z.string().min(1);
const owner = word.meta({ description: "Who answers for it: a team's address." });
const description = z.string().optional().meta({ description: "What it is for, in a sentence." });
const time = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: "Expected a day or a time, such as `2027-01-31` or `2027-01-31T12:00:00Z`.",
  })
  .transform((text) => (text.includes("T") ? text : `${text}T00:00:00Z`));

const callerMatch = z
  .strictObject({
    purpose: someOf(word).optional().meta({ description: "Purposes that the caller declared and was granted." }),
    roles: someOf(word).optional().meta({ description: "Roles, of which the caller has at least one." }),
    kind: someOf(z.enum(["anonymous", "user", "service"]))
      .optional()
      .meta({ description: "What the caller is." }),
  })
  .refine((match) => Object.values(match).some((value) => value !== undefined), {
    message: "An empty match would match everyone. Name a purpose, roles or a kind, or leave the key out.",
  });

type Technique = (typeof techniques)["redact"];

function maskEffect({ name: technique, parameters }: Technique) {
  return z.strictObject({ type: z.literal("mask"), technique: z.literal(technique), ...parameters });
}

const [firstMask = maskEffect(techniques.redact), ...otherMasks] = Object.values(techniques).map(maskEffect);

const reason = word.meta({ description: "Told to whoever is refused." });
const expression = word.meta({ description: "CEL." });

const effect = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("allow") }),
    z.discriminatedUnion("technique", [firstMask, ...otherMasks]),
    z.strictObject({ type: z.literal("nullify") }),
    z.strictObject({ type: z.literal("deny"), reason }),
    z.strictObject({ type: z.literal("no-project"), reason }),
    z.strictObject({
      type: z.literal("filter"),
      column: word.meta({ description: "Column of the product's output, as its manifest names it." }),
      in: expression.meta({ description: "CEL: the value, or the list of values, that a row must have there." }),
    }),
    z.strictObject({ type: z.literal("min-group"), size: z.int().min(2).meta({ description: "Rows of a group." }) }),
  ])
  .meta({ description: "What becomes of the values, or of the rows." });

const selector = z
  .strictObject({
    pii: someOf(word).optional().meta({ description: "Categories of personal data; `*` is any." }),
    classification: someOf(z.enum(["public", "internal", "confidential", "restricted"]))
      .optional()
      .meta({ description: "Classifications." }),
    domain: someOf(word).optional().meta({ description: "Domains." }),
    product: someOf(word).optional().meta({ description: "Products." }),
    tags: someOf(word).optional().meta({ description: "Tags of a column or of its product." }),
    coordinate: someOf(
      z.string().regex(coordinatePatternSyntax, "Expected `Type.field`, with `*` for any characters of a name."),
    )
      .optional()
      .meta({ description: "`Type.field`, with `*` for any characters of a name." }),
  })
  .refine((keys) => Object.values(keys).some((value) => value !== undefined), {
    message: 'An empty selector would select every field. Say what is meant, for instance `coordinate: "*.*"`.',
  })
  .meta({ description: "Which fields: all keys that are present must match, each by any of its values." });

const apiVersion = z.literal("datamesh.io/v1").meta({ description: "The version of this format." });

const policyDocument = z.strictObject({
  apiVersion,
  kind: z.literal("Policy").meta({ description: "What the document is." }),
  metadata: z.strictObject({ name, owner, description }).meta({ description: "What it is called, and whose it is." }),
  spec: z
    .strictObject({
      selector,
      when: someOf(callerMatch)
        .optional()
        .meta({ description: "It holds only for callers who match at least one of these; for everyone without." }),
      condition: expression.optional().meta({
        description: "CEL over `principal`, `purpose`, `context` and `resource`: it holds where this is true.",
      }),
      unless: someOf(callerMatch)
        .optional()
        .meta({ description: "Its effect is lifted for callers who match at least one of these." }),
      effect,
      obligations: someOf(z.enum(["notify", "log", "watermark"]))
        .optional()
        .meta({
          description: "What whoever reads under this policy is held to: recorded in the audit, told in the answer.",
        }),
      mode: z.enum(["enforce", "shadow"]).default("enforce").meta({
        description: "`shadow`: what it would change is reported, and nothing is changed.",
      }),
      validity: z
        .strictObject({
          from: time.optional().meta({ description: "It does not hold before." }),
          until: time.optional().meta({ description: "It does not hold from then on." }),
        })
        .refine(
          ({ from, until }) => from === undefined || until === undefined || Date.parse(from) < Date.parse(until),
          {
            message: "It ends before it begins.",
          },
        )
        .optional()
        .meta({ description: "When it holds." }),
    })
    .meta({ description: "What it selects, for whom it holds, what it does." }),
});

const waiverDocument = z.strictObject({
  apiVersion,
  kind: z.literal("Waiver").meta({ description: "What the document is." }),
  metadata: z.strictObject({ name, owner, description }).meta({ description: "What it is called, and whose it is." }),
  spec: z
    .strictObject({
      policy: name.meta({ description: "The policy that it lifts." }),
      selector,
      principals: someOf(callerMatch)
        .optional()
        .meta({ description: "For callers who match at least one of these; for everyone without." }),
      reason: word.meta({ description: "Why; for those who look through the waivers." }),
      expires: time.meta({ description: "From then on it lifts nothing." }),
    })
    .meta({ description: "What is lifted, where, for whom, why and until when." }),
});

export const governanceDocument = z.discriminatedUnion("kind", [policyDocument, waiverDocument, validatorDocument]);
export type PolicyDocument = z.output<typeof policyDocument>;
export type ValidatorDocument = z.output<typeof validatorDocument>;
export type WaiverDocument = z.output<typeof waiverDocument>;
