import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DURATION_PATTERN, parseDurationMs, printDuration } from "./duration.ts";
import { parseShare, printShare } from "./percentage.ts";
import { parseVersion, versionSatisfies } from "./version.ts";

describe("durations", () => {
  test.each([
    ["90d", 7_776_000_000],
    ["PT1H", 3_600_000],
    ["P90D", 7_776_000_000],
    ["P1DT12H", 129_600_000],
    ["PT0.5S", 500],
    ["5 minutes", 300_000],
    ["1 hour", 3_600_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["1mo", 2_592_000_000],
    ["1y", 31_536_000_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
    expect(text).toMatch(new RegExp(DURATION_PATTERN));
  });

  test.each(["", "90", "d", "-1d", "90 d", "P", "PT", "P1H", "1h30m", "ninety days", "99999999999999999y"])(
    "%s is none",
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
    },
  );

  test("printing and reading gives the same time", () => {
    fc.assert(fc.property(fc.nat(), (ms) => parseDurationMs(printDuration(ms)) === ms));
  });
});

describe("shares", () => {
  test.each<[string | number, number]>([
    ["99%", 0.99],
    ["99.9%", 0.999],
    ["99.9 %", 0.999],
    [0.999, 0.999],
    ["0.5", 0.5],
    [1, 1],
    ["100%", 1],
    ["33.333%", 0.33333],
  ])("%s is %d", (written, share) => {
    expect(parseShare(written)).toBe(share);
  });

  test.each<[string | number]>([["101%"], [99], [-0.1], ["many"], [""], [Number.NaN], ["1.5"]])(
    "%s is none",
    (written) => {
      expect(parseShare(written)).toBeUndefined();
    },
  );

  test("printing and reading gives the same share", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        (millionths) => parseShare(printShare(millionths / 1_000_000)) === millionths / 1_000_000,
      ),
    );
  });
});

describe("versions", () => {
  test.each<[string | number, string | undefined]>([
    ["2", "2.0.0"],
    [2, "2.0.0"],
    ["2.1", "2.1.0"],
    ["2.1.3-rc.1", "2.1.3-rc.1"],
    ["v2", undefined],
    ["2.1.3.4", undefined],
    ["02.1", undefined],
    ["", undefined],
    [-1, undefined],
  ])("%s is %s", (written, version) => {
    expect(parseVersion(written)).toBe(version);
  });

  test("ranges are npm's", () => {
    expect(versionSatisfies("2.3.0", "^2")).toBe(true);
    expect(versionSatisfies("3.0.0-rc.1", ">=2")).toBe(false);
  });
});
