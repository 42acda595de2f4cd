import type { AuditedAccess } from "#policies";
import type { Authorisation } from "./governance-port.ts";

/** By what is recorded: one list for all runs of it. */
const countedByAccess = new WeakMap<AuditedAccess, readonly string[]>();

/** The coordinates whose values the executor counts for the audit. */
export function countedCoordinates({ access }: Pick<Authorisation, "access">): readonly string[] | undefined {
  if (access === undefined) return undefined;
  let counted = countedByAccess.get(access);
  if (counted === undefined) {
    counted = access.coordinates.map(({ coordinate }) => coordinate);
    countedByAccess.set(access, counted);
  }
  return counted;
}
