/** What was expected and what was decided → what is different, in words. */
import type { ExplainedField } from "../explain/explain-field.ts";
import { decisionInWords } from "../explain/words.ts";
import type { ExpectedDecision, PolicyTestCase } from "./model.ts";

/** Empty: the case passes. `fields` are those that can be got and that something governs, `ungoverned` the others. */
export function judgePolicyTest(
  { expect, refused }: PolicyTestCase,
  fields: ReadonlyMap<string, ExplainedField>,
  ungoverned: ReadonlySet<string>,
  isRefused: boolean,
): readonly string[] {
  const failures: string[] = [];
  if (refused !== undefined && refused !== isRefused) {
    failures.push(refused ? "the request is not refused" : "the whole request is refused");
  }
  for (const [coordinate, expected] of expect) {
    const field = fields.get(coordinate);
    if (field === undefined) {
      if (!ungoverned.has(coordinate)) failures.push(`${coordinate} is not reached by the query`);
      else if (expected.decision !== "allow") {
        failures.push(`${coordinate}: expected ${expected.decision}, but nothing governs it and all is shown`);
      }
      continue;
    }
    const difference = compare(field, expected);
    if (difference !== undefined) failures.push(`${coordinate}: expected ${difference}. ${field.why}`);
  }
  return failures;
}

function compare({ decision }: ExplainedField, expected: ExpectedDecision): string | undefined {
  const technique = decision.effect === "mask" ? decision.mask.technique : undefined;
  const policy = decision.effect === "allow" ? undefined : decision.policy;
  const isRight =
    decision.effect === expected.decision &&
    (expected.technique === undefined || expected.technique === technique) &&
    (expected.policy === undefined || expected.policy === policy);
  if (isRight) return undefined;
  const wanted = [
    expected.decision,
    expected.technique,
    expected.policy === undefined ? undefined : `by ${expected.policy}`,
  ];
  const by = policy === undefined ? "" : ` by ${policy}`;
  return `${wanted.filter((it) => it !== undefined).join(" ")}, but it is ${decisionInWords(decision)}${by}`;
}
