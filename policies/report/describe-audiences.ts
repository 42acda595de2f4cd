/**
 * A set of audiences → the fewest words for it: general terms first, each only where everybody whom it names is in the
 * set. Cost: audiences times terms, a few thousand at most.
 */
import { type Audience, type AudienceValues, anyOther, listAudiences } from "./audiences.ts";

interface Term {
  readonly kind?: "user" | "service";
  readonly role?: string | undefined;
  readonly purpose?: string | undefined;
}

/** Empty for nobody. Names of roles and purposes that no policy names stand for all of these. */
export function describeAudiences(values: AudienceValues, isIn: (audience: Audience) => boolean): readonly string[] {
  const all = listAudiences(values);
  const anonymous = all.filter(({ kind }) => kind === "anonymous").some(isIn);
  const others = all.filter(({ kind }) => kind !== "anonymous");
  if (others.every(isIn)) return [anonymous ? "everybody, without a token too" : "everybody with a token"];
  const covered = new Set<Audience>();
  const terms: Term[] = [];
  for (const term of listTerms(values)) {
    const named = others.filter((audience) => fits(audience, term));
    if (named.length === 0 || !named.every(isIn) || named.every((audience) => covered.has(audience))) continue;
    for (const audience of named) covered.add(audience);
    terms.push(term);
  }
  return [...(anonymous ? ["whoever has no token"] : []), ...inWords(terms)];
}

/** Those that say less about a caller come first. */
function listTerms({ roles, purposes }: AudienceValues): readonly Term[] {
  const kinds = ["user", "service"] as const;
  const terms: Term[] = [];
  for (const purpose of purposes) terms.push({ purpose });
  for (const role of roles) terms.push({ role });
  for (const kind of kinds) terms.push({ kind });
  for (const role of roles) for (const purpose of purposes) terms.push({ role, purpose });
  for (const kind of kinds) for (const purpose of purposes) terms.push({ kind, purpose });
  for (const kind of kinds) for (const role of roles) terms.push({ kind, role });
  for (const kind of kinds)
    for (const role of roles) for (const purpose of purposes) terms.push({ kind, role, purpose });
  return terms;
}

function fits(audience: Audience, term: Term): boolean {
  return (
    (!("kind" in term) || audience.kind === term.kind) &&
    (!("role" in term) || audience.role === term.role) &&
    (!("purpose" in term) || audience.purpose === term.purpose)
  );
}

/** Terms that differ in the purpose alone are one: `purpose a or b`. */
function inWords(terms: readonly Term[]): readonly string[] {
  const purposesByRest = new Map<string, string[]>();
  for (const term of terms) {
    const rest = [
      ...("kind" in term ? [`${term.kind}s`] : []),
      ...("role" in term ? [term.role === undefined ? "no named role" : `role ${told(term.role)}`] : []),
    ].join(", ");
    const list = purposesByRest.get(rest) ?? [];
    purposesByRest.set(rest, list);
    if ("purpose" in term) list.push(term.purpose === undefined ? "none" : told(term.purpose));
  }
  return [...purposesByRest].map(([rest, purposes]) => {
    const why = purposes.length === 0 ? "" : `purpose ${purposes.join(" or ")}`;
    return [rest, why].filter((part) => part !== "").join(", ");
  });
}

function told(name: string): string {
  return name === anyOther ? "(any other)" : name;
}
