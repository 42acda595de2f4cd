import { expect, it } from "vitest";
import { readCacheStats } from "./cache-stats.ts";

const page = `
mesh_cache_entries{level="memory",subgraph="orders"} 3
mesh_cache_entries{level="responses",subgraph=""} 5
mesh_cache_bytes{level="memory",subgraph="orders"} 300
mesh_cache_bytes{level="responses",subgraph=""} 5000
mesh_cache_oldest_seconds{subgraph="orders"} 12.5
mesh_cache_lookups_total{subgraph="orders",result="memory"} 60
mesh_cache_lookups_total{subgraph="orders",result="miss"} 40
mesh_cache_lookups_total{subgraph="orders",result="joined"} 5
mesh_cache_lookups_total{subgraph="orders",result="shared"} 20
mesh_cache_lookups_total{subgraph="orders",result="stale-if-error"} 1
mesh_cache_stores_total{subgraph="orders",result="stored"} 12
mesh_cache_stores_total{subgraph="orders",result="errors"} 3
mesh_cache_shadow_total{subgraph="customers",result="hit"} 9
mesh_cache_shadow_total{subgraph="customers",result="stale"} 1
mesh_cache_responses_total{result="memory"} 30
mesh_cache_responses_total{result="miss"} 10
mesh_cache_invalidations_total{cause="event"} 7
mesh_cache_invalidations_total{cause="operator"} 1
mesh_cache_incomplete_invalidations_total 2
mesh_cache_fence_rejections_total{level="memory"} 4
mesh_cache_evictions{level="memory"} 6
mesh_cache_evictions{level="responses"} 0
mesh_cache_shared_total{operation="read",result="found"} 20
mesh_cache_shared_total{operation="write",result="failed"} 2
`;

it("says of each product what is kept, how often that was of use, and of what is shared how much there is", () => {
  const stats = readCacheStats(page, {
    owners: new Map([
      ["orders", { entries: 8, bytes: 800 }],
      ["payments", { entries: 1, bytes: 100 }],
    ]),
    isPartial: true,
  });
  expect(stats).toEqual({
    products: [
      {
        product: "customers",
        entries: 0,
        bytes: 0,
        oldestSeconds: null,
        lookups: { total: 0, memory: 0, joined: 0, shared: 0, fetched: 0, staleIfError: 0 },
        hitRatio: null,
        stores: {},
        shadow: { hits: 9, wrong: 1 },
        shared: { entries: 0, bytes: 0 },
      },
      {
        product: "orders",
        entries: 3,
        bytes: 300,
        oldestSeconds: 12.5,
        lookups: { total: 100, memory: 60, joined: 5, shared: 20, fetched: 15, staleIfError: 1 },
        hitRatio: { memory: 0.6, shared: 0.2, all: 0.85 },
        stores: { stored: 12, errors: 3 },
        shadow: null,
        shared: { entries: 8, bytes: 800 },
      },
      expect.objectContaining({ product: "payments", entries: 0, shared: { entries: 1, bytes: 100 } }),
    ],
    answers: { entries: 5, bytes: 5_000, hits: 30, misses: 10, hitRatio: 0.75 },
    invalidations: { byCause: { event: 7, operator: 1 }, incomplete: 2, rejectedByFence: { memory: 4 } },
    evicted: { memory: 6 },
    redis: { read: { found: 20 }, write: { failed: 2 } },
    isSharedPartial: true,
  });
});

it("has nothing to say of a gateway that was asked nothing", () => {
  expect(readCacheStats("", undefined)).toEqual({
    products: [],
    answers: { entries: 0, bytes: 0, hits: 0, misses: 0, hitRatio: null },
    invalidations: { byCause: {}, incomplete: 0, rejectedByFence: {} },
    evicted: {},
    redis: null,
    isSharedPartial: false,
  });
});
