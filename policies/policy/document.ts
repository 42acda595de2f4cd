/**
 * The Policy document as it is written. Objects are strict: an unknown key is an error. A later, richer `condition` can
 * stand beside `when` and `unless`, further effects beside these, and no document of today changes its meaning.
 */
import { z } from "zod";
import { techniques } from "../masking/techniques.ts";
import { coordinatePatternSyntax } from "./selector.ts";

/** One or more, so that `pii: email` and `pii: [email, phone]` are both right. */
function someOf<T extends z.ZodType>(item: T) {
  return z
    .union([item, z.array(item).min(1)])
    .transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));
}

const name = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/, "Expected a name in kebab-case, such as `mask-contact-data`.");
const word = z.string().min(1);

const callerMatch = z
  .strictObject({
    purpose: someOf(word).optional(),
    roles: someOf(word).optional(),
    kind: someOf(z.enum(["anonymous", "user", "service"])).optional(),
  })
  .refine((match) => Object.values(match).some((value) => value !== undefined), {
    message: "An empty match would match everyone. Name a purpose, roles or a kind, or leave the key out.",
  });

type Technique = (typeof techniques)["redact"];

function maskEffect({ name: technique, parameters }: Technique) {
  return z.strictObject({ type: z.literal("mask"), technique: z.literal(technique), ...parameters });
}

const [firstMask = maskEffect(techniques.redact), ...otherMasks] = Object.values(techniques).map(maskEffect);

const effect = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("allow") }),
  z.discriminatedUnion("technique", [firstMask, ...otherMasks]),
  z.strictObject({ type: z.literal("nullify") }),
  z.strictObject({ type: z.literal("deny"), reason: word }),
  z.strictObject({ type: z.literal("no-project"), reason: word }),
  z.strictObject({ type: z.literal("filter"), column: word, in: word }),
  z.strictObject({ type: z.literal("min-group"), size: z.int().min(2) }),
]);

const selector = z
  .strictObject({
    pii: someOf(word).optional(),
    classification: someOf(z.enum(["public", "internal", "confidential", "restricted"])).optional(),
    domain: someOf(word).optional(),
    product: someOf(word).optional(),
    coordinate: someOf(
      z.string().regex(coordinatePatternSyntax, "Expected `Type.field`, with `*` for any characters of a name."),
    ).optional(),
  })
  .refine((keys) => Object.values(keys).some((value) => value !== undefined), {
    message: 'An empty selector would select every field. Say what is meant, for instance `coordinate: "*.*"`.',
  });

export const policyDocument = z.strictObject({
  apiVersion: z.literal("datamesh.io/v1"),
  kind: z.literal("Policy"),
  metadata: z.strictObject({
    name,
    owner: word,
    description: z.string().optional(),
  }),
  spec: z.strictObject({
    selector,
    when: someOf(callerMatch).optional(),
    unless: someOf(callerMatch).optional(),
    effect,
  }),
});
