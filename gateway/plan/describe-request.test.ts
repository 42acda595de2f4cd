import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wrap } from "./describe-request.ts";

describe("wrapped text", () => {
  it("keeps to the width and loses nothing but spaces", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", " ", ".", "{", "}") }),
        fc.integer({ min: 1, max: 12 }),
        (text, width) => {
          const lines = wrap(text, width);
          expect(lines.every((line) => line.length <= width && line !== "")).toBe(true);
          expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
        },
      ),
    );
  });

  it("breaks behind spaces, braces and dots where it can", () => {
    expect(wrap("{users{id name}}", 8)).toEqual(["{users{", "id", "name}}"]);
    expect(wrap("users.@.reviews.@", 10)).toEqual(["users.@.", "reviews.@"]);
    expect(wrap("unbreakable", 4)).toEqual(["unbr", "eaka", "ble"]);
  });
});
