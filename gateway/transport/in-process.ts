import { toAbortSignal } from "#http";
import type { Caller } from "#policies";
import { readResponse } from "./read-response.ts";
import type { SubgraphClient, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

/**
 * A subgraph in the same process, by its shape, so that the gateway never imports what runs it. `masking: "gateway"`
 * tells it to answer raw values for exactly this caller: the gateway masks them after all joins.
 */
export interface InProcessSubgraph {
  readonly name: string;
  execute(call: {
    readonly query: string;
    readonly operationName: string | undefined;
    readonly variables: Readonly<Record<string, unknown>>;
    readonly caller: Caller;
    readonly masking: "gateway";
    readonly signal: AbortSignal;
  }): Promise<SubgraphResponse>;
}

/**
 * Calls the subgraph as an object: the caller goes as it is, without a token. What comes back is checked like an answer
 * over HTTP; a throw becomes a `SubgraphFailure`. `close` leaves the subgraph alone: its owner closes it.
 */
export function createInProcessClient(subgraph: InProcessSubgraph): SubgraphClient {
  return {
    name: subgraph.name,
    async execute({ query, operationName, variables, caller }, cancellation): Promise<SubgraphResponse> {
      if (cancellation.aborted) throw new SubgraphFailure(subgraph.name, "aborted", { cause: cancellation.reason });
      const signal = toAbortSignal(cancellation);
      try {
        const answer = await subgraph.execute({ query, operationName, variables, caller, masking: "gateway", signal });
        const response = readResponse(subgraph.name, answer);
        const { cacheControl, age } = answer;
        return cacheControl === undefined && age === undefined ? response : { ...response, cacheControl, age };
      } catch (cause) {
        if (cause instanceof SubgraphFailure) throw cause;
        throw new SubgraphFailure(subgraph.name, cancellation.aborted ? "aborted" : "internal", { cause });
      }
    },
    close: () => Promise.resolve(),
  };
}
