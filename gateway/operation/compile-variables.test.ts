import { buildSchema, Kind, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { compileVariables } from "./compile-variables.ts";

const schema = buildSchema(`
  type Query { a(i: Int!, where: Where, odd: [Odd!]): Int }
  input Where { region: Region = EAST, and: [Where!], odd: Odd }
  input Odd { constructor: Int, toString: String!, inner: Odd }
  enum Region { EAST WEST }`);

function check(text: string, variables: string, hints = true): readonly unknown[] | undefined {
  const [definition] = parse(`query (${text}) { __typename }`).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error("no operation");
  const rejected = compileVariables(schema, definition, hints)(JSON.parse(variables));
  return rejected?.errors.map(({ message, extensions }) => [message, extensions?.path]);
}

describe("variables", () => {
  it.each<[string, string, unknown]>([
    ["$i: Int!", '{ "i": 1, "more": 2 }', undefined],
    ["$i: Int! = 1", "{}", undefined],
    ["$i: Int", '{ "i": null }', undefined],
    [
      "$i: Int!",
      "{}",
      [['Variable "$i" has an invalid value: it is required, of type "Int!", and was not given', ["i"]]],
    ],
    [
      "$i: Int! = 1",
      '{ "i": null }',
      [['Variable "$i" has an invalid value: null is not allowed for type "Int!"', ["i"]]],
    ],
    ["$w: [Where]", '{ "w": { "and": { "region": "WEST" } } }', undefined],
    [
      "$w: [Where], $i: Int",
      '{ "w": [{}, { "and": [{}, { "region": 1 }] }], "i": "1" }',
      [
        [
          'Variable "$w" has an invalid value at "w.1.and.1.region": Enum "Region" cannot represent non-string value',
          ["w", 1, "and", 1, "region"],
        ],
        ['Variable "$i" has an invalid value: Int cannot represent non-integer value', ["i"]],
      ],
    ],
  ])("of %s are judged in %s", (text, variables, expected) => {
    expect(check(text, variables)).toEqual(expected);
  });

  it("are told twenty faults at most", () => {
    expect(check("$w: [Where]", `{ "w": [${Array.from({ length: 50 }, () => '"no"').join()}] }`)?.length).toBe(20);
  });

  it("name fields and values that the client did not name only where they may", () => {
    const [told, kept] = [true, false].map((hints) => check("$w: Where", '{ "w": { "regon": "EAST" } }', hints));
    expect(told).toEqual([[expect.stringMatching(/Did you mean "region"/), ["w"]]]);
    expect(kept).toEqual([[expect.not.stringMatching(/Did you mean/), ["w"]]]);
  });

  it("have no fields that objects have by themselves", () => {
    expect(
      check(
        "$o: [Odd!], $w: Where",
        '{ "o": [{ "toString": "a" }], "w": { "odd": { "toString": "b", "constructor": 1 } } }',
      ),
    ).toBeUndefined();
    expect(check("$w: Where", '{ "w": { "and": { "odd": { "inner": null } } } }')).toEqual([
      [expect.stringMatching(/Field "toString" of required type "String!" was not provided/), ["w", "and", "odd"]],
    ]);
    expect(check("$constructor: Int, $__proto__: Int!", '{ "__proto__": 1 }')).toBeUndefined();
  });
});
