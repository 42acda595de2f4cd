import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printCacheControl, readCacheControl } from "./cache-control.ts";

const nothing = {
  noStore: false,
  noCache: false,
  isPrivate: false,
  isPublic: false,
  maxAge: undefined,
  sMaxAge: undefined,
  staleWhileRevalidate: undefined,
  staleIfError: undefined,
  mustRevalidate: false,
};

describe("Cache-Control", () => {
  it.each([
    ["", {}],
    ["max-age=60", { maxAge: 60 }],
    ["Public, MAX-AGE=60,s-maxage=10", { isPublic: true, maxAge: 60, sMaxAge: 10 }],
    ['max-age="60", private', { maxAge: 60, isPrivate: true }],
    ["max-age=1, stale-while-revalidate=2, stale-if-error=3", { maxAge: 1, staleWhileRevalidate: 2, staleIfError: 3 }],
    // RFC 9111, 5.2.3: what is not known is ignored, with its argument, whatever is in that.
    ['max-age=5, community="UCI, max-age=9", immutable, x=y=z', { maxAge: 5 }],
    // 5.2: of two the stricter; 4.2.1: what is no number is stale.
    ["max-age=60, max-age=5", { maxAge: 5 }],
    ["max-age=abc", { maxAge: 0 }],
    ["max-age=-1", { maxAge: 0 }],
    ["max-age=1.5", { maxAge: 0 }],
    ["max-age", { maxAge: 0 }],
    ["max-age=", { maxAge: 0 }],
    ["max-age=99999999999999999999", { maxAge: 2_147_483_648 }],
    ["stale-if-error", { staleIfError: 0 }],
    ['private="set-cookie, x", no-cache="a"', { isPrivate: true, noCache: true }],
    [",,no-store , ", { noStore: true }],
    ['"oops, no-store', { noStore: true }],
    ["must-revalidate", { mustRevalidate: true }],
    ["proxy-revalidate", { mustRevalidate: true }],
    ["ünbekannt=1, max-age=4", { maxAge: 4 }],
    // What is written wrongly forbids what it would forbid, and allows nothing.
    ['max-age=10"', { maxAge: 0 }],
    ['max-age="10', { maxAge: 0 }],
    ['max-age=10", private', { maxAge: 0, isPrivate: true }],
    ['no-store"', { noStore: true }],
    ['private="a', { isPrivate: true }],
    ['public", max-age=4', { maxAge: 4 }],
    ['x="\\", no-store", max-age=4', { maxAge: 4 }],
    ["=, =no-store, max-age=4", { maxAge: 4 }],
  ])("is read: %s", (header, expected) => {
    expect(readCacheControl(header)).toEqual({ ...nothing, ...expected });
  });

  it("is read whatever it is, to its end", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom(",", '"', "=", "max-age", "max-age=3", "\\", " ", "private"));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const { maxAge } = readCacheControl(parts.join(""));
        expect(maxAge === undefined || (Number.isInteger(maxAge) && maxAge >= 0)).toBe(true);
      }),
    );
  });

  it("forbids what one of its parts forbids, whatever the others are", () => {
    const part = fc.string().map((text) => text.replaceAll('"', ""));
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (before, after) => {
        const header = [...before, "No-Store", "max-age=0", "private", ...after].join(",");
        expect(readCacheControl(header)).toMatchObject({ noStore: true, maxAge: 0, isPrivate: true });
      }),
    );
  });

  it("is written as it is read", () => {
    expect(printCacheControl({ scope: "public", maxAge: 60.9, staleIfError: 10, staleWhileRevalidate: 0.5 })).toBe(
      "public, max-age=60, stale-if-error=10",
    );
    expect(printCacheControl({ maxAge: 0.9, staleIfError: 5 })).toBe("no-store");
    const seconds = fc.integer({ min: 1, max: 2_147_483_648 });
    const perhaps = fc.option(seconds, { nil: undefined });
    const scope = fc.constantFrom("public", "private", undefined);
    fc.assert(
      fc.property(scope, seconds, perhaps, perhaps, (scope, maxAge, staleIfError, staleWhileRevalidate) => {
        const read = readCacheControl(printCacheControl({ scope, maxAge, staleIfError, staleWhileRevalidate }));
        const [isPrivate, isPublic] = [scope === "private", scope === "public"];
        expect(read).toEqual({ ...nothing, isPrivate, isPublic, maxAge, staleIfError, staleWhileRevalidate });
      }),
    );
  });
});
