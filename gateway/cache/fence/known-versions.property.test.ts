/** What was announced last counts, in whatever order it is told, and again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnnouncedVersion, KnownVersions, laterOf } from "./known-versions.ts";

const announced: fc.Arbitrary<AnnouncedVersion> = fc.record({
  version: fc.integer({ min: -3, max: 3 }),
  at: fc.integer({ min: -2, max: 2 }),
});

describe("the later of two announcements", () => {
  it("is the same in any order, of three too, and of one with itself", () => {
    fc.assert(
      fc.property(announced, announced, announced, (a, b, c) => {
        expect(laterOf(a, b)).toEqual(laterOf(b, a));
        expect(laterOf(laterOf(a, b), c)).toEqual(laterOf(a, laterOf(b, c)));
        expect(laterOf(a, a)).toEqual(a);
        expect(laterOf(a, undefined)).toBe(a);
      }),
    );
  });

  it("is the one that was published later, whatever its number is", () => {
    expect(laterOf({ version: 1, at: 20 }, { version: 900, at: 10 })).toEqual({ version: 1, at: 20 });
    expect(laterOf({ version: 1, at: 20 }, { version: 2, at: 20 })).toEqual({ version: 2, at: 20 });
  });
});

describe("an answer", () => {
  it("is outdated just where a product in it says an older version than was announced last", () => {
    const name = fc.constantFrom("orders", "parts", "__proto__", "constructor", "a,b", "");
    const dataVersion = fc.oneof(
      fc.integer({ min: -4, max: 4 }),
      fc.constantFrom(undefined, null, "1", Number.NaN, {}),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, announced)),
        fc.array(fc.tuple(name, dataVersion)),
        fc.nat(),
        (announcements, said, turn) => {
          const versions = new KnownVersions();
          const at = announcements.length === 0 ? 0 : turn % announcements.length;
          const inOrder = [...announcements.slice(at), ...announcements, ...announcements.slice(0, at)];
          for (const [product, one] of inOrder) versions.announce(product, one);
          const last = new Map<string, AnnouncedVersion>();
          for (const [product, one] of announcements) last.set(product, laterOf(one, last.get(product)));
          const about = Object.fromEntries(said.map(([product, version]) => [product, { dataVersion: version }]));
          const isOutdated = Object.entries(about).some(
            ([product, { dataVersion: version }]) =>
              typeof version === "number" && version < (last.get(product)?.version ?? Number.NEGATIVE_INFINITY),
          );
          expect(versions.isOutdated(about)).toBe(isOutdated);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("that says nothing of a product, or nothing that can be read, is not", () => {
    const versions = new KnownVersions();
    expect(versions.isOutdated({ orders: { dataVersion: 1 } })).toBe(false);
    versions.announce("orders", { version: 2, at: 1 });
    for (const about of [
      undefined,
      {},
      { orders: null },
      { orders: "1" },
      { orders: [1] },
      { parts: { dataVersion: 1 } },
    ]) {
      expect(versions.isOutdated(about)).toBe(false);
    }
    expect(versions.isOutdated({ orders: { dataVersion: 1 } })).toBe(true);
  });
});
