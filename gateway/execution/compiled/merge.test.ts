import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeInto } from "./merge.ts";
import type { JsonObject } from "./run-state.ts";

const objectTypes: ReadonlySet<string> = new Set(["Book"]);

/** A tree, and two parts of it that overlap: what two subgraphs say of the same value type. */
const parts = fc
  .letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(1, "x", true, null),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "constructor"), tie("tree"), { maxKeys: 4 }),
    ),
  }))
  .tree.chain((tree) =>
    fc.infiniteStream(fc.boolean()).map((choices) => {
      const whole = { root: tree };
      return [whole, part(whole, choices), part(whole, choices)].map((each) => JSON.parse(JSON.stringify(each)));
    }),
  );

function part(value: unknown, keep: Iterator<boolean>): unknown {
  if (Array.isArray(value)) return value.map((item) => part(item, keep));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, child]) => typeof child === "object" || keep.next().value === true);
  return Object.fromEntries(kept.map(([key, child]) => [key, part(child, keep)]));
}

test("merging does not depend on which part comes first, and changes none of the parts", () => {
  fc.assert(
    fc.property(parts, ([, first, second]) => {
      const [a, b]: JsonObject[] = [{}, {}];
      const before = JSON.stringify([first, second]);
      for (const each of [first, second]) mergeInto(a as JsonObject, each, objectTypes);
      for (const each of [second, first]) mergeInto(b as JsonObject, each, objectTypes);
      expect(a).toEqual(b);
      mergeInto(a as JsonObject, first, objectTypes);
      expect(a).toEqual(b);
      expect(JSON.stringify([first, second])).toBe(before);
      expect(Object.getPrototypeOf(a)).toBe(Object.prototype);
    }),
    { numRuns: 500 },
  );
});

test("a value is stronger than null; lists of another length stay what they are", () => {
  const target: JsonObject = { a: null, b: 1, list: [{ x: 1 }] };
  mergeInto(target, { a: 2, b: null, list: [{ x: 1 }, { x: 2 }], c: null }, objectTypes);
  expect(target).toEqual({ a: 2, b: 1, list: [{ x: 1 }], c: null });
});

test("an interface's name does not take the place of a type's", () => {
  const target: JsonObject = { item: { __typename: "Media" } };
  mergeInto(target, { item: { __typename: "Book" } }, objectTypes);
  mergeInto(target, { item: { __typename: "Media" } }, objectTypes);
  expect(target).toEqual({ item: { __typename: "Book" } });
});
