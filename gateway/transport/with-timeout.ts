import { Cancel, type CancelListener, type Cancellation } from "#http";
import { type Deadline, Deadlines } from "./deadlines.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

/**
 * Guarantees an answer or a `SubgraphFailure` after at most `timeoutMs`, and at once when the request is cancelled, even if
 * the client underneath ignores its cancellation. Hot: once per request to a subgraph (bench/transport).
 */
export function withTimeout(client: SubgraphClient, timeoutMs: number): SubgraphClient {
  const subgraph = client.name;
  const deadlines = new Deadlines(timeoutMs);
  return {
    name: subgraph,
    execute(request, cancellation) {
      if (cancellation.aborted) return Promise.reject(abortedBy(subgraph, cancellation));
      return new Promise((resolve, reject) => {
        const wait = new Wait(deadlines, cancellation, (isLate) => {
          const failure = isLate ? timedOut(subgraph, timeoutMs) : abortedBy(subgraph, cancellation);
          reject(failure);
          return failure;
        });
        client.execute(request, wait).then(
          (response) => {
            wait.end();
            resolve(response);
          },
          (error: unknown) => {
            wait.end();
            reject(error as Error); // whatever the client threw, unchanged
          },
        );
      });
    },
    async close() {
      await client.close();
      deadlines.close();
    },
  };
}

/** Ends with an answer, at its deadline or when who asked no longer wants it; the last two cancel the client underneath. */
class Wait extends Cancel implements Deadline, CancelListener {
  dueAt: number | undefined = undefined;
  previous: Deadline | undefined = undefined;
  next: Deadline | undefined = undefined;
  readonly #deadlines: Deadlines;
  readonly #asker: Cancellation;
  readonly #giveUp: (isLate: boolean) => SubgraphFailure;

  constructor(deadlines: Deadlines, asker: Cancellation, giveUp: (isLate: boolean) => SubgraphFailure) {
    super();
    this.#deadlines = deadlines;
    this.#asker = asker;
    this.#giveUp = giveUp;
    deadlines.add(this);
    asker.addEventListener("abort", this);
  }

  end(): void {
    this.#deadlines.remove(this);
    this.#asker.removeEventListener("abort", this);
  }

  expire(): void {
    this.#stop(true);
  }

  handleEvent(): void {
    this.#stop(false);
  }

  #stop(isLate: boolean): void {
    this.end();
    this.abort(this.#giveUp(isLate));
  }
}

function timedOut(subgraph: string, timeoutMs: number): SubgraphFailure {
  return new SubgraphFailure(subgraph, "timeout", { detail: `${timeoutMs} ms` });
}

function abortedBy(subgraph: string, { reason }: Cancellation): SubgraphFailure {
  return new SubgraphFailure(subgraph, "aborted", { cause: reason });
}
