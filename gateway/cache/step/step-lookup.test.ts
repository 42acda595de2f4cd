import { describe, expect, it } from "vitest";
import { lookUp, type OpenCore, openCore, plainRun } from "../open-core.fixture.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { Shelf } from "../shelf/shelf.ts";
import type { Missing } from "./open-shelf.ts";
import { RunKept } from "./run-kept.ts";
import { StepLookup } from "./step-lookup.ts";

function miss(lookup: StepLookup, representation: string): Missing {
  expect(lookup.find(0, representation)).toBeUndefined();
  const missing = lookup.missing(0, representation);
  if (missing === undefined) throw new Error("It may be kept.");
  return missing;
}

function keep({ core }: OpenCore, shelf: Shelf, representation: string, cacheControl?: string): void {
  const { lookup } = lookUp(core, shelf);
  const fill = lookup.begin([miss(lookup, representation)]);
  fill.keep({ values: [{ of: representation }], cacheControl, age: undefined, about: undefined });
}

describe("a request of a run", () => {
  it("finds what is kept by each representation, however strange that is, and nothing else", () => {
    const opened = openCore();
    const shelf = plainShelf();
    const strange = ["", "__proto__", 'a,"b"', "ü", "x".repeat(100_000)];
    for (const each of strange) keep(opened, shelf, each);
    const { lookup, kept } = lookUp(opened.core, shelf);
    expect(strange.map((each) => lookup.find(0, each)?.value)).toEqual(strange.map((of) => ({ of })));
    expect(kept.entries).toHaveLength(strange.length);
    for (const other of ["constructor", "a", " ", "u"]) expect(lookup.find(0, other)).toBeUndefined();
    expect(lookUp(opened.core, plainShelf({ id: "other" })).lookup.find(0, "")).toBeUndefined();
  });

  it("keeps its groups apart, and knows none that is never kept", () => {
    const opened = openCore();
    const shelves = [plainShelf({ id: "a" }), undefined, plainShelf({ id: "b" })];
    keep(opened, plainShelf({ id: "b" }), "1");
    const lookup = new StepLookup(opened.core, shelves, plainRun, new RunKept());
    expect([0, 1, 2, 3].map((group) => lookup.find(group, "1")?.value)).toEqual([
      undefined,
      undefined,
      { of: "1" },
      undefined,
    ]);
    expect([1, 3].map((group) => lookup.missing(group, "1"))).toEqual([undefined, undefined]);
    expect(lookup.prefixes).toEqual(["a\n", "", "b\n"]);
  });

  it("counts what it found and what it did not, once all has been looked up", async () => {
    const opened = openCore();
    const shelf = plainShelf();
    keep(opened, shelf, "1");
    const { lookup } = lookUp(opened.core, shelf);
    lookup.find(0, "1");
    lookup.find(0, "1");
    miss(lookup, "2");
    expect(await opened.counted("mesh_cache_lookups_total", {})).toBe(0);
    expect(lookup.due()).toEqual([]);
    expect(await opened.counted("mesh_cache_lookups_total", { subgraph: "orders", result: "memory" })).toBe(2);
    expect(await opened.counted("mesh_cache_lookups_total", { subgraph: "orders", result: "miss" })).toBe(1);
  });

  it("serves what is beyond its time within its window, and has it at hand for a failure after that", async () => {
    const opened = openCore();
    const shelf = plainShelf({ hint: undefined });
    keep(opened, shelf, "1", "max-age=10, stale-while-revalidate=10, stale-if-error=20");
    const look = (): readonly [served: boolean, spare: boolean] => {
      const { lookup, kept } = lookUp(opened.core, shelf);
      const isServed = lookup.find(0, "1") !== undefined;
      for (const { spare } of lookup.due()) if (spare !== undefined) spare.isRefreshing = false;
      if (isServed) return [kept.entries.length === 1, kept.isStale];
      return [false, lookup.missing(0, "1")?.spare !== undefined];
    };
    const at = (ms: number): readonly [boolean, boolean] => {
      opened.advance(ms - opened.core.now());
      return look();
    };
    expect([at(9_999), at(10_000), at(19_999)]).toEqual([
      [true, false],
      [true, true],
      [true, true],
    ]);
    expect([at(20_000), at(29_999), at(30_000)]).toEqual([
      [false, true],
      [false, true],
      [false, false],
    ]);
    const { lookup, kept } = lookUp(opened.core, shelf);
    const [entry] = opened.core.memory.values();
    if (entry !== undefined) lookup.useSpare(entry);
    expect([kept.entries, kept.isStale]).toEqual([[entry], true]);
    expect(await opened.counted("mesh_cache_lookups_total", { result: "stale-if-error" })).toBe(1);
  });

  it("reads anew what it uses and is about to end, once for all who use it", () => {
    const opened = openCore();
    const shelf = plainShelf();
    keep(opened, shelf, "1");
    const due = (isHot: boolean): readonly Missing[] => {
      const { lookup } = lookUp(opened.core, shelf, { ...plainRun, isHot });
      lookup.find(0, "1");
      lookup.find(0, "1");
      return lookup.due();
    };
    opened.advance(53_999);
    expect(due(true)).toEqual([]);
    opened.advance(1);
    expect(due(false)).toEqual([]);
    const first = due(true);
    expect(first).toMatchObject([{ representation: "1", key: "order\n1", shadow: undefined }]);
    expect(due(true)).toEqual([]);
    lookUp(opened.core, shelf).lookup.beginAnew(first).fail();
    expect(due(true)).toHaveLength(1);
  });

  it("compares in shadow mode: nothing is served, waited for or stands in", () => {
    const opened = openCore();
    const shelf = plainShelf({ mode: "shadow", hint: undefined });
    const control = "max-age=10, stale-while-revalidate=10, stale-if-error=60";
    keep(opened, shelf, "1", control);
    const { lookup } = lookUp(opened.core, shelf);
    const missing = miss(lookup, "1");
    expect([missing.shadow?.value, missing.spare]).toEqual([{ of: "1" }, undefined]);
    const fill = lookup.begin([missing]);
    expect(lookUp(opened.core, shelf).lookup.underWay(missing)).toBeUndefined();
    expect(lookup.findAgain(missing)).toBeUndefined();
    fill.fail();
    opened.advance(20_000);
    const later = miss(lookUp(opened.core, shelf).lookup, "1");
    expect([later.shadow, later.spare]).toEqual([undefined, undefined]);
  });

  it("waits for whoever asks already, where that is likely to bring something", async () => {
    const opened = openCore();
    const [likely, unlikely] = [plainShelf(), plainShelf({ id: "u", isExpected: false })];
    for (const [shelf, waits] of [
      [likely, true],
      [unlikely, false],
    ] as const) {
      const first = lookUp(opened.core, shelf).lookup;
      const fill = first.begin([miss(first, "1")]);
      const { lookup, kept } = lookUp(opened.core, shelf);
      const missing = miss(lookup, "1");
      const ended = lookup.underWay(missing);
      expect(ended !== undefined).toBe(waits);
      expect(lookup.findAgain(missing)).toBeUndefined();
      fill.keep({ values: [{ a: 1 }], cacheControl: undefined, age: undefined, about: undefined });
      await ended;
      expect(lookup.findAgain(missing)?.value).toEqual({ a: 1 });
      expect(kept.entries).toHaveLength(1);
      // From the first that was kept on it is worth it.
      expect(shelf.learnt.hasKept).toBe(true);
    }
    expect(await opened.counted("mesh_cache_lookups_total", { result: "joined" })).toBe(2);
  });
});

