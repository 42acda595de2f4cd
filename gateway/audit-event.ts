/** A run → what is recorded of it, and the audit's life → metrics. */
import type { HttpRequest } from "#http";
import type { AuditEvent, AuditedAccess, AuditObserver, Caller } from "#policies";
import type { GatewayMetrics } from "./observability/metrics.ts";
import { sha256 } from "./operation/documents/sha256.ts";
import type { PreparedOperation } from "./operation/prepared-operation.ts";

/** What a record needs of a run. */
interface AuditedRun {
  readonly generation: { readonly number: number };
  readonly operation: PreparedOperation;
  readonly caller: Caller;
  readonly access: AuditedAccess;
  readonly request: Pick<HttpRequest, "headers">;
}

const hashByOperation = new WeakMap<PreparedOperation, string>();

/** Guarantees that nothing of the variables and the answer is in it. */
export function auditEvent(
  { generation, operation, caller, access, request }: AuditedRun,
  outcome: AuditEvent["outcome"],
  rows?: ReadonlyMap<string, number>,
): AuditEvent {
  let hash = hashByOperation.get(operation);
  if (hash === undefined) {
    hash = sha256(operation.query);
    hashByOperation.set(operation, hash);
  }
  return {
    time: Date.now(),
    place: "gateway",
    caller,
    operation: { name: operation.name, hash },
    access,
    outcome,
    rows,
    traceId: readTraceId(request.headers),
    generation: generation.number,
  };
}

/** Of the W3C's Trace Context, section 3.2. */
function readTraceId(headers: ReadonlyMap<string, string>): string | undefined {
  return /^[0-9a-f]{2}-(?!0{32})(?<id>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(headers.get("traceparent") ?? "")
    ?.groups?.id;
}

export function observeAudit(metrics: GatewayMetrics): AuditObserver {
  return {
    queued: (places) => metrics.auditQueued.set(places),
    written: (records) => metrics.auditRecords.inc(records),
    sinkFailed() {
      metrics.auditSinkFailures.inc();
      metrics.auditSinkFailing.set(1);
    },
    sinkWorks: () => metrics.auditSinkFailing.set(0),
    full: (then) => metrics.auditFull.inc({ outcome: then }),
  };
}
