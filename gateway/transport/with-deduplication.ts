import type { Cancellation } from "#http";
import { callerKey } from "./caller-key.ts";
import { copyResponse } from "./copy-response.ts";
import { type FlightKey, Flights, type MutationFence } from "./flights.ts";
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

export interface DeduplicationOptions {
  /** One for all clients of a gateway, since a mutation of one subgraph may change what another one answers. */
  readonly fence: MutationFence;
  onShared(): void;
}

/**
 * Sends identical queries that are under way at the same time once: the same body, propagated headers and caller, in
 * everything that could matter to the subgraph. Everybody gets objects of their own. Mutations are never shared.
 * A query that joins another one also shares its time limit, its retries and its failure.
 */
export function withDeduplication(client: SubgraphClient, { fence, onShared }: DeduplicationOptions): SubgraphClient {
  const { name } = client;
  const flights = new Flights<SubgraphResponse>({
    fence,
    abandoned: ({ reason }) => new SubgraphFailure(name, "aborted", { cause: reason }),
    onJoin: onShared,
  });
  return {
    name,
    execute(request, cancellation) {
      if (request.operationType === "mutation") {
        return client.execute(request, cancellation).finally(() => fence.mutationEnded());
      }
      return flights.share(
        keyOf(request),
        cancellation,
        (shared) => askForAll(client, request, shared),
        (response, isFirst) =>
          isFirst && response.unchanged === undefined ? response : copyResponse(name, request, response),
      );
    },
    close: () => client.close(),
  };
}

/** An answer that is unchanged for who asks first may be news to who joins: it keeps its bytes. */
function askForAll(
  client: SubgraphClient,
  request: SubgraphRequest,
  cancellation: Cancellation,
): Promise<SubgraphResponse> {
  const answering = client.execute(request, cancellation);
  const { remembered } = request;
  if (remembered === undefined) return answering;
  return answering.then((response) => (response.unchanged ? { ...response, bytes: remembered } : response));
}

function keyOf({ caller, headers, body }: SubgraphRequest): FlightKey {
  const asker = callerKey(caller);
  return { asker: headers.size === 0 ? asker : `${asker}\n${JSON.stringify([...headers])}`, what: body };
}