describe("what a run found before", () => {
  function found(times = 1) {
    const opened = openCore();
    const shelf = plainShelf();
    keep(opened, shelf, "1");
    keep(opened, shelf, "2");
    const entries = [...opened.core.memory.values()];
    const again = (isHot = false): boolean =>
      lookUp(opened.core, shelf, { ...plainRun, isHot }).lookup.findsStill(entries);
    for (let time = 0; time < times; time++) expect(again()).toBe(true);
    return { ...opened, shelf, entries, again };
  }

  it("is found again while all of it is, and counts as used", () => {
    const { entries } = found(3);
    expect(entries.map(({ uses }) => uses)).toEqual([3, 3]);
    const { core } = openCore();
    expect(lookUp(core, plainShelf()).lookup.findsStill([])).toBe(true);
  });

  it.each<[string, (given: ReturnType<typeof found>) => void]>([
    ["has come to its end", ({ advance }) => advance(60_000)],
    ["was ended", ({ core }) => core.fence.invalidate(["e:orders\nOrder 2"])],
    ["had to go for others", ({ core }) => core.memory.delete("order\n2")],
    ["has been replaced", (given) => replace(given)],
  ])("is not when one of it %s", (_, end) => {
    const given = found();
    end(given);
    expect(given.again()).toBe(false);
  });

  it("is looked up one by one when some is to be read anew, unless somebody does so already", () => {
    const { advance, again, entries } = found();
    advance(54_000);
    expect([again(), again(true)]).toEqual([true, false]);
    for (const entry of entries) entry.isRefreshing = true;
    expect(again(true)).toBe(true);
  });
});

function replace({ core, shelf }: { readonly core: OpenCore["core"]; readonly shelf: Shelf }): void {
  const { lookup } = lookUp(core, shelf);
  const entry = lookup.find(0, "2");
  const missing: Missing = {
    group: 0,
    open: { shelf, rest: "", prefix: shelf.prefix, limitsRows: false, isPrivate: false, isSharable: true },
    representation: "2",
    key: `${shelf.prefix}2`,
    spare: entry,
    shadow: undefined,
  };
  const fill = lookup.beginAnew([missing]);
  fill.keep({ values: [{ a: 2 }], cacheControl: undefined, age: undefined, about: undefined });
}
