import { type AuditEntry, CanonicalText } from "./chain.ts";
import type { AuditEvent, AuditedAccess } from "./event.ts";

/** What is the same for all events with one access. Hot: printed once, used in each record. */
interface PrintedAccess {
  readonly coordinates: CanonicalText;
  readonly obligations: CanonicalText;
  readonly products: CanonicalText;
}

const printed = new WeakMap<AuditedAccess, PrintedAccess>();

/** An event as the entry that is chained: plain data, the same words whoever reads them. Hot: once per operation. */
export function accessEntry(event: AuditEvent): AuditEntry {
  const { caller, operation, access, rows } = event;
  const { coordinates, obligations, products } = print(access);
  return {
    kind: "access",
    body: {
      time: new Date(event.time).toISOString(),
      place: event.place,
      principal: { id: storable(caller.principal.id), kind: caller.principal.kind },
      purpose: caller.purpose === undefined ? null : storable(caller.purpose),
      operation: { name: operation.name ?? null, hash: operation.hash },
      outcome: event.outcome,
      products,
      coordinates,
      rows: rows === undefined ? null : Object.fromEntries(rows),
      policySet: access.policySet,
      obligations,
      traceId: event.traceId ?? null,
      generation: event.generation ?? null,
    },
  };
}

function print(access: AuditedAccess): PrintedAccess {
  let texts = printed.get(access);
  if (texts === undefined) {
    texts = {
      coordinates: new CanonicalText(access.coordinates),
      obligations: new CanonicalText(access.obligations),
      products: new CanonicalText(access.products),
    };
    printed.set(access, texts);
  }
  return texts;
}

/** Whatever a token says may be no text: the chain is UTF-8, and databases refuse the character 0. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
