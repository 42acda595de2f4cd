/** The page of metrics, and what gateways share → what is kept of each product, and what that has brought. */
import type { SharedUsage } from "#gateway";
import { readSamples, type Sample } from "../../metrics/read-samples.ts";

/** Since the processes have started, and over all of them. Plain data. */
export interface CacheStats {
  /** By name. */
  readonly products: readonly ProductCacheStats[];
  readonly answers: {
    readonly entries: number;
    readonly bytes: number;
    readonly hits: number;
    readonly misses: number;
    /** Share of look-ups; null without any. */
    readonly hitRatio: number | null;
  };
  readonly invalidations: {
    /** Entities, types, products … that were said to be no longer true, by who said so. */
    readonly byCause: Counts;
    /** Nobody knows whether everybody has heard of them. */
    readonly incomplete: number;
    /** What was not kept because it was invalidated while it was fetched, by level. */
    readonly rejectedByFence: Counts;
  };
  /** What had to go for something else, by level. */
  readonly evicted: Counts;
  /** Of the Redis that gateways share, by operation and result; null where there is none or nobody has asked it. */
  readonly redis: Readonly<Record<string, Counts>> | null;
  /** Whether there is more in Redis than was looked at. */
  readonly isSharedPartial: boolean;
}

export interface ProductCacheStats {
  readonly product: string;
  /** In the processes. */
  readonly entries: number;
  readonly bytes: number;
  readonly oldestSeconds: number | null;
  readonly lookups: {
    readonly total: number;
    readonly memory: number;
    /** Somebody was asking for it already. */
    readonly joined: number;
    /** Another gateway had fetched it. */
    readonly shared: number;
    readonly fetched: number;
    /** Of those fetched: the product failed, and what was beyond its time was used. */
    readonly staleIfError: number;
  };
  /** Shares of all look-ups; null without any. */
  readonly hitRatio: { readonly memory: number; readonly shared: number; readonly all: number } | null;
  /** What was fetched, by whether or why not it was kept. */
  readonly stores: Counts;
  /** Null where the product is not in shadow mode. */
  readonly shadow: { readonly hits: number; readonly wrong: number } | null;
  /** In Redis, of all gateways; null where nothing is shared or it cannot be known. */
  readonly shared: { readonly entries: number; readonly bytes: number } | null;
}

type Counts = Readonly<Record<string, number>>;

export function readCacheStats(page: string, shared: SharedUsage | undefined): CacheStats {
  const samples = readSamples(page);
  const of = (name: string): readonly Sample[] => samples.get(`mesh_cache_${name}`) ?? [];
  const entries = of("entries");
  const lookups = of("lookups_total");
  const stores = of("stores_total");
  const shadow = of("shadow_total");
  const named = [entries, lookups, stores, shadow].flat().flatMap(({ labels }) => labels.subgraph ?? "");
  const products = new Set([...named, ...(shared?.owners.keys() ?? [])].filter((name) => name !== ""));
  const redis = Object.groupBy(of("shared_total"), ({ labels }) => labels.operation ?? "");

  return {
    products: [...products].sort().map((product) => {
      const own = (all: readonly Sample[]): readonly Sample[] =>
        all.filter(({ labels }) => labels.subgraph === product && (labels.level ?? "memory") === "memory");
      const ages = own(of("oldest_seconds"));
      const { hit, stale } = by("result", own(shadow));
      return {
        product,
        entries: sum(own(entries)),
        bytes: sum(own(of("bytes"))),
        oldestSeconds: ages.length === 0 ? null : Math.max(...ages.map(({ value }) => value)),
        ...readLookups(by("result", own(lookups))),
        stores: by("result", own(stores)),
        shadow: hit === undefined && stale === undefined ? null : { hits: hit ?? 0, wrong: stale ?? 0 },
        shared: shared === undefined ? null : (shared.owners.get(product) ?? { entries: 0, bytes: 0 }),
      };
    }),
    answers: readAnswers(by("result", of("responses_total")), by("level", entries), by("level", of("bytes"))),
    invalidations: {
      byCause: by("cause", of("invalidations_total")),
      incomplete: sum(of("incomplete_invalidations_total")),
      rejectedByFence: by("level", of("fence_rejections_total")),
    },
    evicted: by("level", of("evictions")),
    redis:
      Object.keys(redis).length === 0
        ? null
        : Object.fromEntries(Object.entries(redis).map(([operation, found = []]) => [operation, by("result", found)])),
    isSharedPartial: shared?.isPartial ?? false,
  };
}

function readLookups(counts: Counts): Pick<ProductCacheStats, "lookups" | "hitRatio"> {
  const { memory = 0, miss = 0, joined = 0, shared = 0, "stale-if-error": staleIfError = 0 } = counts;
  // Who joins somebody, or finds something shared, has missed it here first.
  const total = memory + miss;
  const fetched = Math.max(0, miss - joined - shared);
  const hitRatio =
    total === 0 ? null : { memory: memory / total, shared: shared / total, all: (total - fetched) / total };
  return { lookups: { total, memory, joined, shared, fetched, staleIfError }, hitRatio };
}

function readAnswers(results: Counts, entries: Counts, bytes: Counts): CacheStats["answers"] {
  const { memory: hits = 0, miss: misses = 0 } = results;
  return {
    entries: entries.responses ?? 0,
    bytes: bytes.responses ?? 0,
    hits,
    misses,
    hitRatio: hits + misses === 0 ? null : hits / (hits + misses),
  };
}

/** Sums by a label's value, without those that are nothing. */
function by(label: string, samples: readonly Sample[]): Counts {
  const sums: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const name = labels[label] ?? "";
    if (value !== 0) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0);
}
