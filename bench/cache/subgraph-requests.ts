import type { RunningSubgraphs } from "../peers/running.ts";

/** How many requests all subgraphs together had since they were counted last. */
export async function countAll(subgraphs: Pick<RunningSubgraphs, "counts">): Promise<number> {
  return Object.values(await subgraphs.counts()).reduce((total, count) => total + count, 0);
}
