import type { AuditEntry } from "./chain.ts";
import type { AuditEvent } from "./event.ts";

/** An event as the entry that is chained: plain data, the same words whoever reads them. */
export function accessEntry(event: AuditEvent): AuditEntry {
  const { caller, operation, access, rows } = event;
  return {
    kind: "access",
    body: {
      time: new Date(event.time).toISOString(),
      place: event.place,
      principal: { id: storable(caller.principal.id), kind: caller.principal.kind },
      purpose: caller.purpose === undefined ? null : storable(caller.purpose),
      operation: { name: operation.name ?? null, hash: operation.hash },
      outcome: event.outcome,
      products: access.products,
      coordinates: access.coordinates.map((it) => ({ ...it, rows: rows?.get(it.coordinate) ?? null })),
      policySet: access.policySet,
      obligations: access.obligations,
      traceId: event.traceId ?? null,
      generation: event.generation ?? null,
    },
  };
}

/** Whatever a token says may be no text: the chain is UTF-8, and databases refuse the character 0. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
