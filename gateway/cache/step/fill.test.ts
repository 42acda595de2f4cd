/** What becomes of a fill at its edges: alone, and where two gateways share. */
import { describe, expect, it } from "vitest";
import { Cancel } from "#http";
import * as scope from "../fence/scopes.ts";
import { lookUp, openCore, plainRun } from "../open-core.fixture.ts";
import { MemoryStorage } from "../shared/memory-storage.fixture.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { FillAnswer } from "./fill.ts";
import type { Missing } from "./open-shelf.ts";
import type { StepLookup } from "./step-lookup.ts";

const answer = (values: FillAnswer["values"], more: Partial<FillAnswer> = {}): FillAnswer => ({
  values,
  cacheControl: undefined,
  age: undefined,
  about: undefined,
  ...more,
});

function miss(lookup: StepLookup, ...representations: string[]): readonly Missing[] {
  return representations.flatMap((representation) => {
    expect(lookup.find(0, representation)).toBeUndefined();
    return lookup.missing(0, representation) ?? [];
  });
}

/** Two gateways that share, and what the first has left there. */
async function twoGateways(...representations: string[]) {
  const storage = new MemoryStorage();
  const [one, two] = [openCore({ storage }), openCore({ storage })];
  const shelf = plainShelf();
  const { lookup } = lookUp(one.core, shelf);
  const fill = lookup.begin(miss(lookup, ...representations));
  await fill.readShared();
  fill.keep(answer(representations.map((representation) => ({ of: representation }))));
  await one.core.shared?.close();
  return { storage, one, two, shelf };
}

describe("a fill", () => {
  it("keeps each answer under its own key, and says what it is made of", () => {
    const { core } = openCore();
    const shelf = plainShelf();
    const { lookup, kept } = lookUp(core, shelf);
    const fill = lookup.begin(miss(lookup, "a", "b", "c"));
    const { entries, isSettled } = fill.keep(answer([{ a: 1 }, null, { c: 3 }]));
    expect(entries?.map(({ value }) => value)).toEqual([{ a: 1 }, null, { c: 3 }]);
    expect([isSettled, kept.isPartial, kept.entries]).toEqual([true, false, entries]);
    const again = lookUp(core, shelf).lookup;
    expect(["a", "b", "c"].map((each) => again.find(0, each)?.value)).toEqual([{ a: 1 }, null, { c: 3 }]);
  });

  it.each<[string, FillAnswer["values"]]>([
    ["of which something is missing", [{ a: 1 }]],
    ["with nothing in it", []],
    ["that does not say everything", [{ a: 1 }, undefined]],
  ])("keeps what there is of an answer %s", (_, values) => {
    const { core } = openCore();
    const { lookup, kept } = lookUp(core, plainShelf());
    const { entries, isSettled } = lookup.begin(miss(lookup, "a", "b")).keep(answer(values));
    expect([entries, isSettled, kept.isPartial]).toEqual([undefined, false, true]);
    expect(kept.entries.length).toBe(values[0] === undefined ? 0 : 1);
    expect(core.memory.size).toBe(kept.entries.length);
  });

  it("keeps nothing of an answer that took as long as it may be kept", async () => {
    for (const [tookMs, isKept] of [
      [59_999, true],
      [60_000, false],
      [1e15, false],
    ] as const) {
      const { core, advance, counted } = openCore();
      const { lookup } = lookUp(core, plainShelf());
      const fill = lookup.begin(miss(lookup, "a"));
      advance(tookMs);
      expect(fill.keep(answer([{ a: 1 }])).entries !== undefined, String(tookMs)).toBe(isKept);
      expect(await counted("mesh_cache_stores_total", { result: isKept ? "stored" : "no-time" })).toBe(1);
    }
  });

  it("keeps what may stand in when its source fails, though its time is over when it comes", () => {
    const { core, advance } = openCore();
    const shelf = plainShelf();
    const { lookup } = lookUp(core, shelf);
    const fill = lookup.begin(miss(lookup, "a"));
    advance(70_000);
    expect(fill.keep(answer([{ a: 1 }], { cacheControl: "max-age=60, stale-if-error=20" })).entries).toHaveLength(1);
    const later = lookUp(core, shelf).lookup;
    expect(miss(later, "a")[0]?.spare?.value).toEqual({ a: 1 });
    advance(10_000);
    expect(miss(lookUp(core, shelf).lookup, "a")[0]?.spare).toBeUndefined();
  });

  it("keeps what is as large as one entry may be, and no more", async () => {
    const { core, counted } = openCore({ maxEntryBytes: 32 + 16 + 16 + 10 });
    const { lookup, kept } = lookUp(core, plainShelf());
    const fill = lookup.begin(miss(lookup, "a", "b"));
    const { isSettled } = fill.keep(answer([{ a: "0123456789" }, { a: "0123456789+" }]));
    expect([kept.entries.length, isSettled]).toEqual([1, true]);
    expect(await counted("mesh_cache_stores_total", { result: "too-large" })).toBe(1);
  });

  it("lets whoever waits go on when it fails, and holds nothing", async () => {
    const { core } = openCore();
    const shelf = plainShelf();
    const first = lookUp(core, shelf).lookup;
    const missing = miss(first, "a");
    const fill = first.begin(missing);
    const other = lookUp(core, shelf).lookup;
    const ended = other.underWay(miss(other, "a")[0] as Missing);
    expect(ended).toBeDefined();
    fill.fail();
    await ended;
    expect(other.underWay(miss(other, "a")[0] as Missing)).toBeUndefined();
    // The fence notes nothing more for it: nothing is under way.
    expect(core.fence.size).toBe(0);
  });

  it("ends once: what fails after it was kept takes nothing from others that are under way", () => {
    const { core } = openCore();
    const shelf = plainShelf();
    const { lookup } = lookUp(core, shelf);
    const fill = lookup.begin(miss(lookup, "a"));
    fill.keep(answer([{ a: 1 }]));
    fill.fail();
    fill.fail();
    const other = lookUp(core, shelf).lookup;
    const next = other.begin(miss(other, "b"));
    core.fence.invalidate([scope.entity("orders", "Order", "b")]);
    expect(next.keep(answer([{ old: true }])).entries).toBeUndefined();
    expect(core.memory.size).toBe(1);
  });

  it("ends with nothing to ask for, and without a mark on the answer", () => {
    const { core } = openCore();
    const { lookup, kept } = lookUp(core, plainShelf());
    lookup.begin([]).fail();
    const outcome = lookup.begin([]).keep(answer([]));
    expect([outcome, kept.isPartial]).toEqual([{ entries: [], isSettled: true }, false]);
  });
});

