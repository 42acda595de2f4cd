/** What the answer of a run is made of, as far as it is kept: its parts, and whether they are all. */
import type { Entry } from "../entry.ts";

export class RunKept {
  /** Every part, in no order; the same entry may be in it several times. */
  readonly entries: Entry[] = [];
  /** Something in it may not be kept. */
  isPartial = false;
  /** Of the oldest part, as `Entry.bornAt`. */
  bornAt = Number.POSITIVE_INFINITY;
  /** Some part was beyond its time when it was used. */
  isStale = false;

  /** Of entries that are all within their time. */
  static of(entries: readonly Entry[], isPartial: boolean): RunKept {
    const kept = new RunKept();
    for (const entry of entries) kept.add(entry, Number.NEGATIVE_INFINITY);
    kept.isPartial = isPartial;
    return kept;
  }

  add(entry: Entry, now: number): void {
    this.entries.push(entry);
    if (entry.bornAt < this.bornAt) this.bornAt = entry.bornAt;
    if (entry.freshUntil <= now) this.isStale = true;
  }
}
