/** Counts requests in plain numbers, as a label costs more than a sum; told to the metrics when those are read. */

export class RequestCounts {
  readonly #counts = new Map<string, Map<string, number>>();
  /** Operations that are running. */
  inFlight = 0;
  readonly #lookUps = { hit: 0, miss: 0 };

  /** Of a prepared operation. */
  countLookUp(result: "hit" | "miss"): void {
    this.#lookUps[result]++;
  }

  /** As `flush`. */
  flushLookUps(tell: (labels: { readonly result: string }, count: number) => void): void {
    for (const result of ["hit", "miss"] as const) {
      if (this.#lookUps[result] > 0) tell({ result }, this.#lookUps[result]);
      this.#lookUps[result] = 0;
    }
  }

  /** Hot: once per request. */
  count(type: string, outcome: string): void {
    let byOutcome = this.#counts.get(type);
    if (byOutcome === undefined) {
      byOutcome = new Map();
      this.#counts.set(type, byOutcome);
    }
    byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + 1);
  }

  /** What was counted since this was called last. */
  flush(tell: (labels: { readonly type: string; readonly outcome: string }, count: number) => void): void {
    for (const [type, byOutcome] of this.#counts) {
      for (const [outcome, count] of byOutcome) tell({ type, outcome }, count);
      byOutcome.clear();
    }
  }
}
