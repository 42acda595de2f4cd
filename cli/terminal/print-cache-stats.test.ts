import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import type { CacheStats, ProductCacheStats } from "../mesh/cache/cache-stats.ts";
import { terminalWidth } from "./columns.ts";
import { printCacheStats } from "./print-cache-stats.ts";

const product = (change: Partial<ProductCacheStats>): ProductCacheStats => ({
  product: "orders",
  entries: 0,
  bytes: 0,
  oldestSeconds: null,
  lookups: { total: 0, memory: 0, joined: 0, shared: 0, fetched: 0, staleIfError: 0 },
  hitRatio: null,
  stores: {},
  shadow: null,
  shared: null,
  ...change,
});

const nothing: CacheStats = {
  products: [],
  answers: { entries: 0, bytes: 0, hits: 0, misses: 0, hitRatio: null },
  invalidations: { byCause: {}, incomplete: 0, rejectedByFence: {} },
  evicted: {},
  redis: null,
  isSharedPartial: false,
};

const print = (stats: CacheStats): readonly string[] => printCacheStats(stats).map(stripVTControlCharacters);

it("is a table, and says nothing more where nothing is remarkable", () => {
  const orders = product({
    entries: 1_204,
    bytes: 1_258_291,
    oldestSeconds: 540,
    lookups: { total: 12_345, memory: 10_000, joined: 0, shared: 741, fetched: 1_604, staleIfError: 0 },
    stores: { stored: 1_604 },
  });
  const answers = { entries: 40, bytes: 31_950, hits: 160, misses: 40, hitRatio: 0.8 };
  expect(print({ ...nothing, products: [orders, product({ product: "customers" })], answers })).toEqual([
    "               entries     size  oldest  look-ups  memory  joined  shared  fetched",
    "orders           1,204   1.2 MB   9 min    12,345    81 %     0 %     6 %     13 %",
    "customers            0      0 B                 0",
    "whole answers       40  31.2 kB               200    80 %                     20 %",
  ]);
});

it("says what is remarkable in words", () => {
  const stats: CacheStats = {
    ...nothing,
    products: [
      product({
        lookups: { total: 9, memory: 1, joined: 0, shared: 0, fetched: 8, staleIfError: 2 },
        stores: { stored: 1, errors: 3, "no-hint": 12, "of-tomorrow": 1 },
        shared: { entries: 120, bytes: 34_816 },
      }),
      product({ product: "customers", shadow: { hits: 90, wrong: 10 }, shared: { entries: 0, bytes: 0 } }),
    ],
    invalidations: { byCause: { event: 12, operator: 1 }, incomplete: 1, rejectedByFence: { memory: 2, shared: 1 } },
    evicted: { memory: 1_000 },
    redis: { read: { found: 3, none: 1 }, write: { done: 2, failed: 4 } },
    isSharedPartial: true,
  };
  expect(print(stats).slice(4)).toEqual([
    "",
    "Fetched and not kept",
    "  orders: 12 without a word on how long (no `cache` in the manifest, no @cacheControl, no",
    "          Cache-Control), 3 with errors, 1 of-tomorrow",
    "",
    "Beyond their time, used because the product failed",
    "  orders: 2",
    "",
    "In shadow mode, fetched all the same",
    "  customers: 90 would have been served as they are, 10 otherwise (10 % of what is kept would be",
    "             wrong)",
    "",
    "In Redis, of all gateways",
    "  orders 120 (34.0 kB), and more",
    "",
    "No longer true",
    "  12 by events of products, 1 by operators",
    "",
    "Trouble",
    "  of 1 invalidations nobody knows whether all have heard",
    "  3 fetched while they changed: not kept",
    "  1,000 had to go for others (gateway.cache.memory, gateway.cache.responses)",
    "  Redis, write: 4 failed",
  ]);
});

it("fits a terminal, however long names and large numbers are", () => {
  const large = product({
    product: "a-product-with-a-name-that-is-much-longer-than-others",
    entries: 123_456_789,
    bytes: 64 * 1024 ** 2,
    oldestSeconds: 86_399,
    lookups: { total: 123_456_789, memory: 123_456_789, joined: 0, shared: 0, fetched: 0, staleIfError: 0 },
  });
  for (const line of print({ ...nothing, products: [large] })) expect(line.length).toBeLessThanOrEqual(terminalWidth);
});
