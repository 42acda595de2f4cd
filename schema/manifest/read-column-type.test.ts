import fc from "fast-check";
import { expect, test } from "vitest";
import type { ColumnType, ScalarKind } from "./column-type.ts";
import { printColumnType, readColumnType } from "./read-column-type.ts";

const scalars: ScalarKind[] = [
  "string",
  "uuid",
  "integer",
  "long",
  "double",
  "boolean",
  "date",
  "time",
  "timestamp",
  "json",
  "binary",
];

const { type } = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...scalars).map((kind) => ({ kind })),
    fc
      .nat(38)
      .chain((scale) =>
        fc
          .integer({ min: Math.max(scale, 1), max: 38 })
          .map((precision) => ({ kind: "decimal" as const, precision, scale })),
      ),
    tie("type").map((items) => ({ kind: "array" as const, items })),
    fc.tuple(tie("type"), tie("type")).map(([keys, values]) => ({ kind: "map" as const, keys, values })),
    fc
      .uniqueArray(fc.record({ name: fc.stringMatching(/^[a-z_]\w{0,6}$/), type: tie("type") }), {
        minLength: 1,
        maxLength: 3,
        selector: ({ name }) => name,
      })
      .map((fields) => ({ kind: "struct" as const, fields })),
  ),
}));

test("reading what was printed gives the type, with spaces wherever they may be", () => {
  fc.assert(
    fc.property(type, (columnType) => {
      const printed = printColumnType(columnType);
      expect(readColumnType(printed)).toEqual(columnType);
      expect(readColumnType(` ${printed.replaceAll(/([<>,:()])/g, " $1 ")} `)).toEqual(columnType);
    }),
  );
});

test.each([
  ["decimal", "decimal(38,9)"],
  ["decimal(12)", "decimal(12,0)"],
  ["array< string >", "array<string>"],
])("%s is %s", (text, canonical) => {
  expect(printColumnType(readColumnType(text))).toBe(canonical);
});

test.each([
  ["", /Expected a type at the end/],
  ["strng", /no type `strng`\. Did you mean `string`\?/],
  ["bigint", /Did you mean `long`\?/],
  ["string string", /Nothing may follow/],
  ["array", /Expected `<` at the end/],
  ["array<string", /Expected `>` at the end/],
  ["decimal(2,3)", /more digits after the point/],
  ["decimal(39)", /1 to 38 digits/],
  ["struct<a:string,a:long>", /two fields `a`/],
  ["array<".repeat(99), /nested 16 deep/],
])("%s is refused", (text, message) => {
  expect(() => readColumnType(text)).toThrow(message);
});
