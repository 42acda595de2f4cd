/** Where look-ups of customers were answered from, counted since a gateway began. A look-up is one customer asked for. */
import { readCacheStats } from "../../../cli/mesh/cache/cache-stats.ts";

export const levels = ["whole answers", "process", "joined", "redis", "source"] as const;
type Level = (typeof levels)[number];
export type LevelCounts = Readonly<Record<Level, number>>;

/**
 * From the page of metrics. A whole answer that is kept has one customer in it: lists are not kept whole, since the subgraph
 * that names their members allows it not.
 */
export function readLevels(page: string, subgraph: string): LevelCounts {
  const { products, answers } = readCacheStats(page, undefined);
  const lookups = products.find(({ product }) => product === subgraph)?.lookups;
  return {
    "whole answers": answers.hits,
    process: lookups?.memory ?? 0,
    joined: lookups?.joined ?? 0,
    redis: lookups?.shared ?? 0,
    source: lookups?.fetched ?? 0,
  };
}

export function addLevels(all: readonly LevelCounts[]): LevelCounts {
  return combine((level) => all.reduce((total, counts) => total + counts[level], 0));
}

export function subtractLevels(later: LevelCounts, earlier: LevelCounts): LevelCounts {
  return combine((level) => later[level] - earlier[level]);
}

/** Of all look-ups; zeros without any. */
export function toShares(counts: LevelCounts): LevelCounts {
  const total = levels.reduce((sum, level) => sum + counts[level], 0);
  return combine((level) => (total === 0 ? 0 : counts[level] / total));
}

function combine(of: (level: Level) => number): LevelCounts {
  // Each level is named once.
  return Object.fromEntries(levels.map((level) => [level, of(level)])) as LevelCounts;
}
