import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

/**
 * Guarantees an answer or a `SubgraphFailure` after at most `timeoutMs`, and at once when the request is aborted, even if
 * the client underneath ignores its signal.
 */
export function withTimeout(client: SubgraphClient, timeoutMs: number): SubgraphClient {
  return {
    name: client.name,
    execute: (request: SubgraphRequest): Promise<SubgraphResponse> =>
      new Promise((resolve, reject) => {
        const deadline = new AbortController();
        const stop = (failure: SubgraphFailure): void => {
          finish();
          deadline.abort(failure);
          reject(failure);
        };
        const onAbort = (): void => stop(new SubgraphFailure(client.name, "aborted", { cause: request.signal.reason }));
        const timer = setTimeout(
          () => stop(new SubgraphFailure(client.name, "timeout", { detail: `${timeoutMs} ms` })),
          timeoutMs,
        );
        const finish = (): void => {
          clearTimeout(timer);
          request.signal.removeEventListener("abort", onAbort);
        };
        if (request.signal.aborted) return onAbort();
        request.signal.addEventListener("abort", onAbort, { once: true });
        client.execute({ ...request, signal: deadline.signal }).then(
          (response) => {
            finish();
            resolve(response);
          },
          (error: unknown) => {
            finish();
            reject(error as Error); // whatever the client threw, unchanged
          },
        );
      }),
    close: () => client.close(),
  };
}
