import { expect, it } from "vitest";
import { createLabelChoice } from "./override-labels.ts";

it("percentages are on for their share of requests, and those of one percentage together", () => {
  let number = 0;
  const choose = createLabelChoice(
    ["percent(30)", "percent(5)", "percent(0)", "percent(100)"],
    undefined,
    () => number,
  );
  const chosenAt = (at: number): readonly string[] => {
    number = at;
    return choose();
  };
  expect(chosenAt(0)).toEqual(["percent(100)", "percent(30)", "percent(5)"]);
  expect(chosenAt(0.05)).toEqual(["percent(100)", "percent(30)"]);
  expect(chosenAt(0.2999)).toEqual(["percent(100)", "percent(30)"]);
  expect(chosenAt(0.999)).toEqual(["percent(100)"]);
});

it("other labels are on when it is said so, and only then", () => {
  expect(createLabelChoice(["new-stock", "beta"], (label) => label === "beta")()).toEqual(["beta"]);
  expect(createLabelChoice(["new-stock"])()).toEqual([]);
});
