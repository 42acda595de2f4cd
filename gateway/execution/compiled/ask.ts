import type { SubgraphRequest, SubgraphResponse } from "../../transport/subgraph-client.ts";
import { prepareRequest } from "./prepared-request.ts";
import type { OperationText } from "./request-text.ts";
import type { RunInput } from "./run-program.ts";

/** Sends one request of a program. Rejects when there is no answer, or nobody to ask. */
export function ask(
  subgraph: string,
  text: OperationText,
  variables: string,
  input: Pick<RunInput, "clients" | "caller" | "headers" | "signal">,
  replayed?: Pick<SubgraphRequest, "remembered" | "wantsBytes">,
): Promise<SubgraphResponse> {
  const client = input.clients.get(subgraph);
  if (client === undefined) return Promise.reject(new Error(`There is no client for the subgraph "${subgraph}".`));
  return client.execute(prepareRequest(text, variables, input, replayed), input.signal);
}
