import type { ReadAuditRecord } from "#policies";

/** Every one that is given must match. */
export interface AuditFilter {
  readonly principal?: string;
  readonly purpose?: string;
  readonly product?: string;
  /** A coordinate, `*` for any characters: `Customer.*`. */
  readonly coordinate?: string;
  readonly policy?: string;
  readonly decision?: string;
  readonly outcome?: string;
  /** RFC 3339, as records have it: the beginning of one is enough. */
  readonly since?: string;
  readonly until?: string;
}

/** A record of something else than an access matches only while nothing but time is asked for. */
export function createAuditFilter(filter: AuditFilter): (record: ReadAuditRecord) => boolean {
  const { principal, purpose, product, coordinate, policy, decision, outcome, since, until } = filter;
  const pattern = coordinate === undefined ? undefined : patternOf(coordinate);
  return ({ type, content }) => {
    const time = String(content.time);
    if (since !== undefined && time < since) return false;
    if (until !== undefined && time >= until) return false;
    if (type !== "access") {
      return [principal, purpose, product, coordinate, policy, decision, outcome].every((it) => it === undefined);
    }
    if (principal !== undefined && at(content.principal, "id") !== principal) return false;
    if (purpose !== undefined && content.purpose !== purpose) return false;
    if (outcome !== undefined && content.outcome !== outcome) return false;
    const coordinates = Array.isArray(content.coordinates) ? content.coordinates : [];
    // One coordinate must have all that is asked of coordinates.
    return coordinates.some(
      (it: unknown) =>
        (pattern === undefined || pattern.test(String(at(it, "coordinate")))) &&
        (product === undefined || at(it, "product") === product) &&
        (policy === undefined || at(it, "policy") === policy) &&
        (decision === undefined || at(it, "decision") === decision),
    );
  };
}

function patternOf(coordinate: string): RegExp {
  const literal = coordinate.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${literal}$`);
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
