import type { GatewayMetrics } from "../observability/metrics.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";
import type { SubgraphStates } from "./subgraph-states.ts";

/** Counts and times every fetch and remembers whether the subgraph answered; changes nothing about the answer. */
export function withObservation(
  client: SubgraphClient,
  metrics: Pick<GatewayMetrics, "fetchSeconds" | "fetchErrors">,
  states: SubgraphStates,
): SubgraphClient {
  const subgraph = client.name;
  return {
    name: subgraph,
    execute(request, cancellation) {
      const started = performance.now();
      const took = (): number => (performance.now() - started) / 1000;
      return client.execute(request, cancellation).then(
        (response) => {
          const failed = response.errors !== undefined;
          metrics.fetchSeconds.observe({ subgraph, outcome: failed ? "errors" : "ok" }, took());
          // The subgraph's own codes are not ours to bound: they would make a label without an end.
          if (failed) metrics.fetchErrors.inc({ subgraph, code: "GRAPHQL_ERRORS" });
          states.answered(subgraph);
          return response;
        },
        (error: unknown) => {
          const failure =
            error instanceof SubgraphFailure ? error : new SubgraphFailure(subgraph, "internal", { cause: error });
          metrics.fetchSeconds.observe({ subgraph, outcome: "failed" }, took());
          metrics.fetchErrors.inc({ subgraph, code: failure.code });
          // A client that went away says nothing about the subgraph.
          if (failure.reason !== "aborted") states.failed(subgraph, failure.message);
          throw failure;
        },
      );
    },
    close: () => client.close(),
  };
}
