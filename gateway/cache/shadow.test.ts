import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMetrics } from "../observability/metrics.ts";
import type { Entry } from "./entry.ts";
import { Shadow } from "./shadow.ts";
import { plainShelf } from "./shelf/plain-shelf.fixture.ts";

/** `hit` where the same would have been served. */
async function compare(kept: unknown, fetched: unknown): Promise<string> {
  const metrics = createMetrics();
  // No more of an entry is read.
  const entry = { shelf: plainShelf(), value: kept } as unknown as Entry;
  new Shadow(metrics).compare(entry, fetched as Entry["value"]);
  const { values } = await metrics.cacheShadow.get();
  expect(values.map(({ value, labels }) => [value, labels.subgraph])).toEqual([[1, "orders"]]);
  return String(values[0]?.labels.result);
}

const object = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "length")),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The same with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, turned(each)]),
  );
}

describe("what would have been served", () => {
  it("is what is fetched just where both say the same as JSON, in whatever order", async () => {
    const sortedText = (value: unknown): string =>
      JSON.stringify(value, (_, each: unknown) =>
        typeof each === "object" && each !== null && !Array.isArray(each)
          ? Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))
          : each,
      );
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
    await fc.assert(
      fc.asyncProperty(object, object, async (one, other) => {
        expect(await compare(plain(one), turned(plain(one)))).toBe("hit");
        const isSame = sortedText(plain(one)) === sortedText(plain(other));
        expect(await compare(plain(one), plain(other))).toBe(isSame ? "hit" : "stale");
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, unknown, unknown]>([
    ["nothing that is there now", null, {}],
    ["something that is gone", {}, null],
    ["a list as an object", { a: [] }, { a: {} }],
    ["an object as a list", { a: { 0: 1 } }, { a: [1] }],
    ["a shorter list", { a: [1] }, { a: [1, 1] }],
    ["another order", { a: [1, 2] }, { a: [2, 1] }],
    ["null that is left out", { a: null }, {}],
    ["one key for another", { a: null }, { b: null }],
    ["a key that every object has", { constructor: null }, { a: 1 }],
    ["a number as a text", { a: 1 }, { a: "1" }],
    ["false as nothing", { a: false }, { a: null }],
    ["something deep", { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }],
  ])("is stale: %s", async (_, kept, fetched) => {
    expect(await compare(kept, fetched)).toBe("stale");
  });

  it("is what is fetched where there is nothing, then and now", async () => {
    expect(await compare(null, null)).toBe("hit");
    expect(await compare({}, {})).toBe("hit");
  });
});
