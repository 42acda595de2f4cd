import fc from "fast-check";
import { expect, test } from "vitest";
import { leafWriterFor, quote } from "./leaf-text.ts";

test("a quoted string is JSON.stringify's, whatever is in it", () => {
  const units = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
  const nasty = fc.constantFrom('"', "\\", "\n", "\u0000", "\u001f", "\u007f", "\u2028", "\ud83d", "\ude00", "a");
  fc.assert(
    fc.property(fc.string({ unit: fc.oneof(units, nasty) }), (text) => {
      expect(quote(text)).toBe(JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["String", "a", '"a"'],
  ["String", 1, undefined],
  ["ID", "a", '"a"'],
  ["ID", 12, '"12"'],
  ["ID", 1.5, undefined],
  ["Int", 2147483647, "2147483647"],
  ["Int", 2147483648, undefined],
  ["Int", -2147483648, "-2147483648"],
  ["Int", 1.5, undefined],
  ["Int", "1", undefined],
  ["Float", -0, "0"],
  ["Float", 1e300, "1e+300"],
  ["Float", "1", undefined],
  ["Boolean", false, "false"],
  ["Boolean", 0, undefined],
  ["Custom", { a: [1] }, '{"a":[1]}'],
])("%s of %j is %s", (type, value, text) => {
  expect(leafWriterFor(type, undefined)(value)).toBe(text);
});

test("an enum has the values that clients may see", () => {
  const write = leafWriterFor("Color", new Set(["RED"]));
  expect([write("RED"), write("SECRET"), write(1), write({}), write("constructor")]).toEqual([
    '"RED"',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
