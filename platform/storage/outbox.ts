/**
 * The outbox of a product: events that are part of the publication they tell of, until they are handed on
 * (https://microservices.io/patterns/data/transactional-outbox.html).
 *
 *   draft ─ appendToOutbox ─▶ "mesh.outbox" ─ read ─▶ handOn ─ resolved ─▶ deleted
 *                                   ▲                    └─ failed, aborted, killed ─┐
 *                                   └────────────── the same rows again ─────────────┘
 */
import type { ColumnType } from "#schema";
import type { Draft, Layout, OutboxRow, SqlSession, TableColumn } from "./port.ts";

const text: ColumnType = { kind: "string" };
const outboxColumns: readonly TableColumn[] = [
  { name: "position", type: { kind: "long" } },
  { name: "id", type: text },
  { name: "aggregatetype", type: text },
  { name: "aggregateid", type: text },
  { name: "type", type: text },
  { name: "payload", type: text },
];
const columnNames = outboxColumns.map(({ name }) => name).join(", ");
const columnTypes = new Map(outboxColumns.map(({ name, type }) => [name, type]));

/** Positions that one version's events may take. Versions count up, so their positions do. */
const positionsPerVersion = 1_000_000_000n;

/** Writes the events of a draft's version, in their order. Once for a draft. */
export async function appendToOutbox(draft: Draft, events: readonly Omit<OutboxRow, "position">[]): Promise<void> {
  const start = BigInt(draft.version) * positionsPerVersion;
  const rows = events.map((event, index): OutboxRow => ({ position: start + BigInt(index), ...event }));
  await draft.load(draft.layout.outbox, outboxColumns, once(rows));
}

async function* once<T>(rows: readonly T[]): AsyncGenerator<readonly (T & Readonly<Record<string, unknown>>)[]> {
  if (rows.length > 0) yield rows as readonly (T & Readonly<Record<string, unknown>>)[];
}

/**
 * One drain, on a session without a transaction, so that nothing is locked while `handOn` runs; that no other drain runs is
 * the caller's to see to. Writers add rows behind those that were read only, since they take turns.
 */
export async function drainOn(
  session: SqlSession,
  layout: Layout,
  limit: number,
  handOn: (rows: readonly OutboxRow[]) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const rows = (await session.query(
    `select ${columnNames} from ${layout.outbox} order by position limit ${Math.max(0, Math.floor(limit))}`,
    [],
    columnTypes,
    // The columns are the interface's, with their types.
  )) as unknown as readonly OutboxRow[];
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return 0;
  await untilAborted(handOn(rows), signal);
  await session.execute(`delete from ${layout.outbox} where position between ${first.position} and ${last.position}`);
  return rows.length;
}

/** Aborts with the first of them. */
export function anyOf(signal: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return signal === undefined ? other : AbortSignal.any([signal, other]);
}

/** What the promise gives, or the signal's reason as soon as it aborts. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
