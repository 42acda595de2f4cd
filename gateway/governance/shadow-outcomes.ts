/** What the policies in shadow mode would change about an operation: counted, it tells whether they can be enforced. */
import { allowed, type Caller, type Decision, decideField, settleDecision, strictest } from "#policies";
import type { Decisions } from "../execution/executor.ts";
import type { ShadowOutcome } from "../governance-port.ts";
import type { GovernedField } from "./governed-fields.ts";

const outcomes = { allow: "shown", mask: "masked", null: "null", deny: "denied" } as const;

/** Only of fields that such a policy selects; `decisions` are those that hold, without what is allowed. */
export function shadowOutcomes(
  fields: readonly GovernedField[],
  decisions: Decisions,
  caller: Caller,
): readonly ShadowOutcome[] {
  return fields.flatMap(({ coordinate, type, rules }): readonly ShadowOutcome[] => {
    const shadows = rules.map((rule) => rule.shadow(caller));
    if (shadows.every((shadow) => shadow === undefined)) return [];
    const decided = rules.map((rule, index) => shadows[index] ?? decideField([rule], caller));
    const then = settleDecision(decided.find(({ effect }) => effect === "deny") ?? strictest(decided), type);
    const now = decisions.get(coordinate) ?? allowed;
    const policy = then.effect === "allow" ? "any" : then.policy;
    return [{ coordinate, policy, outcome: isSame(then, now) ? "unchanged" : outcomes[then.effect] }];
  });
}

/** For the reader of the answer, whichever policy decides it. */
function isSame(one: Decision, other: Decision): boolean {
  if (one.effect !== "mask" || other.effect !== "mask") return one.effect === other.effect;
  return JSON.stringify(one.mask) === JSON.stringify(other.mask);
}
