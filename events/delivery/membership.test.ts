import { expect, it } from "vitest";
import { Membership } from "./membership.ts";

it("shares evenly with those who were heard lately", () => {
  const members = new Membership(1_000);
  expect(members.share(8, 0)).toBe(8);
  expect(members.heard("a", 0)).toBe(true);
  expect(members.heard("b", 500)).toBe(true);
  expect(members.heard("a", 600)).toBe(false);
  expect(members.share(8, 1_499)).toBe(3);
  expect(members.share(8, 1_500)).toBe(4);
  expect(members.left("a")).toBe(true);
  expect(members.left("a")).toBe(false);
  expect(members.share(1, 1_600)).toBe(1);
});
