import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fence } from "../fence/fence.ts";
import { type Kept, MemoryStore } from "./memory-store.ts";
import { sizeOf } from "./size-of.ts";

interface Thing extends Kept {
  readonly number: number;
}

function open(maxBytes: number) {
  const fence = new Fence();
  const store = new MemoryStore<Thing>(maxBytes, fence);
  let numbers = 0;
  const thing = (bytes: number, scope = "s"): Thing => {
    const began = fence.enter();
    const shared = fence.share([], began);
    const dependence = shared && fence.hold(shared, [scope], began);
    if (shared !== undefined) fence.unshare(shared);
    fence.leave();
    if (dependence === undefined) throw new Error("Nothing was invalidated.");
    return { number: numbers++, bytes, dependence, isRetired: false };
  };
  return { fence, store, thing };
}

describe("a store in memory", () => {
  it("lets the least recently used go", () => {
    const { store, thing, fence } = open(3 * (100 + 1 + 400));
    const [a, b, c, d] = [thing(100, "a"), thing(100, "b"), thing(100, "c"), thing(100, "d")];
    store.set("a", a);
    store.set("b", b);
    store.set("c", c);
    expect(store.get("a")).toBe(a);
    store.set("d", d);
    expect(["a", "b", "c", "d"].map((key) => store.get(key)?.number)).toEqual([0, undefined, 2, 3]);
    expect([a, b, c, d].map(({ isRetired }) => isRetired)).toEqual([false, true, false, false]);
    expect(store.evicted).toBe(1);
    expect(fence.size).toBe(3);
  });

  it("lets what was there go for what takes its place", () => {
    const { store, thing, fence } = open(10_000);
    const [old, recent] = [thing(1, "old"), thing(1, "recent")];
    store.set("k", old);
    store.set("k", recent);
    expect([old.isRetired, recent.isRetired, store.size, store.evicted]).toEqual([true, false, 1, 0]);
    expect(store.get("k")).toBe(recent);
    expect(fence.size).toBe(1);
  });

  it("keeps neither what is too large nor what was there before", () => {
    const { store, thing, fence } = open(1_000);
    const [small, large] = [thing(1, "small"), thing(600, "large")];
    store.set("k", small);
    store.set("k", large);
    expect([small.isRetired, large.isRetired, store.size]).toEqual([true, true, 0]);
    expect(store.get("k")).toBeUndefined();
    expect(fence.size).toBe(0);
  });

  it("keeps nothing where there is no room", () => {
    const { store, thing, fence } = open(0);
    const one = thing(0);
    store.set("", one);
    expect([store.size, one.isRetired, fence.size]).toEqual([0, true, 0]);
  });

  it("removes what is meant, and says how many", () => {
    const { store, thing, fence } = open(1_000_000);
    for (let index = 0; index < 100; index++) store.set(`k${index}`, thing(1, `s${index}`));
    for (let index = 0; index < 100; index += 7) store.get(`k${index}`);
    expect(store.remove(({ number }) => number % 3 === 0)).toBe(34);
    expect(store.size).toBe(66);
    expect([...store.values()].some(({ number }) => number % 3 === 0)).toBe(false);
    expect(fence.size).toBe(66);
    expect(store.remove(() => true)).toBe(66);
    expect([store.size, store.bytes, fence.size]).toEqual([0, 0, 0]);
  });

  it("never takes more than it may, holds what it has and nothing else", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f".repeat(50));
    const maxBytes = 2_500;
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ kind: fc.constant("set" as const), key, bytes: fc.nat(3_000) }),
            fc.record({ kind: fc.constant("get" as const), key }),
            fc.record({ kind: fc.constant("delete" as const), key }),
            fc.record({ kind: fc.constant("remove" as const), odd: fc.boolean() }),
          ),
          { maxLength: 60 },
        ),
        (steps) => {
          const { store, thing, fence } = open(maxBytes);
          const all: Thing[] = [];
          const last = new Map<string, Thing>();
          for (const step of steps) {
            if (step.kind === "set") {
              const one = thing(step.bytes, `scope ${all.length}`);
              all.push(one);
              last.set(step.key, one);
              store.set(step.key, one);
            } else if (step.kind === "get") {
              const found = store.get(step.key);
              if (found !== undefined) expect(found).toBe(last.get(step.key));
            } else if (step.kind === "delete") store.delete(step.key);
            else store.remove(({ number }) => (number % 2 === 1) === step.odd);
            const kept = new Set(store.values());
            expect(store.bytes).toBeLessThanOrEqual(maxBytes);
            expect(store.size).toBe(kept.size);
            expect(all.filter(({ isRetired }) => !isRetired)).toEqual(all.filter((one) => kept.has(one)));
            expect(fence.size).toBe(kept.size);
          }
        },
      ),
    );
  });
});

describe("the size of a value", () => {
  it("grows with everything in it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.string({ minLength: 1 }), (value, text) => {
        const size = sizeOf(value);
        expect(size).toBeGreaterThan(0);
        expect(sizeOf([value])).toBeGreaterThan(size);
        expect(sizeOf({ value })).toBeGreaterThan(size);
        expect(sizeOf([value, text])).toBeGreaterThanOrEqual(sizeOf([value]) + text.length);
        expect(size).toBeGreaterThanOrEqual((JSON.stringify(value).length - 2) / 7);
      }),
    );
  });
});
