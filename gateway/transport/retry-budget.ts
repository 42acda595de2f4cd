/**
 * How many retries a subgraph may be sent: a share of its requests and a trickle, so that retries never become the load
 * that keeps a struggling subgraph down. A token bucket (Finagle's retry budget): every request puts in a part of a token,
 * so does every second, a retry takes out a whole one, and no more than `burst` are kept.
 */

export interface RetryBudgetOptions {
  /** Retries for each request, over time; 0.2 lets every fifth be retried. */
  readonly share: number;
  /** Retries that are there without any request, so that a seldom used subgraph is retried too. */
  readonly perSecond: number;
  /** Retries that may be saved up. */
  readonly burst: number;
}

/** Guarantees that in any time there are at most `burst + share × requests + perSecond × seconds` retries. */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  readonly #now: () => number;
  #tokens: number;
  #countedAt: number;

  constructor(options: RetryBudgetOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#tokens = options.burst;
    this.#countedAt = now();
  }

  onRequest(): void {
    this.#add(this.#options.share);
  }

  /** Whether there may be one more retry; takes it when there may. */
  take(): boolean {
    const now = this.#now();
    this.#add(((now - this.#countedAt) / 1_000) * this.#options.perSecond);
    this.#countedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#options.burst, this.#tokens + tokens);
  }
}
