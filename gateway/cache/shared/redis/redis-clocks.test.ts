import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RedisClocks } from "./redis-clocks.ts";

function open() {
  let time = 5_000;
  const clocks = new RedisClocks(() => time);
  return {
    clocks,
    /** An answer of the server, so many milliseconds after the last one here. */
    answer(afterMs: number, serverNow: number, run = "run", owner = "orders"): boolean {
      time += afterMs;
      return clocks.wentBack(owner, run, serverNow);
    },
  };
}

describe("the clock of a server", () => {
  it("went back when it is behind by more than answers may be late, once", () => {
    const { answer } = open();
    expect(answer(0, 1_000_000)).toBe(false);
    expect(answer(10_000, 1_009_000)).toBe(false);
    expect(answer(0, 1_008_999)).toBe(true);
    expect(answer(0, 1_008_999)).toBe(false);
    expect(answer(1_000, 1_009_999)).toBe(false);
    expect(answer(0, 1_008_998)).toBe(true);
  });

  it("went back from where it was ahead most, however slowly", () => {
    const { answer } = open();
    answer(0, 1_000_000);
    const wentBack = Array.from({ length: 20 }, (_, index) => answer(1_000, 1_000_000 + 900 * (index + 1)));
    expect(wentBack.filter(Boolean)).toHaveLength(1);
  });

  it("is another one after a restart, and each owner's server has its own", () => {
    const { answer } = open();
    answer(0, 1_000_000);
    expect(answer(0, 10, "restarted")).toBe(false);
    expect(answer(0, 1_000_000, "run", "customers")).toBe(false);
    expect(answer(0, 10, "restarted", "__proto__")).toBe(false);
    expect(answer(0, -2_000, "restarted")).toBe(true);
    expect(answer(0, 998_000, "run", "customers")).toBe(true);
    expect(answer(0, 9, "restarted", "__proto__")).toBe(false);
  });

  it("is never taken to have gone back while it goes on, however late its answers are up to a second", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100_000), fc.nat(1_000)), { maxLength: 50 }), (answers) => {
        const { answer } = open();
        let server = 1_000_000;
        let lateness = 0;
        for (const [passed, late] of answers) {
          server += passed;
          // So late it is here by its own clock.
          expect(answer(passed + late - lateness, server)).toBe(false);
          lateness = late;
        }
      }),
    );
  });

  it("is found to have gone back by more than two seconds, whatever answers came before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(10_000), fc.nat(1_000)), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2_001, max: 1e12 }),
        (answers, backMs) => {
          const { answer } = open();
          let server = 1_000_000;
          let lateness = 0;
          for (const [passed, late] of answers) {
            server += passed;
            answer(passed + late - lateness, server);
            lateness = late;
          }
          expect(answer(-lateness, server - backMs)).toBe(true);
        },
      ),
    );
  });
});
