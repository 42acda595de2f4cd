/** Which rules govern a field of an object type. */
import type { Decision } from "./decision.ts";
import type { Caller } from "./principal.ts";
import type { GovernedRule, Rules } from "./rules.ts";
import { strictest } from "./strictest.ts";

/**
 * Guarantees the rules of the field on the object type and on every interface that the type implements: what is personal
 * on the interface is personal on each of its implementers.
 */
export function fieldRules(
  rules: Rules,
  type: string,
  interfaces: Iterable<string>,
  fieldName: string,
): readonly GovernedRule[] {
  const found: GovernedRule[] = [];
  for (const name of [type, ...interfaces]) {
    const rule = rules.get(`${name}.${fieldName}`);
    if (rule !== undefined) found.push(rule);
  }
  return found;
}

/** The strictest decision of the rules that govern one field; of several denials the first, as shield's `and` reports it. */
export function decideField(rules: readonly GovernedRule[], caller: Caller): Decision {
  const [first] = rules;
  if (first !== undefined && rules.length === 1) return first.decide(caller);
  const decisions = rules.map((rule) => rule.decide(caller));
  return decisions.find(({ effect }) => effect === "deny") ?? strictest(decisions);
}
