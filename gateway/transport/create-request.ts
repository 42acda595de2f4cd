import type { SubgraphRequest } from "./subgraph-client.ts";

/** A request of which the parts are known; `body` is written when it is read. */
export function createRequest(parts: Omit<SubgraphRequest, "body">): SubgraphRequest {
  let body: string | undefined;
  return {
    ...parts,
    get body() {
      body ??= JSON.stringify({ query: parts.query, operationName: parts.operationName, variables: parts.variables });
      return body;
    },
  };
}
