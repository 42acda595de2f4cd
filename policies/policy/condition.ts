/** For whom and when a policy holds. */
import { isFault, parseExpression } from "../expression/expression.ts";
import type { Caller } from "../principal.ts";
import type { Asked, ConditionResource } from "./asked.ts";
import type { CallerMatch, Policy } from "./model.ts";
import { nothingVisible, seenBy, type VisibleAttributes } from "./visible-attributes.ts";

/**
 * What a policy has to say to one caller: its effect, that its effect is lifted for this caller, or nothing at all.
 *
 * The difference between `lifted` and `silent` matters where a default is stricter than no effect: a policy that lifts
 * its effect has decided, a silent one has not.
 */
export type Standing = "holds" | "lifted" | "silent";

export interface Condition {
  /** Equal for conditions that are the same. */
  readonly key: string;
  readonly sees: VisibleAttributes;
  /** Whether it depends on the coordinate that is asked for. */
  readonly readsResource: boolean;
  /** Times at which it may begin or end to hold, milliseconds since the epoch. */
  readonly boundaries: readonly number[];
  /** May throw for a caller it cannot judge; whoever asks must deny then. */
  standing(asked: Asked, resource: ConditionResource): Standing;
}

/** Guarantees that `standing` depends on nothing but what `sees` names, the time and, if it says so, the resource. */
export function compileCondition(policy: Pick<Policy, "when" | "unless" | "condition" | "validity">): Condition {
  const { when, unless, condition: source, validity } = policy;
  const expression = source === undefined ? undefined : parseExpression(source, "condition");
  // Policies come from the reader, which has let no faulty expression through.
  if (expression !== undefined && isFault(expression)) throw new Error(`${expression.message} (in \`${source}\`)`);
  const from = validity.from === undefined ? undefined : Date.parse(validity.from);
  const until = validity.until === undefined ? undefined : Date.parse(validity.until);
  return {
    key: JSON.stringify([when ?? null, source ?? null, unless, from ?? null, until ?? null]),
    sees: seenBy([...(when ?? []), ...unless], expression === undefined ? [] : [expression.reads]),
    readsResource: [...(expression?.reads.others ?? [])].some((name) => name.startsWith("resource")),
    boundaries: [from, until].filter((time) => time !== undefined),
    standing(asked, resource) {
      if ((from !== undefined && asked.nowMs < from) || (until !== undefined && asked.nowMs >= until)) return "silent";
      if (when !== undefined && !when.some((match) => isMatch(match, asked.caller))) return "silent";
      if (expression !== undefined) {
        const holds = expression.evaluate(asked.activation(resource));
        if (typeof holds !== "boolean") throw new TypeError(`\`${expression.source}\` is neither true nor false`);
        if (!holds) return "silent";
      }
      return unless.some((match) => isMatch(match, asked.caller)) ? "lifted" : "holds";
    },
  };
}

/** A condition of the mesh's own, without a document. */
export function fixedCondition(
  key: string,
  sees: Partial<VisibleAttributes>,
  holds: (caller: Caller) => boolean,
): Condition {
  return {
    key,
    sees: { ...nothingVisible, ...sees },
    readsResource: false,
    boundaries: [],
    standing: ({ caller }) => (holds(caller) ? "holds" : "silent"),
  };
}

function isMatch({ purpose, roles, kind }: CallerMatch, caller: Caller): boolean {
  if (purpose !== undefined && (caller.purpose === undefined || !purpose.includes(caller.purpose))) return false;
  if (roles !== undefined && !roles.some((role) => caller.principal.roles.includes(role))) return false;
  return kind === undefined || kind.includes(caller.principal.kind);
}
