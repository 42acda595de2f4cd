/** What an operator reads of a fetch that went wrong: never a subgraph's own words, which may hold data. */
import type { Logger } from "../observability/logger.ts";
import type { SubgraphFailure } from "../transport/subgraph-failure.ts";

/** A client that went away is no news. */
export function reportFailedFetch(logger: Logger, failure: SubgraphFailure): void {
  if (failure.reason === "aborted") return;
  const { subgraph, code, reason } = failure;
  logger.warn({ subgraph, code, reason, cause: nameOf(failure.cause) }, "a fetch failed");
}

export function reportErrors(logger: Logger, subgraph: string, codes: readonly unknown[]): void {
  logger.warn({ subgraph, codes: [...new Set(codes)], count: codes.length }, "a subgraph answered with errors");
}

/** `ECONNREFUSED`, `TypeError`. */
function nameOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
