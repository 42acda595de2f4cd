import { z } from "zod";
import { type ReadResult, readDocument } from "#schema";
import { techniquesByStrength } from "../decision.ts";
import { coordinatePatternSyntax } from "../policy/selector.ts";
import type { ExpectedDecision, PolicyTestDocument } from "./model.ts";

const word = z.string().min(1);
const technique = z.enum(techniquesByStrength);
const decision = z.enum(["allow", "mask", "null", "deny"]);

/** `mask partial` is short for `{ decision: mask, technique: partial }`. */
const short = z
  .string()
  .regex(
    new RegExp(`^(?:allow|null|deny|mask(?: (?:${techniquesByStrength.join("|")}))?)$`),
    "Expected `allow`, `mask`, `mask` with a technique such as `mask partial`, `null` or `deny`.",
  )
  .transform((text): ExpectedDecision => {
    const [said, how] = text.split(" ");
    return {
      decision: decision.parse(said),
      technique: how === undefined ? undefined : technique.parse(how),
      policy: undefined,
    };
  });

const expected = z.union([
  short,
  // YAML's null is the decision of that name.
  z.null().transform((): ExpectedDecision => ({ decision: "null", technique: undefined, policy: undefined })),
  z
    .strictObject({ decision, technique: technique.optional(), policy: word.optional() })
    .transform(
      ({ decision: said, technique: how, policy }): ExpectedDecision => ({ decision: said, technique: how, policy }),
    ),
]);

const testCase = z
  .strictObject({
    name: word,
    as: word.default("anonymous"),
    purpose: word.optional(),
    query: word.optional(),
    operation: word.optional(),
    refused: z.boolean().optional(),
    expect: z
      .record(z.string().regex(coordinatePatternSyntax, "Expected a coordinate: `Type.field`."), expected)
      .default({}),
  })
  .refine((it) => it.refused !== undefined || Object.keys(it.expect).length > 0, {
    message: "This expects nothing. Say `expect` with coordinates, or `refused`.",
  });

const document = z.strictObject({
  apiVersion: z.literal("datamesh.io/v1"),
  kind: z.literal("PolicyTest"),
  metadata: z.strictObject({ name: word, owner: word.optional(), description: z.string().optional() }),
  spec: z.strictObject({ tests: z.array(testCase).min(1) }),
});

/** Strict, as policies are: an unknown key is an error with its place. Never throws. */
export function readPolicyTest(text: string, file: string): ReadResult<PolicyTestDocument> {
  const { value, findings, places } = readDocument(text, file, document);
  if (value === undefined) return { value, findings };
  const cases = value.spec.tests.map((it, index) => ({
    place: places.valueAt(["spec", "tests", index]),
    name: it.name,
    as: it.as,
    purpose: it.purpose,
    query: it.query,
    operation: it.operation,
    refused: it.refused,
    expect: new Map(Object.entries(it.expect)),
  }));
  return { value: { name: value.metadata.name, cases }, findings };
}
