/** The fence against a model that keeps all history: what it says is just what the whole list of invalidations says. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dependence, Fence, type SharedScopes } from "./fence.ts";

const name = fc.constantFrom("a", "b", "c", "d", "e");
const names = fc.array(name, { maxLength: 3 });
const at = fc.nat(5);

type Step =
  | { readonly kind: "enter" }
  | { readonly kind: "share"; readonly fill: number; readonly names: readonly string[] }
  | { readonly kind: "hold"; readonly fill: number; readonly names: readonly string[] }
  | { readonly kind: "leave"; readonly fill: number }
  | { readonly kind: "release"; readonly held: number }
  | { readonly kind: "invalidate"; readonly names: readonly string[] }
  | { readonly kind: "invalidateAll" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("enter" as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("share" as const), fill: at, names }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("hold" as const), fill: at, names }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave" as const), fill: at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), held: at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("invalidate" as const), names }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("invalidateAll" as const) }) },
);

interface Fill {
  readonly began: number;
  /** How many invalidations there had been. */
  readonly since: number;
  shared: { readonly scopes: SharedScopes; readonly names: readonly string[] } | undefined;
}

interface Held {
  readonly dependence: Dependence;
  readonly names: readonly string[];
  readonly since: number;
}

class World {
  readonly fence = new Fence();
  /** Every invalidation; `undefined` of everything. */
  readonly history: (readonly string[] | undefined)[] = [];
  readonly fills: Fill[] = [];
  readonly held: Held[] = [];
  readonly outcomes = { held: 0, refused: 0 };

  isUntouched(about: readonly string[], since: number): boolean {
    return this.history.slice(since).every((each) => each !== undefined && !each.some((one) => about.includes(one)));
  }

  run(step: Step): void {
    const { fence, history, fills, held } = this;
    switch (step.kind) {
      case "enter":
        fills.push({ began: fence.enter(), since: history.length, shared: undefined });
        return;
      case "share": {
        const fill = fills[step.fill % fills.length];
        if (fill === undefined || fill.shared !== undefined) return;
        const scopes = fence.share(step.names, fill.began);
        expect(scopes !== undefined).toBe(this.isUntouched(step.names, fill.since));
        if (scopes !== undefined) fill.shared = { scopes, names: step.names };
        return;
      }
      case "hold": {
        const fill = fills[step.fill % fills.length];
        if (fill?.shared === undefined) return;
        const dependence = fence.hold(fill.shared.scopes, step.names, fill.began);
        expect(dependence !== undefined).toBe(this.isUntouched(step.names, fill.since));
        this.outcomes[dependence === undefined ? "refused" : "held"]++;
        if (dependence === undefined) return;
        held.push({ dependence, names: [...step.names, ...fill.shared.names], since: fill.since });
        return;
      }
      case "leave": {
        const [fill] = fills.splice(step.fill % Math.max(1, fills.length), 1);
        if (fill === undefined) return;
        if (fill.shared !== undefined) fence.unshare(fill.shared.scopes);
        fence.leave();
        return;
      }
      case "release": {
        const [one] = held.splice(step.held % Math.max(1, held.length), 1);
        if (one !== undefined) fence.release(one.dependence);
        return;
      }
      case "invalidate":
        history.push(step.names);
        fence.invalidate(step.names);
        return;
      case "invalidateAll":
        history.push(undefined);
        fence.invalidateAll();
    }
  }

  check(): void {
    for (const { dependence, names: about, since } of this.held) {
      expect(this.fence.isIntact(dependence)).toBe(this.isUntouched(about, since));
    }
  }
}

describe("a fence", () => {
  it("knows what is intact as whoever remembers everything, and forgets what nobody holds", () => {
    let [kept, refused] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: "max" }), (steps) => {
        const world = new World();
        for (const each of steps) {
          world.run(each);
          world.check();
        }
        kept += world.outcomes.held;
        refused += world.outcomes.refused;
        const heldNames = new Set(world.held.flatMap((each) => each.names));
        while (world.fills.length > 0) world.run({ kind: "leave", fill: 0 });
        world.check();
        expect(world.fence.size).toBe(heldNames.size);
        while (world.held.length > 0) world.run({ kind: "release", held: 0 });
        expect(world.fence.size).toBe(0);
      }),
      { numRuns: 500 },
    );
    expect(kept).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(100);
  });

  it("gives up what is under way when more is invalidated than it notes, and nothing that begins later", () => {
    const fence = new Fence();
    const before = fence.enter();
    fence.invalidate(Array.from({ length: 10_001 }, (_, index) => `n${index}`));
    const after = fence.enter();
    expect(fence.share(["untouched"], before)).toBeUndefined();
    const shared = fence.share(["untouched"], after);
    if (shared === undefined) throw new Error("It was untouched.");
    expect(fence.hold(shared, ["n1"], before)).toBeUndefined();
    const dependence = fence.hold(shared, ["n1"], after);
    if (dependence === undefined) throw new Error("It was untouched since.");
    expect(fence.isIntact(dependence)).toBe(true);
    fence.leave();
    fence.leave();
    fence.invalidate(["n1"]);
    expect(fence.isIntact(dependence)).toBe(false);
  });

  it("notes nothing while nothing is under way, and is right all the same", () => {
    const fence = new Fence();
    const first = fence.enter();
    const shared = fence.share(["s"], first);
    const dependence = shared && fence.hold(shared, ["x"], first);
    fence.leave();
    if (dependence === undefined) throw new Error("It was untouched.");
    for (let time = 0; time < 20_000; time++) fence.invalidate([`other${time}`]);
    expect(fence.isIntact(dependence)).toBe(true);
    expect(fence.size).toBe(2);
    fence.invalidate(["x"]);
    // Whoever begins now reads what is true now, whoever holds what is not.
    const second = fence.enter();
    const anew = fence.share(["s"], second);
    const again = anew && fence.hold(anew, ["x"], second);
    fence.leave();
    expect(again && fence.isIntact(again)).toBe(true);
    expect(fence.isIntact(dependence)).toBe(false);
  });
});
