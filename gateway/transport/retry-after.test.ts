import { expect, it } from "vitest";
import { readRetryAfter } from "./retry-after.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

it.each([
  ["2", 2_000],
  [" 0 ", 0],
  ["Sun, 01 Mar 2026 12:00:03 GMT", 3_000],
  ["Sun, 01 Mar 2026 11:59:00 GMT", 0],
  ["soon", undefined],
  ["-1.5 bananas", undefined],
  ["", undefined],
  [undefined, undefined],
  [["1", "9"], 1_000],
])("reads %j as %j ms from now", (header, expected) => {
  expect(readRetryAfter(header, now)).toBe(expected);
});
