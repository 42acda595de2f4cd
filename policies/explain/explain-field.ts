/** One field and one caller → what each policy says about it and which of them decides. */
import { type PolicyStanding, purposeLimitation, unmatchedPersonalData } from "../decide.ts";
import { allowed, type Decision, type GovernedCoordinate } from "../decision.ts";
import { decideField } from "../field-rules.ts";
import type { Policy } from "../policy/model.ts";
import type { Caller } from "../principal.ts";
import type { GovernedRule } from "../rules.ts";
import { strictness } from "../strictest.ts";
import { explainStanding } from "./explain-standing.ts";

export interface ExplainedPolicy {
  readonly policy: string;
  /** Undefined for what no document says. */
  readonly owner: string | undefined;
  /** The coordinate by which it comes in: the field, or one that the field is made from. */
  readonly coordinate: string;
  readonly standing: PolicyStanding["standing"];
  readonly mode: PolicyStanding["mode"];
  /** Where it holds. */
  readonly decision: Decision | undefined;
  /** It is the one that the decision names. */
  readonly decides: boolean;
  readonly why: string;
}

export interface ExplainedField {
  readonly coordinate: string;
  readonly product: string;
  readonly pii: readonly string[];
  readonly classification: string | undefined;
  readonly decision: Decision;
  /** In one sentence, for a decision that no policy is named for too. */
  readonly why: string;
  readonly policies: readonly ExplainedPolicy[];
  /** What would be decided with the policies in shadow mode; undefined when there are none. */
  readonly shadow: Decision | undefined;
  readonly obligations: readonly { readonly obligation: string; readonly policy: string }[];
}

export interface ExplainContext {
  readonly policies: readonly Policy[];
  readonly coordinates: readonly GovernedCoordinate[];
  readonly now?: () => number;
}

/**
 * @param rules of the field and of the interfaces that have it; none: nothing governs the field.
 * @param settle what becomes of a decision on the field's type.
 */
export function createExplainField({
  policies,
  coordinates,
  now = Date.now,
}: ExplainContext): (
  coordinate: string,
  rules: readonly GovernedRule[],
  caller: Caller,
  settle?: (decision: Decision) => Decision,
) => ExplainedField {
  const policyByName = new Map(policies.map((policy) => [policy.name, policy]));
  const known = new Map<string, GovernedCoordinate>();
  for (const entry of coordinates) if (!known.has(entry.coordinate)) known.set(entry.coordinate, entry);

  return (coordinate, rules, caller, settle = (decision) => decision) => {
    const [main] = [coordinate, ...rules.map((rule) => rule.coordinate)].flatMap((name) => known.get(name) ?? []);
    const decision = rules.length === 0 ? allowed : settle(decideField(rules, caller));
    const deciding = decision.effect === "allow" ? undefined : decision.policy;
    const explained = rules
      .flatMap((rule) => rule.explain(caller))
      .map((standing): ExplainedPolicy => {
        const policy = policyByName.get(standing.policy);
        return {
          policy: standing.policy,
          owner: policy?.owner,
          coordinate: standing.coordinate,
          standing: standing.standing,
          mode: standing.mode,
          decision: standing.decision,
          decides: standing.policy === deciding && standing.mode === "enforce" && standing.decision !== undefined,
          why: explainStanding(standing, policy, caller, now()),
        };
      });
    const shadows = rules.flatMap((rule) => rule.shadow(caller) ?? []);
    return {
      coordinate,
      product: main?.product ?? "",
      pii: [...new Set(rules.flatMap((rule) => known.get(rule.coordinate)?.pii ?? []))],
      classification: main?.classification,
      decision,
      why: reasonOf(decision, explained, rules.length > 0),
      policies: explained,
      shadow: shadows.sort((left, right) => strictness(right) - strictness(left)).map(settle)[0],
      obligations: rules.flatMap((rule) => rule.obligations(caller)),
    };
  };
}

function reasonOf(decision: Decision, policies: readonly ExplainedPolicy[], isGoverned: boolean): string {
  if (!isGoverned) return "No policy selects it and it holds no personal data.";
  if (decision.effect === "allow") {
    const lifted = policies.filter(({ standing }) => standing === "lifted" || standing === "waived");
    return lifted.length === 0
      ? "Nothing that holds for the caller is against it."
      : `Lifted: ${lifted.map(({ policy }) => policy).join(", ")}.`;
  }
  if (decision.policy === unmatchedPersonalData) return "Personal data on which no policy has a say are redacted.";
  if (decision.policy === purposeLimitation) return "Its product does not name this purpose, so it is redacted.";
  const others = policies.filter(
    ({ decision: other, decides, mode }) => other !== undefined && !decides && mode === "enforce",
  );
  return others.length === 0
    ? `${decision.policy} decides.`
    : `${decision.policy} decides: nothing stricter holds (${[...new Set(others.map(({ policy }) => policy))].join(", ")} would be weaker or equal).`;
}
