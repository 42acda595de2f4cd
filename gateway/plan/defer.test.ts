import { buildSchema, parse, print, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { DeferRule, decideDefer, deferVariables, readDefer, withDefer } from "./defer.ts";

const schema = buildSchema(withDefer("type Query { a: Int self: Query } type Mutation { m: Query }"));
const query = `query ($x: Boolean!, $y: Boolean! = true) {
  ... @defer(if: $x, label: "one") { a }
  self { ...F @defer(if: $y) ... @defer(if: false) { a } ... @defer { a } }
}
fragment F on Query { a }`;

describe("@defer", () => {
  it("is defined once", () => {
    expect(withDefer(withDefer("type Query { a: Int }")).match(/directive @defer/g)).toHaveLength(1);
  });

  it("names the variables that decide on it, where there is any", () => {
    expect(deferVariables(parse(query))).toEqual(["x", "y"]);
    expect(deferVariables(parse("{ ... @defer { a } }"))).toEqual([]);
    expect(deferVariables(parse("{ a }"))).toBeUndefined();
  });

  it("stays where it holds, without its condition", () => {
    const decided = decideDefer(parse(query), new Map([["x", true]]));
    expect(
      print(decided)
        .match(/.*@defer.*|\.\.\.F.*/g)
        ?.map((line) => line.trim()),
    ).toEqual(['... @defer(label: "one") {', "...F", "... @defer {"]);
    expect(print(decideDefer(parse(query), undefined))).not.toContain("@defer");
  });

  it("has a label or none", () => {
    const [definition] = parse(
      `{ ... @defer(label: "x") { a } ... @defer { a } ... @skip(if: false) { a } }`,
    ).definitions;
    const selections = definition?.kind === "OperationDefinition" ? definition.selectionSet.selections : [];
    expect(selections.map(({ directives }) => readDefer(directives))).toEqual([
      { label: "x" },
      { label: undefined },
      undefined,
    ]);
  });

  it.each([
    [`{ ... @defer(label: "a") { a } ... @defer(label: "a") { a } }`, 'The label "a" of @defer is used twice'],
    ["query ($l: String) { ... @defer(label: $l) { a } }", 'The "label" of @defer must be a text'],
    ["mutation { ... @defer { m { a } } }", "cannot be used at the root of a mutation"],
  ])("is refused in %s", (text, message) => {
    expect(validate(schema, parse(text), [DeferRule]).map((error) => error.message)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  it.each([
    query,
    "mutation { m { ... @defer { a } } }",
    `{ ... @defer(label: "a") { a } ... @defer(label: "b") { a } ... @defer(label: null) { a } }`,
  ])("is fine in %s", (text) => {
    expect(validate(schema, parse(text), [DeferRule])).toEqual([]);
  });
});
