import { expect, it } from "vitest";
import { DecayingCount } from "./decaying-count.ts";

const hour = 3_600_000;

it("counts half of what is a half-life old", () => {
  const count = new DecayingCount(hour, 0, 0);
  for (let i = 0; i < 8; i++) count.add(0);
  expect([count.read(0), count.read(hour), count.read(3 * hour)]).toEqual([8, 4, 1]);
  count.add(hour);
  expect([count.read(hour), count.read(2 * hour)]).toEqual([5, 2.5]);
});

it("starts from what was counted elsewhere", () => {
  const count = new DecayingCount(hour, 6, 10 * hour);
  count.add(11 * hour);
  expect(count.read(11 * hour)).toBe(4);
});

it("puts what is used now before what was used more, long ago", () => {
  const old = new DecayingCount(hour, 0, 0);
  const recent = new DecayingCount(hour, 0, 0);
  for (let i = 0; i < 1_000; i++) old.add(i);
  for (let i = 0; i < 10; i++) recent.add(10 * hour);
  expect(recent.read(10 * hour)).toBeGreaterThan(old.read(10 * hour));
});
