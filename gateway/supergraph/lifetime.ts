/**
 * Something that is in use, then superseded, then gone:
 *
 *   open ──supersede()──▶ draining ──last lease released──▶ disposed
 *     └──supersede(), no lease out──────────────────────────▲
 *
 * 1. A lease is given while open or draining, never after disposal has begun.
 * 2. Disposal begins once: when it was superseded and no lease is out.
 * 3. A lease released twice counts once.
 */

export interface Lease {
  release(): void;
}

export class Lifetime {
  readonly #dispose: () => Promise<void>;
  #state: "open" | "draining" | "disposed" = "open";
  #leases = 0;
  readonly #disposed = Promise.withResolvers<void>();

  constructor(dispose: () => Promise<void>) {
    this.#dispose = dispose;
    // Whoever supersedes may look at the outcome, nobody has to.
    this.#disposed.promise.catch(() => undefined);
  }

  get state(): "open" | "draining" | "disposed" {
    return this.#state;
  }

  /** Leases that are out. */
  get leases(): number {
    return this.#leases;
  }

  /** Undefined when it is too late: take the successor instead. */
  lease(): Lease | undefined {
    if (this.#state === "disposed") return undefined;
    this.#leases += 1;
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#leases -= 1;
        this.#disposeWhenDone();
      },
    };
  }

  /** Resolves when it is disposed, rejects with what disposal threw. Called twice, it waits for the same end. */
  supersede(): Promise<void> {
    if (this.#state === "open") {
      this.#state = "draining";
      this.#disposeWhenDone();
    }
    return this.#disposed.promise;
  }

  #disposeWhenDone(): void {
    if (this.#state !== "draining" || this.#leases > 0) return;
    this.#state = "disposed";
    this.#dispose().then(this.#disposed.resolve, this.#disposed.reject);
  }
}
