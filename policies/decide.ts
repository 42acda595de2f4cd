/**
 * Policies + caller → the decision for one coordinate.
 *
 * 1. A policy that selects the coordinate holds, is lifted, or is silent for the caller.
 * 2. Of the effects that hold, the strictest is the decision.
 * 3. A policy that cannot be decided denies.
 * 4. Personal data on which no policy had a say (all silent, or none selects it) are redacted.
 */
import { allowed, type Decision, strictest } from "./decision.ts";
import type { Condition } from "./policy/condition.ts";
import type { Policy } from "./policy/model.ts";
import type { Caller } from "./principal.ts";

/** A policy, ready to be asked. */
export interface CompiledPolicy {
  readonly name: string;
  readonly condition: Condition;
  readonly decision: Decision;
}

/** Called with the cause when a policy could not be decided; the caller of the graph only learns that access is denied. */
export type ReportFailure = (policy: string, cause: unknown) => void;

/** The name under which the default for personal data appears where a policy's name is expected. */
export const unmatchedPersonalData = "default-personal-data";

const defaultForPersonalData: Decision = Object.freeze({
  effect: "mask",
  technique: "redact",
  policy: unmatchedPersonalData,
});

/** Guarantees a decision for every caller, however malformed: it never throws. */
export function decide(
  policies: readonly CompiledPolicy[],
  personal: boolean,
  caller: Caller,
  reportFailure: ReportFailure,
): Decision {
  const effects: Decision[] = [];
  let spoken = false;
  for (const { name, condition, decision } of policies) {
    try {
      const standing = condition.standing(caller);
      if (standing !== "silent") spoken = true;
      if (standing === "holds") effects.push(decision);
    } catch (cause) {
      reportFailure(name, cause);
      return { effect: "deny", policy: name, reason: "the policy could not be decided for this caller" };
    }
  }
  if (!spoken) return personal ? defaultForPersonalData : allowed;
  return strictest(effects);
}

/** The decision that a policy stands for where it holds. */
export function decisionOf({ name, effect }: Pick<Policy, "name" | "effect">): Decision {
  switch (effect.type) {
    case "allow":
      return allowed;
    case "mask":
      return { effect: "mask", technique: effect.technique, policy: name };
    case "nullify":
      return { effect: "null", policy: name };
    case "deny":
      return { effect: "deny", policy: name, reason: effect.reason };
  }
}
