/** A subgraph's errors → what a client may read of them. */
import type { SubgraphResponse } from "../transport/subgraph-client.ts";
import type { SubgraphFailure } from "../transport/subgraph-failure.ts";

type SubgraphError = NonNullable<SubgraphResponse["errors"]>[number];

/**
 * Whose words reach the client. `hidden`: the gateway's own sentence and the code. `shown`: message and extensions as the
 * subgraph wrote them, without stack traces. A list: shown for errors with these codes, hidden for all others.
 */
export type SubgraphMessages = "hidden" | "shown" | readonly string[];

/** Keeps path and code, adds `serviceName`, and shows message and further extensions only where `messages` lets it. */
export function readSubgraphError(subgraph: string, error: SubgraphError, messages: SubgraphMessages): SubgraphError {
  const given = error.extensions?.code;
  const code = typeof given === "string" && given !== "" ? given : "DOWNSTREAM_SERVICE_ERROR";
  const shown = messages === "shown" || (messages !== "hidden" && messages.includes(code));
  const { stacktrace: _stacktrace, exception: _exception, ...extensions } = error.extensions ?? {};
  return {
    message: shown && error.message !== "" ? error.message : `Subgraph "${subgraph}" reported an error`,
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: shown ? { ...extensions, code, serviceName: subgraph } : { code, serviceName: subgraph },
  };
}

/** The error of a fetch that brought no answer. Its message names no address and no data: safe to show. */
export function readFailure(
  failure: SubgraphFailure,
): SubgraphError & { readonly extensions: Record<string, unknown> } {
  return {
    message: failure.message,
    extensions: { code: failure.code, serviceName: failure.subgraph, reason: failure.reason },
  };
}