describe("a fill where gateways share", () => {
  it("finds what another gateway has left, and asks for the rest", async () => {
    const { two, shelf } = await twoGateways("a", "b");
    const { lookup, kept } = lookUp(two.core, shelf);
    const fill = lookup.begin(miss(lookup, "a", "x", "b"));
    const shared = await fill.readShared();
    expect([...(shared?.found.values() ?? [])].map(({ value }) => value)).toEqual([{ of: "a" }, { of: "b" }]);
    expect(fill.missing.map(({ representation }) => representation)).toEqual(["x"]);
    expect(fill.keep(answer([{ of: "x" }])).entries?.map(({ value }) => value)).toEqual([{ of: "x" }]);
    expect(kept.entries.map(({ value }) => value)).toEqual([{ of: "a" }, { of: "b" }, { of: "x" }]);
    const again = lookUp(two.core, shelf).lookup;
    expect(again.find(0, "a")?.value).toEqual({ of: "a" });
  });

  it("leaves nobody waiting for what it has found", async () => {
    const { two, shelf } = await twoGateways("a");
    const { lookup } = lookUp(two.core, shelf);
    const fill = lookup.begin(miss(lookup, "a", "x"));
    const [found] = [...((await fill.readShared())?.found.keys() ?? [])];
    fill.keep(answer([{ of: "x" }]));
    const other = lookUp(two.core, shelf).lookup;
    expect(other.underWay(found as Missing)).toBeUndefined();
  });

  it("takes nothing that cannot be read for an answer, and asks for it", async () => {
    const { storage, two, shelf } = await twoGateways("a");
    for (const stored of storage.values.values()) stored.bytes = Buffer.from("nothing of ours");
    const { lookup } = lookUp(two.core, shelf);
    const fill = lookup.begin(miss(lookup, "a"));
    expect((await fill.readShared())?.found.size).toBe(0);
    expect(fill.missing).toHaveLength(1);
    expect(await two.counted("mesh_cache_shared_total", { operation: "read", result: "unreadable" })).toBe(1);
    fill.fail();
  });

  it("asks its source where nobody knows what is shared, and leaves nothing there", async () => {
    const { storage, two, shelf } = await twoGateways("a");
    storage.isDown = true;
    const { lookup } = lookUp(two.core, shelf);
    const fill = lookup.begin(miss(lookup, "a", "b"));
    expect(await fill.readShared()).toEqual({ found: new Map(), contested: undefined });
    storage.isDown = false;
    const before = storage.values.size;
    expect(fill.keep(answer([{ own: 1 }, { own: 2 }])).entries).toHaveLength(2);
    await two.core.shared?.close();
    expect(storage.values.size).toBe(before);
  });

  it("waits for another gateway that is asking, and takes what that one has got", async () => {
    const storage = new MemoryStorage();
    const [one, two] = [openCore({ storage }), openCore({ storage })];
    const shelf = plainShelf();
    const theirs = lookUp(one.core, shelf).lookup;
    const asking = theirs.begin(miss(theirs, "a"));
    await asking.readShared();
    const { lookup } = lookUp(two.core, shelf);
    const fill = lookup.begin(miss(lookup, "a", "b"));
    const shared = await fill.readShared();
    expect(shared?.contested?.missing.map(({ representation }) => representation)).toEqual(["a"]);
    expect(fill.missing.map(({ representation }) => representation)).toEqual(["b"]);
    const waiting = shared?.contested?.waitForOthers();
    asking.keep(answer([{ of: "one" }]));
    expect([...((await waiting)?.values() ?? [])].map(({ value }) => value)).toEqual([{ of: "one" }]);
    expect(shared?.contested?.missing).toEqual([]);
    shared?.contested?.fail();
    fill.fail();
    // Everything has been let go: who asks now asks for itself.
    const next = lookUp(two.core, plainShelf({ id: "other" })).lookup;
    expect(next.underWay(miss(next, "a")[0] as Missing)).toBeUndefined();
  });

  it("asks for itself when the other gateway says that it has nothing, and waits for nobody once nobody wants it", async () => {
    const storage = new MemoryStorage();
    const [one, two] = [openCore({ storage }), openCore({ storage })];
    const shelf = plainShelf();
    const theirs = lookUp(one.core, shelf).lookup;
    const asking = theirs.begin(miss(theirs, "a"));
    await asking.readShared();
    const signal = new Cancel();
    const { lookup } = lookUp(two.core, shelf, { ...plainRun, signal });
    const first = await lookup.begin(miss(lookup, "a")).readShared();
    asking.fail();
    expect((await first?.contested?.waitForOthers())?.size).toBe(0);
    expect(first?.contested?.missing).toHaveLength(1);
    // It has the lease now, so that others wait for it; who is gone does not.
    const third = lookUp(openCore({ storage }).core, shelf, { ...plainRun, signal }).lookup;
    const contested = (await third.begin(miss(third, "a")).readShared())?.contested;
    signal.abort(new Error("nobody wants it"));
    let asked = 0;
    storage.step = () => {
      asked++;
      return Promise.resolve();
    };
    expect((await contested?.waitForOthers())?.size).toBe(0);
    expect(asked).toBe(0);
    contested?.fail();
    first?.contested?.fail();
  });

  it("waits for another gateway also where something is shared that may only stand in", async () => {
    const storage = new MemoryStorage();
    const [one, two, three] = [openCore({ storage }), openCore({ storage }), openCore({ storage })];
    const shelf = plainShelf();
    const first = lookUp(one.core, shelf).lookup;
    const fill = first.begin(miss(first, "a"));
    await fill.readShared();
    fill.keep(answer([{ version: 1 }], { cacheControl: "max-age=60, stale-if-error=600" }));
    await one.core.shared?.close();
    for (const { advance } of [two, three]) advance(61_000);
    storage.clock -= 61_000;
    const [theirs, lookup] = [lookUp(two.core, shelf).lookup, lookUp(three.core, shelf).lookup];
    const asking = theirs.begin(miss(theirs, "a"));
    expect(await asking.readShared()).toMatchObject({ found: new Map(), contested: undefined });
    const contested = (await lookup.begin(miss(lookup, "a")).readShared())?.contested;
    expect(contested?.missing[0]?.spare?.value).toEqual({ version: 1 });
    const waiting = contested?.waitForOthers();
    asking.keep(answer([{ version: 2 }]));
    expect([...((await waiting)?.values() ?? [])].map(({ value }) => value)).toEqual([{ version: 2 }]);
    contested?.fail();
  });

  it("goes on being read anew by one, while another gateway is waited for that reads it anew", async () => {
    const { storage, one, two, shelf } = await twoGateways("a");
    const { lookup: early } = lookUp(two.core, shelf);
    await early.begin(miss(early, "a")).readShared();
    two.advance(59_000);
    const due = (core: typeof two.core): readonly Missing[] => {
      const lookup = lookUp(core, shelf, { ...plainRun, isHot: true }).lookup;
      expect(lookup.find(0, "a")).toBeDefined();
      return lookup.due();
    };
    one.advance(59_000);
    storage.clock -= 59_000;
    const theirs = lookUp(one.core, shelf).lookup.beginAnew(due(one.core));
    await theirs.readShared();
    const mine = lookUp(two.core, shelf).lookup.beginAnew(due(two.core));
    const shared = await mine.readShared();
    expect([mine.missing.length, shared?.contested?.missing.length]).toEqual([0, 1]);
    expect(due(two.core)).toEqual([]);
    shared?.contested?.fail();
    expect(due(two.core)).toHaveLength(1);
    mine.fail();
    theirs.fail();
  });
});
