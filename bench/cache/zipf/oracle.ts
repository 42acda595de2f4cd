/**
 * What was answered, held against what was known to be changed by then.
 *
 *   committed ─▶ event on the bus ─▶ acknowledged
 *       └─────── staleness ────────┘      └─ from here on an older revision is a fault
 *
 * Every row carries a revision, which only grows; an answer shows it. All times are of one clock (`monotonic-ms.ts`). What is
 * doubtful is decided against the gateways: an older answer counts until it has arrived, whenever it was asked for.
 */

/** One look-up of one entity, as a client sees it. */
export interface Read {
  readonly id: string;
  readonly revision: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Change {
  readonly id: string;
  readonly revision: number;
  /** Who ends what is kept of it: the product's event, or an operator while the event is held back. */
  readonly by: "event" | "operator";
  /** The product's transaction has ended: from then on it answers with the revision. */
  readonly committedAt: number;
  /** Its event is handed to the bus; undefined where that has not happened. */
  readonly publishedAt: number | undefined;
  /** Whoever was told has said that nobody answers what was before; undefined where nobody has. */
  readonly acknowledgedAt: number | undefined;
}

export interface Staleness<C extends Change = Change> {
  readonly change: C;
  /** From the commit until the last older answer has arrived; 0 where none has. */
  readonly sinceCommitMs: number;
  /** Likewise from when the event was handed to the bus. */
  readonly sincePublishedMs: number | undefined;
  /** From the commit until the last request was sent that got an older answer: without the time that answers take. */
  readonly askedSinceCommitMs: number;
}

export interface Verdict<C extends Change = Change> {
  readonly staleness: readonly Staleness<C>[];
  /** Reads that began after a change of theirs was acknowledged: only these could be wrong. */
  readonly checked: Readonly<Record<Change["by"], number>>;
  /** Of those, the ones that were answered with an older revision. */
  readonly wrong: Readonly<Record<Change["by"], readonly { readonly read: Read; readonly change: Change }[]>>;
}

/** A read counts for each way of acknowledgement once: for the newest change that was acknowledged before it began. */
export function judge<C extends Change>(reads: readonly Read[], changes: readonly C[]): Verdict<C> {
  const changesById = Map.groupBy(changes, ({ id }) => id);
  const readsById = Map.groupBy(reads, ({ id }) => id);
  const checked = { event: 0, operator: 0 };
  const wrong = { event: [] as { read: Read; change: Change }[], operator: [] as { read: Read; change: Change }[] };
  for (const [id, own] of changesById) {
    for (const read of readsById.get(id) ?? []) {
      for (const by of ["event", "operator"] as const) {
        const change = newestAcknowledged(own, by, read.startedAt);
        if (change === undefined) continue;
        checked[by]++;
        if (read.revision < change.revision) wrong[by].push({ read, change });
      }
    }
  }
  return { staleness: changes.map((change) => findStaleness(change, readsById.get(change.id) ?? [])), checked, wrong };
}

function newestAcknowledged(changes: readonly Change[], by: Change["by"], before: number): Change | undefined {
  let newest: Change | undefined;
  for (const change of changes) {
    const isKnown = change.by === by && change.acknowledgedAt !== undefined && change.acknowledgedAt < before;
    if (isKnown && change.revision > (newest?.revision ?? 0)) newest = change;
  }
  return newest;
}

function findStaleness<C extends Change>(change: C, reads: readonly Read[]): Staleness<C> {
  let lastOlderAt = Number.NEGATIVE_INFINITY;
  let lastAskedAt = Number.NEGATIVE_INFINITY;
  for (const { revision, startedAt, endedAt } of reads) {
    if (revision >= change.revision) continue;
    lastOlderAt = Math.max(lastOlderAt, endedAt);
    lastAskedAt = Math.max(lastAskedAt, startedAt);
  }
  return {
    change,
    sinceCommitMs: Math.max(0, lastOlderAt - change.committedAt),
    askedSinceCommitMs: Math.max(0, lastAskedAt - change.committedAt),
    sincePublishedMs: change.publishedAt && Math.max(0, lastOlderAt - change.publishedAt),
  };
}
