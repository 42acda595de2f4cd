import { anonymous } from "#policies";
import { createRequest } from "./create-request.ts";
import type { SubgraphClient } from "./subgraph-client.ts";

const timeoutMs = 5_000;

const question = createRequest({
  operationType: "query",
  query: "query SubgraphCheck { __typename }",
  operationName: "SubgraphCheck",
  variables: {},
  caller: anonymous,
  headers: new Map(),
});

/** The cheapest question a subgraph can be asked. Rejects with a `SubgraphFailure` when it gives no GraphQL response. */
export async function checkSubgraph(client: SubgraphClient): Promise<void> {
  await client.execute(question, AbortSignal.timeout(timeoutMs));
}
