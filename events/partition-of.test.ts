import { expect, it } from "vitest";
import { partitionOf } from "./partition-of.ts";

it("is the same for ever: events that are kept already depend on it", () => {
  const keys = ["", "a", 'orders/Order/[["orderId","CA-2017-140151"]]', "日本語 🐟", "\ud800"];
  expect(keys.map((key) => partitionOf(key, 8))).toEqual([5, 4, 1, 5, 2]);
  // FNV-1a of "foobar", from its authors' test vectors.
  expect(partitionOf("foobar", 0xffffffff)).toBe(0xbf9cf968);
});

it("spreads keys evenly", () => {
  const counts = new Array<number>(8).fill(0);
  for (let i = 0; i < 8_000; i++) {
    const partition = partitionOf(`orders/Order/[["orderId",${i}]]`, 8);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
});
