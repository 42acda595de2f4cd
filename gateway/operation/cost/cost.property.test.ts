/** Laws of the estimate, on random operations. */
import fc from "fast-check";
import { buildSchema, execute, Kind, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { compileCost } from "./compile-cost.ts";
import { readCostDirectives } from "./read-cost-directives.ts";

const assumedListSize = 3;
const sdl = `
  schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]) { query: Query }
  directive @link(url: String, import: [String]) on SCHEMA
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  type Query { one: Thing!, page(first: Int = 2): Page! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"]) }
  type Thing {
    id: ID!, one: Thing!, some: [Thing!]!, few: [Thing!]! @listSize(assumedSize: 2)
    list(first: Int = 4): [Thing!]! @listSize(slicingArguments: ["first"])
    page(first: Int = 2): Page! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
  }
  type Page { total: Int!, nodes: [Thing!]!, others: [Thing!]! }`;
const schema = buildSchema(sdl);
const model = { schema, directives: readCostDirectives(parse(sdl)), assumedListSize };

/** Every list as long as it may be. */
const thing = {
  id: "1",
  one: () => thing,
  some: () => Array.from({ length: assumedListSize }, () => thing),
  few: () => [thing, thing],
  list: ({ first }: { first: number }) => Array.from({ length: first }, () => thing),
  page: ({ first }: { first: number }) => ({
    total: first,
    nodes: Array.from({ length: first }, () => thing),
    others: Array.from({ length: assumedListSize }, () => thing),
  }),
};

const size = fc.constantFrom("", "(first: 0)", "(first: 1)", "(first: 3)", "(first: $n)", "(first: $m)");
const condition = fc.constantFrom("", "", "", " @skip(if: $yes)", " @include(if: $yes)", " @include(if: $no)");
// Aliases say what they stand for, so that fields of one name are one field; some are merged all the same.
const sized = (field: string) => fc.tuple(size, condition).map(([args, when]) => ({ field: alias(field, args), when }));
const alias = (field: string, args: string): string => `${field}${args.replaceAll(/\W/g, "_")}: ${field}${args}`;
const plain = (...fields: string[]) =>
  fc.tuple(fc.constantFrom(...fields), condition).map(([field, when]) => ({ field, when }));

const { thingSet, querySet } = fc.letrec<{
  thingSet: string;
  pageSet: string;
  querySet: string;
  thing: string;
  page: string;
  query: string;
}>((tie) => {
  const selected = (head: fc.Arbitrary<{ field: string; when: string }>, set: "thingSet" | "pageSet") =>
    fc.tuple(head, tie(set)).map(([{ field, when }, inner]) => `${field}${when} ${inner}`);
  const set = (selection: "thing" | "page" | "query") =>
    fc.array(tie(selection), { minLength: 1, maxLength: 3 }).map((all) => `{ ${all.join(" ")} }`);
  const fragment = (type: string, inner: "thingSet" | "pageSet" | "querySet") =>
    fc.tuple(condition, tie(inner)).map(([when, text]) => `... on ${type}${when} ${text}`);
  const depth = { maxDepth: 3, withCrossShrink: true } as const;
  return {
    thing: fc.oneof(
      depth,
      fc.constant("id"),
      selected(plain("one", "some", "few"), "thingSet"),
      selected(sized("list"), "thingSet"),
      selected(sized("page"), "pageSet"),
      fragment("Thing", "thingSet"),
    ),
    page: fc.oneof(
      depth,
      fc.constant("total"),
      selected(plain("nodes", "others"), "thingSet"),
      fragment("Page", "pageSet"),
    ),
    query: fc.oneof(
      depth,
      fc.constant("__typename"),
      selected(plain("one"), "thingSet"),
      selected(sized("page"), "pageSet"),
      fragment("Query", "querySet"),
    ),
    thingSet: set("thing"),
    pageSet: set("page"),
    querySet: set("query"),
  };
});

const head = "query ($n: Int = 2, $m: Int, $yes: Boolean = true, $no: Boolean = false)";
const uses = "used: page(first: $n) @include(if: $no) { total } used2: page(first: $m) @skip(if: $yes) { total }";

function costOf(selections: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const document = parse(`${head} { ${selections} ${uses} }`);
  expect(validate(schema, document)).toEqual([]);
  const [definition] = document.definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error("no operation");
  const { cost, unsized } = compileCost(model, document, definition)(variables);
  expect(unsized).toBeUndefined();
  return cost;
}

function countObjects(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countObjects(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + countObjects(item), 1);
}

const flags = { yes: fc.boolean(), no: fc.boolean() };
const variables = fc.record({ n: fc.nat(4), m: fc.nat(4), ...flags }, { requiredKeys: [] });

describe("the estimated cost", () => {
  it("is the number of objects in an answer whose lists are as long as they may be", () => {
    fc.assert(
      fc.property(querySet, variables, (set, given) => {
        const selections = set.slice(1, -1);
        const { data, errors } = execute({
          schema,
          document: parse(`${head} { ${selections} ${uses} }`),
          rootValue: thing,
          variableValues: given,
        }) as { data: unknown; errors?: unknown }; // resolvers are synchronous
        expect(errors).toBeUndefined();
        expect(costOf(selections, given)).toBe(countObjects(data) - 1);
      }),
    );
  });

  it("never falls when a slicing argument grows", () => {
    fc.assert(
      fc.property(querySet, variables, fc.nat(5), (set, given, more) => {
        const { n = 2, m = 2 } = given;
        const selections = set.slice(1, -1);
        const before = costOf(selections, { ...given, n, m });
        expect(costOf(selections, { ...given, n: n + more, m: m + more })).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it("of several root fields is the sum of theirs", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(size, thingSet), { maxLength: 4 }), variables, (fields, given) => {
        const written = fields.map(([args, set], at) => `f${at}: page${args} { nodes ${set} }`);
        const none = costOf("__typename", given);
        const apart = written.reduce((sum, field) => sum + costOf(field, given) - none, 0);
        expect(costOf(["__typename", ...written].join(" "), given) - none).toBe(apart);
      }),
    );
  });
});
