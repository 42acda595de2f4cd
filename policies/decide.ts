/**
 * Policies + caller → the decision for one coordinate.
 *
 * 1. A policy that selects the coordinate holds, is lifted, or is silent for the caller.
 * 2. Of the effects that hold, the strictest is the decision.
 * 3. A policy that cannot be decided denies.
 * 4. Personal data on which no policy had a say (all silent, or none selects it) are redacted.
 */
import { allowed, type Decision } from "./decision.ts";
import type { Condition } from "./policy/condition.ts";
import type { FieldEffect } from "./policy/model.ts";
import type { Caller } from "./principal.ts";
import { strictest } from "./strictest.ts";

/** A policy about the values of fields, ready to be asked. */
export interface CompiledPolicy {
  readonly name: string;
  readonly condition: Condition;
  readonly decision: Decision;
  /** Whether the values may be compared with, whatever the decision says about showing them. */
  readonly comparable: boolean;
}

/** Called with the cause when a policy could not be decided; the caller of the graph only learns that access is denied. */
export type ReportFailure = (policy: string, cause: unknown) => void;

/** The name under which the default for personal data appears where a policy's name is expected. */
export const unmatchedPersonalData = "default-personal-data";

const defaultForPersonalData: Decision = Object.freeze({
  effect: "mask",
  mask: { technique: "redact" } as const,
  policy: unmatchedPersonalData,
});

/** What one coordinate is to one caller. */
export interface Verdict {
  readonly decision: Decision;
  /** Whether the caller may filter, sort and group by the values: nothing hides them, or only a `no-project`. */
  readonly mayCompare: boolean;
}

/** Guarantees a verdict for every caller, however malformed: it never throws. */
export function decide(
  policies: readonly CompiledPolicy[],
  personal: boolean,
  caller: Caller,
  reportFailure: ReportFailure,
): Verdict {
  const effects: Decision[] = [];
  let comparable = true;
  let spoken = false;
  for (const { name, condition, decision, comparable: leavesComparable } of policies) {
    try {
      const standing = condition.standing(caller);
      if (standing !== "silent") spoken = true;
      if (standing !== "holds") continue;
      effects.push(decision);
      comparable &&= leavesComparable;
    } catch (cause) {
      reportFailure(name, cause);
      const reason = "the policy could not be decided for this caller";
      return { decision: { effect: "deny", policy: name, reason }, mayCompare: false };
    }
  }
  if (!spoken && personal) return { decision: defaultForPersonalData, mayCompare: false };
  return { decision: strictest(effects), mayCompare: comparable };
}

/** What a policy stands for where it holds. */
export function decisionOf(name: string, effect: FieldEffect): Pick<CompiledPolicy, "decision" | "comparable"> {
  switch (effect.type) {
    case "allow":
      return { decision: allowed, comparable: true };
    case "mask": {
      const { technique, parameters } = effect;
      const mask = parameters === undefined ? { technique } : { technique, parameters };
      return { decision: { effect: "mask", mask, policy: name }, comparable: false };
    }
    case "nullify":
      return { decision: { effect: "null", policy: name }, comparable: false };
    case "deny":
      return { decision: { effect: "deny", policy: name, reason: effect.reason }, comparable: false };
    case "no-project":
      return { decision: { effect: "deny", policy: name, reason: effect.reason }, comparable: true };
  }
}
