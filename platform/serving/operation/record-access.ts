/** Who read which personal data from a subgraph directly: one record for each operation that reached any. */
import { createHash } from "node:crypto";
import type { AuditLog, AuditPlace, Caller, DescribeAccess, FieldReads } from "#policies";

/** Where a product's own subgraph records what the gateway does not see. */
export interface SubgraphAudit {
  readonly log: AuditLog;
  readonly describeAccess: DescribeAccess;
}

export interface AuditedCall {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly caller: Caller;
}

/** Takes the place when personal data were reached, gives it back otherwise. */
export function recordAccess(
  place: AuditPlace,
  { describeAccess }: SubgraphAudit,
  reads: FieldReads,
  { query, operationName, caller }: AuditedCall,
  outcome: "answered" | "failed",
): void {
  const access = describeAccess(reads.fields, reads.decisions);
  if (access === undefined) {
    place.release();
    return;
  }
  place.record({
    time: Date.now(),
    place: "subgraph",
    caller,
    operation: { name: operationName, hash: createHash("sha256").update(query).digest("hex") },
    access,
    outcome,
    rows: reads.rows,
    traceId: undefined,
    generation: undefined,
  });
}
