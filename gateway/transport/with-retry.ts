import type { CancelListener, Cancellation } from "#http";
import type { RetryBudget } from "./retry-budget.ts";
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

export interface RetryOptions {
  /** After the first try. */
  readonly maxRetries: number;
  readonly budget: RetryBudget;
  /** `over-budget`: the failure was passed on instead. */
  onRetry(outcome: "retried" | "over-budget"): void;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
}

const firstBackOffMs = 50;
const maxBackOffMs = 1_000;
/** A subgraph that wants to be left alone for longer is not asked again. */
const maxRetryAfterMs = 2_000;
const unavailable: readonly (number | undefined)[] = [502, 503, 504];

/**
 * Asks again when a query found nobody to answer it: no connection, a connection that ended before an answer, or an HTTP
 * status that says so (502, 503, 504) instead of a GraphQL response. Guarantees that a mutation is sent once, that what
 * was cancelled is not tried again, and that there are no more retries than the budget lets. Waits before a retry for as
 * long as `Retry-After` says, or else for a random time, up to 50 ms at first and twice as long each time after. How long
 * all tries may take together is the wrapper's around it (`with-timeout.ts`).
 */
export function withRetry(client: SubgraphClient, options: RetryOptions): SubgraphClient {
  return {
    name: client.name,
    execute(request, cancellation) {
      options.budget.onRequest();
      const first = client.execute(request, cancellation);
      if (request.operationType === "mutation") return first;
      return first.catch((failure: unknown) => retry(client, options, request, cancellation, failure));
    },
    close: () => client.close(),
  };
}

async function retry(
  client: SubgraphClient,
  options: RetryOptions,
  request: SubgraphRequest,
  cancellation: Cancellation,
  firstFailure: unknown,
): Promise<SubgraphResponse> {
  let failure = firstFailure;
  for (let retries = 0; retries < options.maxRetries; retries++) {
    const waitMs = waitBeforeRetry(failure, retries, options.random);
    if (waitMs === undefined || cancellation.aborted) break;
    if (!options.budget.take()) {
      options.onRetry("over-budget");
      break;
    }
    await pause(waitMs, cancellation);
    if (cancellation.aborted) break;
    options.onRetry("retried");
    try {
      return await client.execute(request, cancellation);
    } catch (again) {
      failure = again;
    }
  }
  throw failure;
}

/** Undefined when another try is of no use. */
function waitBeforeRetry(failure: unknown, retries: number, random: () => number): number | undefined {
  if (!(failure instanceof SubgraphFailure)) return undefined;
  const { reason, status, retryAfterMs } = failure;
  if (reason !== "unreachable" && !(reason === "http-status" && unavailable.includes(status))) return undefined;
  const jitterMs = random() * Math.min(maxBackOffMs, firstBackOffMs * 2 ** retries);
  if (retryAfterMs === undefined) return jitterMs;
  return retryAfterMs <= maxRetryAfterMs ? retryAfterMs + jitterMs : undefined;
}

/** Ends early when it is cancelled. */
function pause(ms: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve) => {
    const end: CancelListener = {
      handleEvent() {
        clearTimeout(timer);
        cancellation.removeEventListener("abort", end);
        resolve();
      },
    };
    const timer = setTimeout(() => end.handleEvent(), ms);
    cancellation.addEventListener("abort", end);
  });
}
