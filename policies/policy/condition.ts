/** For whom a policy holds. */
import type { Caller } from "../principal.ts";
import type { CallerMatch, Policy } from "./model.ts";

/**
 * What a policy has to say to one caller: its effect, that its effect is lifted for this caller, or nothing at all.
 *
 * The difference between `lifted` and `silent` matters where a default is stricter than no effect: a policy that lifts
 * its effect has decided, a silent one has not.
 */
type Standing = "holds" | "lifted" | "silent";

/** Which attributes of a caller a condition can see. Callers who agree in them cannot be told apart by it. */
export interface VisibleAttributes {
  readonly roles: readonly string[];
  readonly purposes: readonly string[];
  readonly kind: boolean;
}

export interface Condition {
  readonly sees: VisibleAttributes;
  /** May throw for a caller it cannot judge; whoever asks must deny then. */
  standing(caller: Caller): Standing;
}

/** Guarantees that `standing` depends on nothing but what `sees` names. */
export function compileCondition(policy: Pick<Policy, "when" | "unless">): Condition {
  const { when, unless } = policy;
  const matches = [...(when ?? []), ...unless];
  return {
    sees: {
      roles: matches.flatMap((match) => match.roles ?? []),
      purposes: matches.flatMap((match) => match.purpose ?? []),
      kind: matches.some((match) => match.kind !== undefined),
    },
    standing(caller) {
      if (when !== undefined && !when.some((match) => isMatch(match, caller))) return "silent";
      return unless.some((match) => isMatch(match, caller)) ? "lifted" : "holds";
    },
  };
}

function isMatch({ purpose, roles, kind }: CallerMatch, caller: Caller): boolean {
  if (purpose !== undefined && (caller.purpose === undefined || !purpose.includes(caller.purpose))) return false;
  if (roles !== undefined && !roles.some((role) => caller.principal.roles.includes(role))) return false;
  return kind === undefined || kind.includes(caller.principal.kind);
}
