import { describe, expect, it, vi } from "vitest";
import * as scope from "../fence/scopes.ts";
import { PendingInvalidations } from "./pending-invalidations.ts";
import type { FenceInvalidation } from "./shared-storage.ts";

const invalidated = (...fields: string[]): FenceInvalidation => ({ owner: "orders", fields, version: undefined });
const asking = (field: string) => [{ owner: "orders", fields: [field] }];

function setup(patienceMs = 10_000) {
  const told: string[][] = [];
  let isDown = false;
  const held: (() => void)[] = [];
  let holds = false;
  const pending = new PendingInvalidations({
    async tell(fences) {
      if (holds)
        await new Promise<void>((resolve) => {
          held.push(resolve);
        });
      if (isDown) throw new Error("gone");
      told.push(fences.flatMap(({ fields }) => [...fields]));
    },
    patienceMs,
    firstPauseMs: 1,
  });
  return {
    pending,
    told,
    down: (is: boolean) => {
      isDown = is;
    },
    hold: (is: boolean) => {
      holds = is;
      if (!is) for (const go of held.splice(0)) go();
    },
  };
}

describe("invalidations on their way", () => {
  it("concern whoever asks for their fields until they are told, and nobody else", async () => {
    const { pending, hold } = setup();
    hold(true);
    const added = pending.add([invalidated("a", "b")]);
    expect(pending.concerns(asking("a"))).toBe(true);
    expect(pending.concerns(asking("c"))).toBe(false);
    expect(pending.concerns([{ owner: "other", fields: ["a"] }])).toBe(false);
    hold(false);
    expect(await added).toBe(true);
    expect(pending.concerns(asking("a"))).toBe(false);
  });

  it("are told again and again, together, and concern until then", async () => {
    const { pending, told, down } = setup();
    down(true);
    const added = Promise.all([pending.add([invalidated("a")]), pending.add([invalidated("b")])]);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(told).toEqual([]);
    expect(pending.concerns(asking("a")) && pending.concerns(asking("b"))).toBe(true);
    down(false);
    expect(await added).toEqual([true, true]);
    expect(told.flat().toSorted()).toEqual(["a", "b"]);
    expect(pending.concerns(asking("a"))).toBe(false);
  });

  it("are waited for with some patience, and are tried beyond it", async () => {
    const { pending, told, down } = setup(5);
    down(true);
    expect(await pending.add([invalidated("a")])).toBe(false);
    expect(await pending.add([invalidated("b")])).toBe(false);
    down(false);
    await vi.waitFor(() => expect(told.flat().toSorted()).toEqual(["a", "b"]), 5_000);
  });

  it("mean all that is an owner's when there are too many", async () => {
    const { pending, told, down } = setup(5);
    down(true);
    const fields = Array.from({ length: 10_001 }, (_, index) => `field ${index}`);
    expect(await pending.add([invalidated(...fields)])).toBe(false);
    expect(pending.concerns(asking(scope.product("orders")))).toBe(true);
    down(false);
    await vi.waitFor(() => expect(told).toEqual([[scope.product("orders"), scope.any("orders")]]), 5_000);
  });

  it("keep the version that was announced last", async () => {
    const versions: unknown[] = [];
    let isDown = true;
    const pending = new PendingInvalidations({
      tell(fences) {
        if (isDown) return Promise.reject(new Error("gone"));
        versions.push(...fences.map(({ version }) => version));
        return Promise.resolve();
      },
      firstPauseMs: 1,
    });
    const announce = (version: number, at: number) =>
      pending.add([{ owner: "orders", fields: [], version: { version, at } }]);
    const added = Promise.all([announce(3, 10), announce(1, 20), announce(2, 15)]);
    setTimeout(() => {
      isDown = false;
    }, 10);
    expect(await added).toEqual([true, true, true]);
    expect(versions.at(-1)).toEqual({ version: 1, at: 20 });
  });

  it("have all been told when they are settled: also those that are being told for the first time", async () => {
    for (const fails of [false, true]) {
      const { pending, told, down, hold } = setup();
      hold(true);
      const added = pending.add([invalidated("a")]);
      let isSettled: boolean | undefined;
      const settled = pending.settled().then((is) => {
        isSettled = is;
      });
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      expect(isSettled).toBeUndefined();
      down(fails);
      hold(false);
      setTimeout(() => down(false), 5);
      await settled;
      expect([isSettled, told]).toEqual([true, [["a"]]]);
      expect(await added).toBe(true);
    }
  });

  it("are settled where there are none", async () => {
    const { pending } = setup();
    expect(await pending.settled()).toBe(true);
    expect(await pending.add([])).toBe(true);
    expect(await pending.settled()).toBe(true);
  });

  it("are given up when the process ends", async () => {
    const { pending, down } = setup();
    down(true);
    const added = pending.add([invalidated("a")]);
    setTimeout(() => pending.close(), 5);
    expect(await added).toBe(false);
  });
});
