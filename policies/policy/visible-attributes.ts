/** Which attributes of a caller conditions can see. Callers who agree in them cannot be told apart by the conditions. */
import type { Reads } from "../expression/reads.ts";
import type { Caller } from "../principal.ts";
import type { CallerMatch } from "./model.ts";

export interface VisibleAttributes {
  /** Names that are looked for; `all` when the whole list counts. */
  readonly roles: ReadonlySet<string> | "all";
  readonly purposes: ReadonlySet<string> | "all";
  readonly attributes: ReadonlySet<string> | "all";
  readonly id: boolean;
  readonly kind: boolean;
  readonly grantedPurposes: boolean;
  readonly time: boolean;
}

const none: ReadonlySet<string> = new Set();

export const nothingVisible: VisibleAttributes = {
  roles: none,
  purposes: none,
  attributes: none,
  id: false,
  kind: false,
  grantedPurposes: false,
  time: false,
};

/** What matches and expressions see together. */
export function seenBy(matches: readonly CallerMatch[], reads: readonly Reads[]): VisibleAttributes {
  const ofMatches: VisibleAttributes = {
    ...nothingVisible,
    roles: new Set(matches.flatMap(({ roles }) => roles ?? [])),
    purposes: new Set(matches.flatMap(({ purpose }) => purpose ?? [])),
    kind: matches.some(({ kind }) => kind !== undefined),
  };
  return seenByAll([ofMatches, ...reads.map(seenByExpression)]);
}

function seenByExpression({ roles, attributes, others }: Reads): VisibleAttributes {
  return {
    roles,
    attributes,
    purposes: others.has("purpose") ? "all" : none,
    id: others.has("principal.id"),
    kind: others.has("principal.kind"),
    grantedPurposes: others.has("principal.purposes"),
    time: others.has("context.time"),
  };
}

export function seenByAll(all: Iterable<VisibleAttributes>): VisibleAttributes {
  const roles = new Set<string>();
  const purposes = new Set<string>();
  const attributes = new Set<string>();
  const whole = { roles: false, purposes: false, attributes: false };
  const flags = { id: false, kind: false, grantedPurposes: false, time: false };
  for (const seen of all) {
    for (const [key, into] of [
      ["roles", roles] as const,
      ["purposes", purposes] as const,
      ["attributes", attributes] as const,
    ]) {
      const names = seen[key];
      if (names === "all") whole[key] = true;
      else for (const name of names) into.add(name);
    }
    flags.id ||= seen.id;
    flags.kind ||= seen.kind;
    flags.grantedPurposes ||= seen.grantedPurposes;
    flags.time ||= seen.time;
  }
  return {
    roles: whole.roles ? "all" : roles,
    purposes: whole.purposes ? "all" : purposes,
    attributes: whole.attributes ? "all" : attributes,
    ...flags,
  };
}

/**
 * Guarantees equal texts for callers who agree in all that is seen, different texts else. Throws for a caller whose
 * attributes cannot be read.
 */
export function project(caller: Caller, seen: VisibleAttributes): string {
  const { principal, purpose } = caller;
  const roles = [...new Set(principal.roles)].filter((role) => seen.roles === "all" || seen.roles.has(role)).sort();
  const visiblePurpose =
    purpose !== undefined && (seen.purposes === "all" || seen.purposes.has(purpose)) ? purpose : null;
  const attributes =
    seen.attributes === "all" || seen.attributes.size > 0
      ? Object.entries(principal.attributes)
          .filter(([name]) => seen.attributes === "all" || seen.attributes.has(name))
          .sort(([one], [other]) => (one < other ? -1 : 1))
      : [];
  return JSON.stringify([
    seen.id ? principal.id : null,
    seen.kind ? principal.kind : null,
    visiblePurpose,
    roles,
    seen.grantedPurposes ? [...principal.purposes].sort() : [],
    attributes,
  ]);
}
