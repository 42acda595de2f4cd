import { describe, expect, it } from "vitest";
import type { Logger } from "../observability/logger.ts";
import type { CacheCore } from "./cache-core.ts";
import { type Coherence, isolatedMs, type Notice } from "./coherence/coherence.ts";
import * as scope from "./fence/scopes.ts";
import { lookUp, openCore } from "./open-core.fixture.ts";
import { MemoryStorage } from "./shared/memory-storage.fixture.ts";
import { plainShelf } from "./shelf/plain-shelf.fixture.ts";

const notice = (scopes: readonly string[], more: Partial<Notice> = {}): Notice => ({
  scopes,
  versions: new Map(),
  ...more,
});

function coherence(given: Partial<Coherence>): Coherence {
  return {
    isCurrent: () => true,
    mayKeep: () => true,
    announce: () => Promise.resolve({ isComplete: true, acknowledgedBy: 0 }),
    close: () => Promise.resolve(),
    ...given,
  };
}

function keep(core: CacheCore, key = "1") {
  const { lookup } = lookUp(core, plainShelf());
  lookup.find(0, key);
  const fill = lookup.begin([lookup.missing(0, key) ?? []].flat());
  return fill.keep({ values: [{ a: 1 }], cacheControl: undefined, age: undefined, about: undefined }).entries?.[0];
}

const isFound = (core: CacheCore, key = "1"): boolean => lookUp(core, plainShelf()).lookup.find(0, key) !== undefined;

describe("an invalidation", () => {
  it("is carried out here, then where gateways share, then by the others", async () => {
    const storage = new MemoryStorage();
    const { core } = openCore({ storage });
    keep(core);
    const steps: string[] = [];
    const [there, others] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    storage.step = async () => {
      steps.push(`shared, found here: ${isFound(core)}`);
      await there.promise;
    };
    core.join(
      coherence({
        async announce() {
          steps.push("announced");
          await others.promise;
          steps.push("acknowledged");
          return { isComplete: true, acknowledgedBy: 1 };
        },
      }),
    );
    const ended = core.invalidate(notice([scope.product("orders")])).then(() => steps.push("complete"));
    expect(isFound(core)).toBe(false);
    await Promise.resolve();
    expect(steps).toEqual(["shared, found here: false"]);
    there.resolve();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(steps.slice(1)).toEqual(["announced"]);
    others.resolve();
    await ended;
    expect(steps.slice(1)).toEqual(["announced", "acknowledged", "complete"]);
  });

  it("is joined by nobody who asks after it, also where it names nothing", () => {
    const { core, mutations } = openCore();
    core.applyHere(notice([]));
    expect(mutations.passed).toBe(1);
    core.applyHere(notice([scope.all]));
    core.clear();
    expect(mutations.passed).toBe(3);
  });

  it("of everything leaves nothing, whatever else is named; versions alone end nothing", () => {
    const { core } = openCore();
    keep(core);
    core.applyHere(notice([], { versions: new Map([["orders", { version: 2, at: 1 }]]) }));
    expect(isFound(core)).toBe(true);
    expect(core.versions.isOutdated({ orders: { dataVersion: 1 } })).toBe(true);
    core.applyHere(notice([scope.entity("orders", "Order", "other"), scope.all]));
    expect(isFound(core)).toBe(false);
  });

  it("counts what was removed here with what others removed", async () => {
    const { core } = openCore();
    core.join(coherence({ announce: () => Promise.resolve({ isComplete: true, acknowledgedBy: 1, removed: 4 }) }));
    expect((await core.invalidate(notice([], { forgotten: [["Person.id", "ann"]] }))).removed).toBe(4);
    core.join(coherence({}));
    expect((await core.invalidate(notice([]))).removed).toBe(0);
  });
});

describe("what is kept in a process", () => {
  it("is looked up at any age, and is gone from memory once it was found to be no longer true", () => {
    const { core, advance } = openCore();
    const entry = keep(core);
    if (entry === undefined) throw new Error("It is kept.");
    advance(1e9);
    expect(core.read(entry.key, Number.NEGATIVE_INFINITY)).toBe(entry);
    expect(core.read(entry.key, -1)).toBe(entry);
    expect(core.read(entry.key, 0)).toBeUndefined();
    expect(core.memory.size).toBe(1);
    core.fence.invalidate([scope.product("orders")]);
    expect(core.read(entry.key, Number.NEGATIVE_INFINITY)).toBeUndefined();
    expect([core.memory.size, core.fence.size, entry.isRetired]).toEqual([0, 0, true]);
  });

  it("is of use for as long as others reckon with, where this process does not hear", () => {
    const { core, advance } = openCore();
    keep(core);
    let isCurrent = false;
    core.join(coherence({ isCurrent: () => isCurrent }));
    advance(isolatedMs - 1);
    expect(isFound(core)).toBe(true);
    advance(1);
    expect(isFound(core)).toBe(false);
    isCurrent = true;
    expect(isFound(core)).toBe(true);
  });

  it("is gone when something may have been missed, and so is what is being fetched", () => {
    const { core } = openCore();
    keep(core);
    const { lookup } = lookUp(core, plainShelf());
    lookup.find(0, "2");
    const fill = lookup.begin([lookup.missing(0, "2") ?? []].flat());
    core.listener.onGap();
    fill.keep({ values: [{ a: 1 }], cacheControl: undefined, age: undefined, about: undefined });
    expect([core.memory.size, core.fence.size]).toEqual([0, 0]);
    expect(keep(core, "2")).toBeDefined();
  });

  it("is read anew when its time is over, and before where it is used often", () => {
    const { core } = openCore();
    const entry = { freshUntil: 100, refreshAt: 90, uses: 0 } as Parameters<CacheCore["isDue"]>[0];
    const often = { ...entry, uses: 8 };
    const due = (now: number) => [
      core.isDue(entry, now, false),
      core.isDue(entry, now, true),
      core.isDue({ ...entry, uses: 7 }, now, false),
      core.isDue(often, now, false),
    ];
    expect(due(89)).toEqual([false, false, false, false]);
    expect(due(90)).toEqual([false, true, false, true]);
    expect(due(100)).toEqual([true, true, true, true]);
  });
});

describe("a shelf", () => {
  it("has one number, which no other thing has", () => {
    const { core } = openCore();
    const ids = ["", "__proto__", "constructor", "a", "a,b"];
    const numbers = ids.map((id) => core.numberOf(id));
    const others = [core.nextNumber(), core.nextNumber()];
    expect(new Set([...numbers, ...others]).size).toBe(ids.length + 2);
    expect(ids.map((id) => core.numberOf(id))).toEqual(numbers);
    for (let index = 0; index < 20_000; index++) core.numberOf(`other ${index}`);
    expect([...numbers, ...others]).not.toContain(core.numberOf("a"));
  });

  it("is reported once, and a thousand are", () => {
    const warnings: unknown[] = [];
    const logger = { info: () => undefined, warn: (what: unknown) => void warnings.push(what) } as unknown as Logger;
    const { core } = openCore({ logger });
    for (let index = 0; index < 1_200; index++) {
      for (let time = 0; time < 2; time++) core.reportVarying(plainShelf({ id: String(index) }));
    }
    expect(warnings).toHaveLength(1_000);
    expect(warnings[0]).toEqual({ subgraph: "orders", fetch: "Order" });
  });
});
