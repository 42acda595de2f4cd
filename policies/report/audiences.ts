/** Whom policies can tell apart by kind, role and purpose: the callers of whom a report speaks. */
import { isFault, parseExpression } from "../expression/expression.ts";
import type { CallerMatch, Policy } from "../policy/model.ts";
import type { Caller } from "../principal.ts";

export interface Audience {
  readonly kind: "anonymous" | "user" | "service";
  /** Undefined: none that a policy names. */
  readonly role: string | undefined;
  /** Undefined: none declared. */
  readonly purpose: string | undefined;
}

/** Every value that makes a difference, and one that none of the policies names. */
export interface AudienceValues {
  readonly roles: readonly (string | undefined)[];
  readonly purposes: readonly (string | undefined)[];
}

/** Stands for every role or purpose that no policy names. */
export const anyOther = "other";

/** @param named by products: the purposes for which their data may be read. */
export function readAudienceValues(policies: readonly Policy[], named: Iterable<string>): AudienceValues {
  const roles = new Set<string>();
  const purposes = new Set<string>(named);
  let anyRole = false;
  let anyPurpose = false;
  for (const { when, unless, waivers, condition } of policies) {
    const matches: readonly CallerMatch[] = [
      ...(when ?? []),
      ...unless,
      ...waivers.flatMap((it) => it.principals ?? []),
    ];
    for (const match of matches) {
      for (const role of match.roles ?? []) roles.add(role);
      for (const purpose of match.purpose ?? []) purposes.add(purpose);
    }
    const parsed = condition === undefined ? undefined : parseExpression(condition, "condition");
    if (condition === undefined || parsed === undefined || isFault(parsed)) continue;
    const { reads } = parsed;
    // What an expression compares with is written in it.
    const texts = [...condition.matchAll(/"([^"\\]*)"|'([^'\\]*)'/g)].map(
      ([, double, single]) => double ?? single ?? "",
    );
    if (reads.others.has("purpose")) {
      anyPurpose = true;
      for (const text of texts) purposes.add(text);
    }
    if (reads.roles === "all") {
      anyRole = true;
      for (const text of texts) roles.add(text);
    } else for (const role of reads.roles) roles.add(role);
  }
  const values = (names: Set<string>, withOther: boolean): readonly (string | undefined)[] => [
    undefined,
    ...[...names].filter((name) => name !== "").sort(),
    ...(withOther ? [anyOther] : []),
  ];
  return { roles: values(roles, anyRole), purposes: values(purposes, anyPurpose) };
}

/** All combinations; whoever is anonymous has neither roles nor purposes. */
export function listAudiences({ roles, purposes }: AudienceValues): readonly Audience[] {
  const known = (["user", "service"] as const).flatMap((kind) =>
    roles.flatMap((role) => purposes.map((purpose): Audience => ({ kind, role, purpose }))),
  );
  return [{ kind: "anonymous", role: undefined, purpose: undefined }, ...known];
}

export function callerOfAudience({ kind, role, purpose }: Audience): Caller {
  const names = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
  const id = kind === "anonymous" ? "anonymous" : "someone";
  return { principal: { id, kind, roles: names(role), purposes: names(purpose), attributes: {} }, purpose };
}
