/** What the answer of a run is made of, as far as it is kept: its parts, and whether they are all. */
import type { Entry } from "../entry.ts";

export class RunKept {
  /** Every part, in no order; the same entry may be in it several times. */
  readonly entries: Entry[] = [];
  /** Something in it may not be kept. */
  isPartial = false;
  /** Of the oldest part, as `Entry.bornAt`. */
  bornAt = Number.POSITIVE_INFINITY;
  isStale = false;

  add(entry: Entry, now: number): void {
    this.entries.push(entry);
    if (entry.bornAt < this.bornAt) this.bornAt = entry.bornAt;
    if (entry.freshUntil < now) this.isStale = true;
  }
}
