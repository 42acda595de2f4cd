import type { Caller } from "#policies";
import type { SubgraphRequest } from "../../transport/subgraph-client.ts";
import type { OperationText } from "./request-text.ts";

const notReplayed: Pick<SubgraphRequest, "remembered" | "wantsBytes"> = {};

/**
 * The request that a text makes with these variables, the members of a JSON object without its braces. Its `variables`
 * are parsed when they are read: only clients in the same process do.
 */
export function prepareRequest(
  text: OperationText,
  variables: string,
  client: { readonly caller: Caller; readonly headers: ReadonlyMap<string, string> },
  replayed: Pick<SubgraphRequest, "remembered" | "wantsBytes"> = notReplayed,
): SubgraphRequest {
  let parsed: Readonly<Record<string, unknown>> | undefined;
  return {
    operationType: text.operationType,
    query: text.query,
    operationName: text.operationName,
    caller: client.caller,
    headers: client.headers,
    remembered: replayed.remembered,
    wantsBytes: replayed.wantsBytes,
    body: `${text.prefix}${variables}}}`,
    get variables() {
      parsed ??= JSON.parse(`{${variables}}`) as Record<string, unknown>;
      return parsed;
    },
  };
}
