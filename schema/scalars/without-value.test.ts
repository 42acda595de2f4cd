import {
  coerceInputValue,
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
} from "graphql";
import { expect, it } from "vitest";
import { withoutValue } from "./without-value.ts";

const region = new GraphQLEnumType({ name: "Region", values: { EAST: {}, WEST: {} } });

it.each([GraphQLInt, GraphQLFloat, GraphQLString, GraphQLBoolean, GraphQLID, region])(
  "tells what is wrong with a %s without repeating it",
  (type) => {
    const secrets: readonly unknown[] = [
      "ada@example.org",
      'a" does not exist: ada@example.org',
      ["ada@example.org"],
      { "ada@example.org": 1 },
      47.11,
      4711e9,
    ];
    const problems: string[] = [];
    for (const secret of secrets) {
      coerceInputValue(secret, type, (_path, _value, { message }) => problems.push(withoutValue(message)));
    }
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).not.toMatch(/ada|47\.11|4711/);
  },
);

it("keeps what helps", () => {
  const told: string[] = [];
  coerceInputValue("EAS", region, (_path, _value, { message }) => told.push(withoutValue(message)));
  expect(told).toEqual(['The value does not exist in "Region" enum. Did you mean the enum value "EAST"?']);
});
