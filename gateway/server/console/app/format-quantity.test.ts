import { expect, test } from "vitest";
import { formatAge, formatBytes, formatDate, formatDuration, formatRelative } from "./format-quantity.ts";

test("quantities are written with the unit that people would choose", () => {
  expect([1.234, 45.6, 1234].map(formatDuration)).toEqual(["1.2 ms", "46 ms", "1.23 s"]);
  expect([999, 1500, 2_500_000].map(formatBytes)).toEqual(["999 B", "1.5 kB", "2.5 MB"]);
  expect([0, 59, 190, 7300, 172_800].map(formatAge)).toEqual(["0 s", "59 s", "3 min", "2 h", "2 d"]);
  expect([0, 90, -7200, 86_400, 2_629_800 * 4].map(formatRelative)).toEqual([
    "now",
    "in 1 minute",
    "2 hours ago",
    "tomorrow",
    "in 4 months",
  ]);
  expect(formatDate(new Date("2026-12-31T23:59:59Z"))).toBe("Dec 31, 2026");
});
