/**
 * Rows that could not be used, with where they came from and why, in the product's own storage. `port` is
 * `input:<name>` or `output:<name>`. Rows stay `open` until their source no longer has them.
 */

import { quoteText } from "./layout.ts";
import type { Draft, TableColumn } from "./port.ts";

/** The columns of the quarantine table, in order; `raw` stays here and is never logged. */
export const quarantineColumns: readonly TableColumn[] = [
  { name: "run", type: { kind: "long" } },
  { name: "port", type: { kind: "string" } },
  { name: "source", type: { kind: "string" } },
  { name: "line", type: { kind: "long" } },
  { name: "reason", type: { kind: "string" } },
  { name: "raw", type: { kind: "string" } },
  { name: "status", type: { kind: "string" } },
  { name: "found_at", type: { kind: "timestamp" } },
];

/** Forgets the open rows of a port (of one of its sources), before what is bad in it now is written again. */
export async function clearQuarantine(draft: Draft, port: string, source?: string): Promise<void> {
  const ofSource = source === undefined ? "" : " and source = $2";
  await draft.execute(
    `delete from ${draft.layout.quarantine} where status = 'open' and port = $1${ofSource}`,
    source === undefined ? [port] : [port, source],
  );
}

/** The select list that turns bad rows into quarantine rows: `line`, `reason` and `raw` are SQL, the rest is given. */
export function quarantineSelect(
  about: { readonly run: number; readonly port: string; readonly source: string; readonly foundAt: Date },
  row: { readonly line: string; readonly reason: string; readonly raw: string },
): string {
  return [
    `cast(${about.run} as bigint)`,
    quoteText(about.port),
    quoteText(about.source),
    `cast(${row.line} as bigint)`,
    row.reason,
    row.raw,
    "'open'",
    `cast(${quoteText(about.foundAt.toISOString())} as timestamptz)`,
  ].join(", ");
}
