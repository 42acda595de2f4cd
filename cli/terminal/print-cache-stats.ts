/** What is kept, and what that brings, for a person: a row for each product, then what is remarkable. */
import { styleText } from "node:util";
import type { CacheStats, ProductCacheStats } from "../mesh/cache/cache-stats.ts";
import { alignRows, cut, printAge, printBytes, printNumber, printShare, wrapWords } from "./columns.ts";

const nameWidth = 24;

const head = ["", "entries", "size", "oldest", "look-ups", "memory", "joined", "shared", "fetched"];

/** Why something was fetched and not kept, in words: `stores` of `mesh_cache_stores_total`. */
const reasons: Readonly<Record<string, string>> = {
  "no-hint": "without a word on how long (no `cache` in the manifest, no @cacheControl, no Cache-Control)",
  "no-store": "that the product forbids to keep",
  "no-time": "that were too old to be kept",
  errors: "with errors",
  "too-large": "too large (gateway.cache.entry)",
  varies: "called public that policies filter by caller",
  invalidated: "that changed while they were fetched",
  isolated: "while this process could not hear what others end",
  outdated: "from a version before the last that was announced",
};

export function printCacheStats(stats: CacheStats): readonly string[] {
  const { products, answers } = stats;
  const rows = products.map(productRow);
  const whole = [
    "whole answers",
    printNumber(answers.entries),
    printBytes(answers.bytes),
    "",
    printNumber(answers.hits + answers.misses),
    printShare(answers.hits, answers.hits + answers.misses),
    "",
    "",
    printShare(answers.misses, answers.hits + answers.misses),
  ];
  const [first = "", ...table] = alignRows([head, ...rows, whole]);
  return [
    styleText("dim", first),
    ...table,
    ...section("Fetched and not kept", products.flatMap(notKept)),
    ...section("Beyond their time, used because the product failed", products.flatMap(stale)),
    ...section("In shadow mode, fetched all the same", products.flatMap(shadow)),
    ...section("In Redis, of all gateways", shared(stats)),
    ...section("No longer true", invalidated(stats)),
    ...section("Trouble", trouble(stats)),
  ];
}

function productRow({ product, entries, bytes, oldestSeconds, lookups }: ProductCacheStats): readonly string[] {
  const share = (part: number): string => printShare(part, lookups.total);
  return [
    cut(product, nameWidth),
    printNumber(entries),
    printBytes(bytes),
    oldestSeconds === null ? "" : printAge(oldestSeconds),
    printNumber(lookups.total),
    share(lookups.memory),
    share(lookups.joined),
    share(lookups.shared),
    share(lookups.fetched),
  ];
}

function notKept({ product, stores }: ProductCacheStats): readonly string[] {
  const counts = Object.entries(stores).filter(([result]) => !result.startsWith("stored"));
  if (counts.length === 0) return [];
  const words = counts
    .sort(([, one], [, other]) => other - one)
    .map(([result, count]) => `${printNumber(count)} ${reasons[result] ?? result}`);
  return wrapWords(`  ${product}: `, words.join(", "));
}

function stale({ product, lookups }: ProductCacheStats): readonly string[] {
  return lookups.staleIfError === 0 ? [] : [`  ${product}: ${printNumber(lookups.staleIfError)}`];
}

function shadow({ product, shadow: counts }: ProductCacheStats): readonly string[] {
  if (counts === null) return [];
  const { hits, wrong } = counts;
  const said = `${printNumber(hits)} would have been served as they are, ${printNumber(wrong)} otherwise`;
  return wrapWords(`  ${product}: `, `${said} (${printShare(wrong, hits + wrong)} of what is kept would be wrong)`);
}

function shared({ products, isSharedPartial }: CacheStats): readonly string[] {
  const known = products.flatMap(({ product, shared: usage }) => (usage === null ? [] : { product, ...usage }));
  if (known.length === 0) return [];
  const words = known
    .filter(({ entries }) => entries > 0)
    .map(({ product, entries, bytes }) => `${product} ${printNumber(entries)} (${printBytes(bytes)})`);
  return wrapWords("  ", `${words.length === 0 ? "nothing" : words.join(", ")}${isSharedPartial ? ", and more" : ""}`);
}

const causes: Readonly<Record<string, string>> = {
  event: "by events of products",
  mutation: "by mutations",
  operator: "by operators",
  erasure: "for erased persons",
};

function invalidated({ invalidations: { byCause } }: CacheStats): readonly string[] {
  const words = Object.entries(byCause).map(([cause, count]) => `${printNumber(count)} ${causes[cause] ?? cause}`);
  return words.length === 0 ? [] : wrapWords("  ", words.join(", "));
}

function trouble({ invalidations, evicted, redis }: CacheStats): readonly string[] {
  const { incomplete, rejectedByFence } = invalidations;
  const lines: string[] = [];
  if (incomplete > 0) {
    lines.push(...wrapWords("  ", `of ${printNumber(incomplete)} invalidations nobody knows whether all have heard`));
  }
  const rejected = sum(rejectedByFence);
  if (rejected > 0) lines.push(...wrapWords("  ", `${printNumber(rejected)} fetched while they changed: not kept`));
  const gone = sum(evicted);
  if (gone > 0) {
    lines.push(
      ...wrapWords("  ", `${printNumber(gone)} had to go for others (gateway.cache.memory, gateway.cache.responses)`),
    );
  }
  for (const [operation, results] of Object.entries(redis ?? {})) {
    const bad = Object.entries(results).filter(([result]) =>
      ["failed", "full", "dropped", "unreadable"].includes(result),
    );
    if (bad.length === 0) continue;
    const words = bad.map(([result, count]) => `${printNumber(count)} ${result}`).join(", ");
    lines.push(...wrapWords("  ", `Redis, ${operation}: ${words}`));
  }
  return lines;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", styleText("bold", title), ...lines];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
