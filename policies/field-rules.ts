/** Which rules govern a field of an object type. */
import type { GraphQLObjectType } from "graphql";
import { type Decision, strictest } from "./decision.ts";
import type { Caller } from "./principal.ts";
import type { GovernedRule, Rules } from "./rules.ts";

/**
 * Guarantees the field's own rule and those of the same field on every interface that the type implements: what is
 * personal on the interface is personal on each of its implementers.
 */
export function fieldRules(rules: Rules, type: GraphQLObjectType, fieldName: string): readonly GovernedRule[] {
  const found: GovernedRule[] = [];
  for (const { name } of [type, ...type.getInterfaces()]) {
    const rule = rules.get(`${name}.${fieldName}`);
    if (rule !== undefined) found.push(rule);
  }
  return found;
}

/** The strictest decision of the rules that govern one field. Never throws. */
export function decideField(rules: readonly GovernedRule[], caller: Caller): Decision {
  const [first] = rules;
  if (first !== undefined && rules.length === 1) return first.decide(caller);
  return strictest(rules.map((rule) => rule.decide(caller)));
}
