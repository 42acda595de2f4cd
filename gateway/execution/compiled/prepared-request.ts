import type { Caller } from "#policies";
import type { SubgraphRequest } from "../../transport/subgraph-client.ts";
import type { OperationText } from "./request-text.ts";

/**
 * A request to a subgraph whose body is ready as JSON text: clients that send text take `body`, clients in the same
 * process `query` and `variables`, which are parsed when they are read. All of it are own properties, so that a wrapper
 * may copy the request with other headers or another signal.
 */
export interface PreparedRequest extends SubgraphRequest {
  /** `{"query":…,"operationName":…,"variables":{…}}` */
  readonly body: string;
}

/** `variables` are the members of the JSON object, without its braces. */
export function prepareRequest(
  text: OperationText,
  variables: string,
  client: { readonly caller: Caller; readonly headers: ReadonlyMap<string, string>; readonly signal: AbortSignal },
): PreparedRequest {
  let parsed: Readonly<Record<string, unknown>> | undefined;
  return {
    query: text.query,
    operationName: text.operationName,
    caller: client.caller,
    headers: client.headers,
    signal: client.signal,
    body: `${text.prefix}${variables}}}`,
    get variables() {
      parsed ??= JSON.parse(`{${variables}}`) as Record<string, unknown>;
      return parsed;
    },
  };
}
