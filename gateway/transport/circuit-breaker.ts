/**
 * Stops asking a subgraph that keeps failing, so that callers learn of it at once and it can recover.
 *
 *            failures reach the rate
 *   ┌────────┐ ──────────────────────────────▶ ┌──────┐ ◀──────────┐
 *   │ closed │                                 │ open │            │ the trial fails
 *   └────────┘ ◀──┐                            └──────┘            │
 *                 │ the trial succeeds            │ asked after `openMs`
 *                 │                               ▼                │
 *                 └────────────────────────── ┌───────────┐ ───────┘
 *                                             │ half-open │ ──┐ the trial ends without a verdict:
 *                                             └───────────┘ ◀─┘ the next request is the trial
 *
 * 1. Closed: every request is admitted. Its end counts as a success, as a failure or, without a verdict, not at all.
 * 2. A failure opens a closed breaker when, of the ends that were counted within the window, there are at least
 *    `minRequests`, and at least `failureRate` of them are failures. The window consists of ten slices of equal length,
 *    the running one included.
 * 3. Open: every request is refused until `openMs` have passed. The first one after that is admitted as the trial, and the
 *    breaker is half-open.
 * 4. Half-open: every request but the trial is refused. A success of the trial closes the breaker with an empty window, a
 *    failure opens it for another `openMs`; without a verdict, the next request is the trial.
 * 5. The end of a request that was admitted before the last change of state counts for nothing.
 */

export type CircuitState = "closed" | "open" | "half-open";

export interface CircuitBreakerOptions {
  /** Of the requests in the window, above 0 and at most 1. */
  readonly failureRate: number;
  readonly minRequests: number;
  readonly windowMs: number;
  readonly openMs: number;
}

/** What an end says about the subgraph; `none` for requests that were given up. */
export type Verdict = "success" | "failure" | "none";

const slices = 10;

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #now: () => number;
  readonly #onChange: (state: CircuitState) => void;
  readonly #successes = new Array<number>(slices).fill(0);
  readonly #failures = new Array<number>(slices).fill(0);
  /** The running slice, counted since the clock's zero. */
  #slice = 0;
  #state: CircuitState = "closed";
  /** Counts changes of state; a request carries the number of its admission. */
  #period = 0;
  #openUntil = 0;
  #hasTrial = false;

  /** `now` in milliseconds; it never runs backwards. */
  constructor(options: CircuitBreakerOptions, now: () => number, onChange: (state: CircuitState) => void) {
    for (const [name, value] of Object.entries(options)) {
      if (!(value > 0)) throw new RangeError(`circuitBreaker.${name} must be above 0, not ${value}`);
    }
    this.#options = options;
    this.#now = now;
    this.#onChange = onChange;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Undefined for a refusal; otherwise to be given to `end`, whatever becomes of the request. */
  admit(): number | undefined {
    if (this.#state === "closed") return this.#period;
    if (this.#state === "open" && this.#now() >= this.#openUntil) this.#enter("half-open");
    if (this.#state !== "half-open" || this.#hasTrial) return undefined;
    this.#hasTrial = true;
    return this.#period;
  }

  end(admission: number, verdict: Verdict): void {
    if (admission !== this.#period) return;
    if (this.#state === "half-open") this.#endTrial(verdict);
    else if (verdict !== "none") this.#count(verdict);
  }

  #endTrial(verdict: Verdict): void {
    if (verdict === "none") this.#hasTrial = false;
    else if (verdict === "success") this.#enter("closed");
    else this.#open();
  }

  #count(verdict: "success" | "failure"): void {
    this.#moveWindow();
    const counts = verdict === "success" ? this.#successes : this.#failures;
    const index = this.#slice % slices;
    counts[index] = (counts[index] ?? 0) + 1;
    if (verdict === "success") return;
    const failures = sum(this.#failures);
    const all = failures + sum(this.#successes);
    if (all >= this.#options.minRequests && failures / all >= this.#options.failureRate) this.#open();
  }

  /** Empties the slices that have come round again. */
  #moveWindow(): void {
    const slice = Math.floor(this.#now() / (this.#options.windowMs / slices));
    const passed = Math.min(slice - this.#slice, slices);
    for (let step = 1; step <= passed; step++) {
      const index = (slice - passed + step) % slices;
      this.#successes[index] = 0;
      this.#failures[index] = 0;
    }
    this.#slice = slice;
  }

  #open(): void {
    this.#openUntil = this.#now() + this.#options.openMs;
    this.#enter("open");
  }

  #enter(state: CircuitState): void {
    this.#state = state;
    this.#period++;
    this.#hasTrial = false;
    if (state === "closed") {
      this.#successes.fill(0);
      this.#failures.fill(0);
    }
    this.#onChange(state);
  }
}

function sum(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
