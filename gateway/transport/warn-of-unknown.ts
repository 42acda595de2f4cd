import { didYouMean } from "#schema";
import type { Logger } from "../observability/logger.ts";

/** Says for which subgraphs something is set that are not in the graph. No error: one that is absent now may come later. */
export function warnOfUnknown(
  timeoutMsBySubgraph: Readonly<Record<string, number>> = {},
  subgraphs: readonly string[] = [],
  logger: Logger,
): void {
  for (const subgraph of Object.keys(timeoutMsBySubgraph)) {
    if (subgraphs.includes(subgraph)) continue;
    logger.warn(
      { subgraph },
      `a time limit is set for a subgraph that is not in the graph.${didYouMean(subgraph, subgraphs)}`,
    );
  }
}
