import { buildSchema, Kind, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { collectCoordinates } from "./coordinates.ts";

const schema = buildSchema(`
  directive @note(text: String) on FIELD
  type Query { node(id: ID!): Node, people(where: Where, sort: [Sort!]): [Person!]!, any: Any }
  interface Node { id: ID! }
  type Person implements Node { id: ID!, name(upper: Boolean): String, friends(where: Where): [Person!]! }
  type Thing implements Node { id: ID! }
  union Any = Person | Thing
  input Where { name: String, sort: Sort, and: [Where!] }
  enum Sort { UP DOWN }
`);

function coordinatesOf(text: string, operationName?: string): string[] {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .find(({ name }) => operationName === undefined || name?.value === operationName);
  if (operation === undefined) throw new Error("no operation");
  return [...collectCoordinates(schema, document, operation)].sort();
}

describe("the coordinates of an operation", () => {
  it("are its fields, arguments, input fields and enum values, not its aliases", () => {
    const named = coordinatesOf(
      '{ p: people(where: { name: "a", and: [{ sort: UP }] }, sort: DOWN) { n: name(upper: true) } }',
    );
    expect(named).toEqual([
      "Person.name",
      "Person.name(upper:)",
      "Query.people",
      "Query.people(sort:)",
      "Query.people(where:)",
      "Sort.DOWN",
      "Sort.UP",
      "Where.and",
      "Where.name",
      "Where.sort",
    ]);
  });

  it("follow fragments, and only those that the operation reaches", () => {
    const text = `query A { people { ...a } } query B { any { __typename } }
      fragment a on Person { friends { ...b } } fragment b on Person { id } fragment c on Thing { id } query C { any { ...c } }`;
    expect(coordinatesOf(text, "A")).toEqual(["Person.friends", "Person.id", "Query.people"]);
    expect(coordinatesOf(text, "C")).toEqual(["Query.any", "Thing.id"]);
  });

  it("name an interface's field as the interface's", () => {
    expect(coordinatesOf('{ node(id: "1") { id } }')).toEqual(["Node.id", "Query.node", "Query.node(id:)"]);
  });

  it("include default values of variables and leave out introspection and directives' arguments", () => {
    const text = `query ($w: Where = { sort: UP }, $s: [Sort!] = DOWN, $on: Boolean = true) {
      __schema { types { name } } people(where: $w, sort: $s) @include(if: $on) { id @note(text: "x") __typename } }`;
    expect(coordinatesOf(text)).toEqual([
      "Person.id",
      "Query.people",
      "Query.people(sort:)",
      "Query.people(where:)",
      "Sort.DOWN",
      "Sort.UP",
      "Where.sort",
    ]);
  });
});
