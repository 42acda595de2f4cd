import type { CacheMetrics } from "../../observability/cache-metrics.ts";
import type { CacheCore } from "../cache-core.ts";
import type { Entry } from "../entry.ts";

interface Sum {
  entries: number;
  bytes: number;
  bornAt: number;
}

/** Counts what is kept whenever the metrics are read: one walk over all of it. */
export function observeKept(core: CacheCore, metrics: CacheMetrics): void {
  const { cacheEntries, cacheBytes, cacheOldestSeconds, cacheEvictions, cacheCurrent } = metrics;
  metrics.observeCache(() => {
    core.flushCounts();
    cacheCurrent.set(core.isCurrent ? 1 : 0);
    for (const gauge of [cacheEntries, cacheBytes, cacheOldestSeconds]) gauge.reset();
    for (const [subgraph, { entries, bytes, bornAt }] of sumBySubgraph(core.memory.values())) {
      cacheEntries.set({ level: "memory", subgraph }, entries);
      cacheBytes.set({ level: "memory", subgraph }, bytes);
      cacheOldestSeconds.set({ subgraph }, Math.max(0, (core.now() - bornAt) / 1_000));
    }
    cacheEntries.set({ level: "responses", subgraph: "" }, core.responses.size);
    cacheBytes.set({ level: "responses", subgraph: "" }, core.responses.bytes);
    cacheEvictions.set({ level: "memory" }, core.memory.evicted);
    cacheEvictions.set({ level: "responses" }, core.responses.evicted);
  });
}

function sumBySubgraph(entries: Iterable<Entry>): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { shelf, bytes, bornAt } of entries) {
    const sum = sums.get(shelf.subgraph);
    if (sum === undefined) sums.set(shelf.subgraph, { entries: 1, bytes, bornAt });
    else {
      sum.entries++;
      sum.bytes += bytes;
      if (bornAt < sum.bornAt) sum.bornAt = bornAt;
    }
  }
  return sums;
}
