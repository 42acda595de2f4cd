/** Rules and coordinates → who sees which personal data unmasked: over all policies, without any data. */
import type { Decision } from "../decision.ts";
import type { Caller } from "../principal.ts";
import { type Audience, type AudienceValues, callerOfAudience } from "./audiences.ts";
import { describeAudiences } from "./describe-audiences.ts";

export interface ReportedField {
  readonly coordinate: string;
  readonly product: string;
  readonly pii: readonly string[];
  readonly classification: string | undefined;
  /** Those that select it, with where they stand. */
  readonly policies: readonly string[];
  /** What a caller gets, whatever cannot be decided for it is worst. */
  decide(caller: Caller): Decision;
  /** The same, if it is best. */
  decideAtBest(caller: Caller): Decision;
  /** Conditions that make the difference between the two. */
  readonly uncertain: readonly { readonly policy: string; readonly condition: string }[];
  readonly waivers: readonly {
    readonly name: string;
    readonly policy: string;
    readonly reason: string;
    readonly expires: string;
  }[];
}

export interface FieldAccess {
  readonly coordinate: string;
  readonly product: string;
  readonly pii: readonly string[];
  readonly classification: string | undefined;
  readonly policies: readonly string[];
  /** In words; nobody when it is empty. */
  readonly unmasked: readonly string[];
  /** More who may, where the conditions are in their favour. */
  readonly perhaps: readonly string[];
  readonly conditions: readonly { readonly policy: string; readonly condition: string }[];
  readonly waivers: ReportedField["waivers"];
  /** Of the principals that are asked for: who sees it, for which purpose (none: without declaring one). */
  readonly principals: readonly { readonly name: string; readonly purpose: string | null }[];
  /** What each of the report's columns gets. */
  readonly cells: readonly Cell[];
}

export interface Cell {
  readonly effect: Decision["effect"];
  readonly technique: string | null;
  readonly policy: string | null;
}

export interface AccessReport {
  /** Columns of the picture, in words. */
  readonly columns: readonly string[];
  readonly fields: readonly FieldAccess[];
}

/** A principal with each purpose that it may declare. */
export interface NamedCaller {
  readonly name: string;
  readonly caller: Caller;
}

export function reportAccess(
  fields: readonly ReportedField[],
  values: AudienceValues,
  principals: readonly NamedCaller[],
): AccessReport {
  const columns = listColumns(values);
  const callers = columns.map(({ audience }) => callerOfAudience(audience));
  const callerByAudience = new Map<string, Caller>();
  const callerFor = (audience: Audience): Caller => {
    const key = JSON.stringify(audience);
    const caller = callerByAudience.get(key) ?? callerOfAudience(audience);
    callerByAudience.set(key, caller);
    return caller;
  };
  return {
    columns: columns.map(({ words }) => words),
    fields: fields.map((field): FieldAccess => {
      const { coordinate, product, pii, classification, policies, waivers, uncertain } = field;
      const surely = (audience: Audience): boolean => field.decide(callerFor(audience)).effect === "allow";
      const perhaps = (audience: Audience): boolean =>
        !surely(audience) && field.decideAtBest(callerFor(audience)).effect === "allow";
      return {
        coordinate,
        product,
        pii,
        classification,
        policies,
        unmasked: describeAudiences(values, surely),
        perhaps: uncertain.length === 0 ? [] : describeAudiences(values, perhaps),
        conditions: uncertain,
        waivers,
        principals: principals
          .filter(({ caller }) => field.decide(caller).effect === "allow")
          .map(({ name, caller }) => ({ name, purpose: caller.purpose ?? null })),
        cells: callers.map((caller) => cellOf(field.decide(caller))),
      };
    }),
  };
}

function listColumns({
  roles,
  purposes,
}: AudienceValues): readonly { readonly words: string; readonly audience: Audience }[] {
  const user = { kind: "user", role: undefined, purpose: undefined } as const;
  const named = <T>(values: readonly (T | undefined)[]): readonly T[] => values.flatMap((value) => value ?? []);
  return [
    { words: "no token", audience: { ...user, kind: "anonymous" } },
    { words: "no purpose", audience: user },
    ...named(purposes).map((purpose) => ({ words: `for ${purpose}`, audience: { ...user, purpose } })),
    ...named(roles).map((role) => ({ words: `role ${role}`, audience: { ...user, role } })),
    { words: "service", audience: { ...user, kind: "service" as const } },
  ];
}

function cellOf(decision: Decision): Cell {
  return {
    effect: decision.effect,
    technique: decision.effect === "mask" ? decision.mask.technique : null,
    policy: decision.effect === "allow" ? null : decision.policy,
  };
}
