/** What the cache counts; by subgraph where it can be told, so that each team sees its own product. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface CacheMetrics {
  /** `result`: memory, joined (somebody was asking for it), shared (another gateway had fetched it), miss, stale-if-error. */
  readonly cacheLookups: Counter<"subgraph" | "result">;
  /** `result`: stored, stored-negative, or why not: no-hint, no-store, no-time, errors, too-large, varies, invalidated, isolated, outdated. */
  readonly cacheStores: Counter<"subgraph" | "result">;
  /** Whole answers. `result`: memory, miss. */
  readonly cacheResponses: Counter<"result">;
  /** In shadow mode. `result`: hit (the same would have been served), stale (something else). */
  readonly cacheShadow: Counter<"subgraph" | "result">;
  /** What was said to be no longer true. `cause`: event, mutation, operator, erasure. */
  readonly cacheInvalidations: Counter<"cause">;
  /** `reach`: here (and where gateways share), told (everybody who answers), all (nobody uses it any more). */
  readonly cacheInvalidationSeconds: Histogram<"reach">;
  /** Nobody knows whether everybody has heard of them. */
  readonly cacheIncompleteInvalidations: Counter;
  /** What was fetched or found and not kept, since it was invalidated meanwhile. `level`: memory, shared. */
  readonly cacheFenceRejections: Counter<"level">;
  /**
   * What was asked of the Redis that gateways share. `operation`: read, write, invalidate; `result`: for reads found, none,
   * invalidated, unreadable (cut, changed, sealed with an unknown key), failed; for writes done, full (no room there),
   * dropped (too much waits here), late (removed at once: it was invalidated meanwhile), failed; for invalidations done,
   * failed.
   */
  readonly cacheShared: Counter<"operation" | "result">;
  /** 1 while this process hears of everything that others invalidate. */
  readonly cacheCurrent: Gauge;
  readonly cacheEntries: Gauge<"level" | "subgraph">;
  readonly cacheBytes: Gauge<"level" | "subgraph">;
  /** Of the oldest entry in the process. */
  readonly cacheOldestSeconds: Gauge<"subgraph">;
  /** Entries that had to go for others. */
  readonly cacheEvictions: Gauge<"level">;
  /** Called whenever metrics are read, before any of the cache's is. */
  observeCache(observe: () => void): void;
}

const seconds = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createCacheMetrics(registers: Registry[]): CacheMetrics {
  let observe = (): void => undefined;
  return {
    observeCache(observer) {
      observe = observer;
    },
    cacheCurrent: new Gauge({
      name: "mesh_cache_current",
      help: "Processes that hear of everything that others invalidate",
      registers,
      // What is made first is collected first.
      collect: () => observe(),
    }),
    cacheLookups: new Counter({
      name: "mesh_cache_lookups_total",
      help: "Entities and root answers of subgraphs looked for in the cache, by result",
      labelNames: ["subgraph", "result"],
      registers,
    }),
    cacheStores: new Counter({
      name: "mesh_cache_stores_total",
      help: "Entities and root answers of subgraphs that were fetched, by whether or why not they were kept",
      labelNames: ["subgraph", "result"],
      registers,
    }),
    cacheResponses: new Counter({
      name: "mesh_cache_responses_total",
      help: "Whole answers looked for in the cache, by result",
      labelNames: ["result"],
      registers,
    }),
    cacheShadow: new Counter({
      name: "mesh_cache_shadow_total",
      help: "In shadow mode: what the cache would have served, by whether the subgraph says the same",
      labelNames: ["subgraph", "result"],
      registers,
    }),
    cacheInvalidations: new Counter({
      name: "mesh_cache_invalidations_total",
      help: "Entities, types, tags, products … that were said to be no longer true, by who said so",
      labelNames: ["cause"],
      registers,
    }),
    cacheInvalidationSeconds: new Histogram({
      name: "mesh_cache_invalidation_duration_seconds",
      help: "Time until something that is no longer true is not used any more, by where",
      labelNames: ["reach"],
      buckets: seconds,
      registers,
    }),
    cacheIncompleteInvalidations: new Counter({
      name: "mesh_cache_incomplete_invalidations_total",
      help: "Invalidations of which nobody knows whether all gateways have heard of them",
      registers,
    }),
    cacheFenceRejections: new Counter({
      name: "mesh_cache_fence_rejections_total",
      help: "What was fetched or found and not kept, since it was invalidated meanwhile, by level",
      labelNames: ["level"],
      registers,
    }),
    cacheShared: new Counter({
      name: "mesh_cache_shared_total",
      help: "What was asked of the Redis that gateways share: reads, writes, invalidations, by result",
      labelNames: ["operation", "result"],
      registers,
    }),
    cacheEntries: new Gauge({
      name: "mesh_cache_entries",
      help: "What is kept in the process: entities and root answers by subgraph, and whole answers",
      labelNames: ["level", "subgraph"],
      registers,
    }),
    cacheBytes: new Gauge({
      name: "mesh_cache_bytes",
      help: "What that takes in memory, roughly",
      labelNames: ["level", "subgraph"],
      registers,
    }),
    cacheOldestSeconds: new Gauge({
      name: "mesh_cache_oldest_seconds",
      help: "Age of the oldest entity or root answer in the process",
      labelNames: ["subgraph"],
      aggregator: "max",
      registers,
    }),
    cacheEvictions: new Gauge({
      name: "mesh_cache_evictions",
      help: "What had to go for something else since the process started",
      labelNames: ["level"],
      registers,
    }),
  };
}
