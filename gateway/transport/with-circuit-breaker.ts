import type { CircuitBreaker, Verdict } from "./circuit-breaker.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

/**
 * Asks only while the breaker admits it (`circuit-breaker.ts` has the specification); a refused request fails at once, as
 * `circuit-open`. What ends without a GraphQL response is a failure of the subgraph, unless the request was given up, was
 * refused as such (an HTTP status below 500) or asked for more than the gateway takes. Errors in a GraphQL response are none.
 */
export function withCircuitBreaker(
  client: SubgraphClient,
  breaker: CircuitBreaker,
  onRefused: () => void,
): SubgraphClient {
  const { name } = client;
  return {
    name,
    execute(request, cancellation) {
      const admission = breaker.admit();
      if (admission === undefined) {
        onRefused();
        return Promise.reject(new SubgraphFailure(name, "circuit-open"));
      }
      return client.execute(request, cancellation).then(
        (response) => {
          breaker.end(admission, "success");
          return response;
        },
        (error: unknown) => {
          breaker.end(admission, verdictOn(error));
          throw error;
        },
      );
    },
    close: () => client.close(),
  };
}

function verdictOn(error: unknown): Verdict {
  if (!(error instanceof SubgraphFailure)) return "failure";
  if (error.reason === "aborted") return "none";
  if (error.reason === "too-large") return "success";
  return error.reason === "http-status" && (error.status ?? 500) < 500 ? "success" : "failure";
}
