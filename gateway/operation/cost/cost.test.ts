import { buildSchema, type DocumentNode, Kind, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { compose } from "../../supergraph/compose.ts";
import { checkCost } from "./check-cost.ts";
import { type CostEstimate, compileCost } from "./compile-cost.ts";
import { readCostDirectives } from "./read-cost-directives.ts";

const definitions = `
  directive @cost(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  directive @link(url: String, import: [String]) on SCHEMA`;
const link = `schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]) { query: Query }`;

/** Estimates operations on a schema that says its costs; unsaid lists have 10 rows. */
function costsOf(sdl: string) {
  const document = parse(`${link} ${definitions} ${sdl}`);
  const schema = buildSchema(`${link} ${definitions} ${sdl}`);
  const model = { schema, directives: readCostDirectives(document), assumedListSize: 10 };
  const estimate = (text: string, variables: Readonly<Record<string, unknown>> = {}): CostEstimate => {
    const operation: DocumentNode = parse(text);
    expect(validate(schema, operation)).toEqual([]);
    const definition = operation.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error("no operation");
    return compileCost(model, operation, definition)(variables);
  };
  return {
    estimate,
    cost: (text: string, variables?: Readonly<Record<string, unknown>>) => estimate(text, variables).cost,
  };
}

// The documented examples of Apollo Router's demand control, whose weights are to mean the same here.
describe("the cost of an operation, by Apollo Router's examples", () => {
  const books = (address: string): string => `
    type Query {
      book(id: ID): Book
      bestsellers: [Book] @listSize(assumedSize: 5)
      newestAdditions(after: ID, limit: Int!): [Book] @listSize(slicingArguments: ["limit"])
    }
    type Book { title: String, author: Author, publisher: Publisher }
    type Author { name: String }
    type Publisher { name: String, address: Address }
    type Address ${address} { zipCode: Int! }`;
  const fields = "{ title author { name } publisher { name address { zipCode } } }";

  it("is one for each object and nothing for scalars", () => {
    expect(costsOf(books("")).cost(`query BookQuery { book(id: 1) ${fields} }`)).toBe(4);
  });

  it("takes another weight of a type", () => {
    expect(costsOf(books("@cost(weight: 5)")).cost(`query BookQuery { book(id: 1) ${fields} }`)).toBe(8);
  });

  it("counts every row of an assumed size, and of a slicing argument", () => {
    const { cost } = costsOf(books("@cost(weight: 5)"));
    expect(cost(`query BestsellersQuery { bestsellers ${fields} }`)).toBe(40);
    expect(cost(`query NewestAdditions { newestAdditions(limit: 3) ${fields} }`)).toBe(24);
    expect(cost(`query NewestAdditions($limit: Int!) { newestAdditions(limit: $limit) ${fields} }`, { limit: 7 })).toBe(
      56,
    );
  });
});

// https://ibm.github.io/graphql-specs/cost-spec.html; its field cost and its type cost are one number here.
describe("the cost of an operation, by the cost specification's examples", () => {
  it("adds the weight of an argument where it is used (example 10)", () => {
    const { cost } = costsOf(`
      type Query { topProducts(filter: Filter @cost(weight: 15)): [String] @cost(weight: 5) @listSize(assumedSize: 1) }
      input Filter { text: String }`);
    expect(cost("{ topProducts }")).toBe(5);
    expect(cost("{ topProducts(filter: {}) }")).toBe(20);
    expect(cost("{ topProducts(filter: null) }")).toBe(5);
  });

  it("subtracts a negative weight, never below zero (example 11)", () => {
    const { cost } = costsOf(`
      type Query {
        mostPopularProduct(approx: Approximate @cost(weight: -3)): Product @cost(weight: 5)
        cheap(approx: Approximate @cost(weight: -30)): Product @cost(weight: 5)
      }
      type Product { name: String, maker: Product }
      enum Approximate { ROUGHLY }`);
    expect(cost("{ mostPopularProduct { name } }")).toBe(5);
    expect(cost("{ mostPopularProduct(approx: ROUGHLY) { name } }")).toBe(2);
    expect(cost("{ cheap(approx: ROUGHLY) { maker { name } } }")).toBe(1);
  });

  it("adds the weights of input fields, in literals and in variables (example 12)", () => {
    const { cost } = costsOf(`
      input Filter { approx: Approximate @cost(weight: -12), and: [Filter!], text: String }
      type Query { topProducts(filter: Filter @cost(weight: 15)): [String] @cost(weight: 5) @listSize(assumedSize: 1) }
      enum Approximate { ROUGHLY }`);
    expect(cost("{ topProducts(filter: { approx: ROUGHLY }) }")).toBe(8);
    const approx = { filter: { approx: "ROUGHLY" } };
    expect(cost("query ($filter: Filter) { topProducts(filter: $filter) }", approx)).toBe(8);
    expect(cost("query ($filter: Filter) { topProducts(filter: $filter) }", {})).toBe(5);
    expect(cost("query ($filter: Filter = {}) { topProducts(filter: $filter) }", { filter: null })).toBe(5);
    const within = "query ($a: Approximate) { topProducts(filter: { approx: $a }) }";
    expect(cost(within, { a: "ROUGHLY" })).toBe(8);
    const listed = 'query ($f: Filter!) { topProducts(filter: { and: [$f, { text: "a" }] }) }';
    expect(cost(listed, { f: { text: "b" } })).toBe(22);
  });

  it("has an assumed size (example 16) and slicing arguments, the largest of them (example 17)", () => {
    const { cost } = costsOf(`type Query {
      topProducts: [Product] @listSize(assumedSize: 10)
      users(max: Int!): [Product] @listSize(slicingArguments: ["max"])
      both(first: Int, last: Int = 4): [Product] @listSize(slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
      unsaid: [Product]
    } type Product { name: String }`);
    expect(cost("{ topProducts { name } }")).toBe(10);
    expect(cost("{ users(max: 5) { name } }")).toBe(5);
    expect(cost("{ both(first: 3) { name } }")).toBe(4);
    expect(cost("{ both(first: 30) { name } }")).toBe(30);
    expect(cost("{ both(first: 3, last: 2) { name } }")).toBe(3);
    expect(cost("{ both(first: -3, last: null) { name } }")).toBe(4);
    expect(cost("query ($n: Int = 6) { both(last: $n) { name } }")).toBe(6);
    expect(cost("query ($n: Int) { both(last: $n) { name } }")).toBe(4);
    expect(cost("{ unsaid { name } }")).toBe(10);
  });

  it("gives the size to the sized fields of a connection (example 18)", () => {
    const { cost } = costsOf(`
      type FilmEdge { cursor: ID, node: Film }
      type Film { title: String, cast: [Film] }
      type PageInfo { hasNextPage: Boolean }
      type FilmConnection { edges: [FilmEdge], pageInfo: PageInfo, other: [Film] }
      type Query { films(first: Int, after: ID, last: Int, before: ID): FilmConnection
        @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges"]) }`);
    expect(cost("{ films(first: 20) { edges { cursor } pageInfo { hasNextPage } } }")).toBe(1 + 20 + 1);
    expect(cost("{ films(last: 20) { edges { node { title } } } }")).toBe(1 + 20 * 2);
    // The size is the connection's own lists', not that of lists further below, nor of its other lists.
    expect(cost("{ films(first: 2) { edges { node { cast { title } } } other { title } } }")).toBe(
      1 + 2 * (2 + 10) + 10,
    );
  });

  it("refuses a field that does not say its size by exactly one argument, unless it need not (8.4)", () => {
    const { estimate } = costsOf(`type Query {
      films(first: Int, last: Int): [Film] @listSize(slicingArguments: ["first", "last"], assumedSize: 3)
      some(first: Int = 2, last: Int): [Film] @listSize(slicingArguments: ["first", "last"])
      free(first: Int): [Film] @listSize(slicingArguments: ["first"], assumedSize: 3, requireOneSlicingArgument: false)
    } type Film { title: String }`);
    const unsized = { coordinate: "Query.films", slicingArguments: ["first", "last"] };
    expect(estimate("{ films { title } }").unsized).toEqual({ ...unsized, given: 0 });
    expect(estimate("{ films(first: 1, last: 1) { title } }").unsized).toEqual({ ...unsized, given: 2 });
    expect(estimate("query ($n: Int) { films(first: $n) { title } }").unsized).toEqual({ ...unsized, given: 0 });
    expect(estimate("query ($n: Int) { films(first: $n) { title } }", { n: 4 })).toEqual({
      cost: 4,
      unsized: undefined,
    });
    expect(estimate("query ($no: Boolean!) { films @skip(if: $no) { title } }", { no: true }).unsized).toBeUndefined();
    expect(estimate("{ some { title } }")).toEqual({ cost: 2, unsized: undefined });
    expect(estimate("{ some(last: 5) { title } }")).toEqual({ cost: 5, unsized: undefined });
    expect(estimate("{ free { title } }")).toEqual({ cost: 3, unsized: undefined });
    expect(checkCost(estimate("{ films { title } }"), 100)?.errors[0]).toEqual({
      message: "Query.films must be asked with exactly one of the arguments `first`, `last`, and here it has none",
      extensions: { code: "COST_INVALID_SLICING_ARGUMENTS", coordinate: "Query.films" },
    });
  });

  it("takes the highest weight behind an abstract type (7.2), and the longest list", () => {
    const { cost } = costsOf(`
      interface Named { name: String, parts: [Part], twin: Named }
      type Light implements Named { name: String, parts: [Part] @listSize(assumedSize: 2), twin: Named }
      type Heavy implements Named @cost(weight: 8) { name: String @cost(weight: 3), parts: [Part] @listSize(assumedSize: 6), twin: Named }
      type Part { name: String }
      union Any = Light | Part
      type Query { named: Named, any: Any, light: Light }`);
    expect(cost("{ named { name } }")).toBe(8 + 3);
    expect(cost("{ named { ... on Light { name } } }")).toBe(8);
    expect(cost("{ named { parts { name } } }")).toBe(8 + 6);
    expect(cost("{ any { __typename } }")).toBe(1);
    expect(cost("{ light { ... on Named { parts { name } } } }")).toBe(1 + 2);
  });
});

describe("the cost of an operation", () => {
  const { cost, estimate } = costsOf(
    `
    type Query { orders(first: Int = 10): [Order] @listSize(slicingArguments: ["first"]), grid: [[Order]], tree: Tree }
    type Order { id: ID, customer: Customer, lines: [Line] }
    type Customer { name: String, orders: [Order] @listSize(assumedSize: 3) }
    type Line { id: ID, price: Money }
    type Tree { nodes(filter: Filter): [Tree] @listSize(slicingArguments: ["filter.max"]), id: ID }
    input Filter { max: Int, and: [Filter] }
    scalar Money @cost(weight: 2)`,
  );

  it("multiplies along nested lists, and a list of lists by itself", () => {
    expect(cost("{ orders(first: 5) { customer { orders { lines { price } } } } }")).toBe(
      5 * (1 + 1 + 3 * (1 + 10 * (1 + 2))),
    );
    expect(cost("{ grid { id } }")).toBe(100);
  });

  it("counts once what the executor merges, and apart what it does not", () => {
    const fragment = "fragment f on Query { orders(first: 5) { ...g } } fragment g on Order { customer { name } }";
    expect(cost(`{ ...f ...f orders(first: 5) { id customer { name } } } ${fragment}`)).toBe(10);
    expect(cost("{ a: orders(first: 5) { id } b: orders(first: 5) { id } }")).toBe(10);
  });

  it("heeds conditions, of fields and of the fragments around them", () => {
    const query = `query ($yes: Boolean!, $no: Boolean = false) {
      orders(first: 5) @include(if: $yes) { id }
      ... @skip(if: $yes) { more: orders(first: 7) { id } again: orders(first: 1) @include(if: $no) { id } }
      never: orders(first: 900) @skip(if: true) { id }
      always: orders(first: 100) @include(if: $no) { id } always: orders(first: 100) { id customer @include(if: $no) { name } } }`;
    expect(cost(query, { yes: true })).toBe(105);
    expect(cost(query, { yes: false })).toBe(107);
    expect(cost(query, { yes: false, no: true })).toBe(208);
  });

  it("costs a mutation ten more, and introspection nothing", () => {
    const shop = costsOf(`type Query { a: Int } type Mutation { ship: Order, unship: Order } type Order { id: ID }
      extend schema { mutation: Mutation }`);
    expect(shop.cost("mutation { ship { id } unship { id } }")).toBe(12);
    expect(shop.cost("{ __typename __schema { types { name fields { name } } } }")).toBe(0);
  });

  it("finds a slicing argument inside an input object", () => {
    expect(cost("{ tree { nodes(filter: { max: 4 }) { id } } }")).toBe(1 + 4 + 1);
    expect(cost("query ($f: Filter) { tree { nodes(filter: $f) { id } } }", { f: { max: 6 } })).toBe(1 + 6 + 1);
    expect(cost("query ($max: Int) { tree { nodes(filter: { max: $max }) { id } } }", { max: 6 })).toBe(1 + 6 + 1);
  });

  it("takes no value from the prototype of the variables", () => {
    const query =
      "query ($constructor: Int, $__proto__: Int = 3) { a: orders(first: $constructor) { id } b: orders(first: $__proto__) { id } }";
    expect(estimate(query, {})).toEqual({ cost: 13, unsized: undefined });
    expect(cost(query, JSON.parse('{"constructor": 2, "__proto__": 5}'))).toBe(7);
  });

  it("beyond all numbers is told as that", () => {
    let selection = "{ id }";
    for (let depth = 0; depth < 40; depth++) selection = `{ nodes(filter: { max: 2147483647 }) ${selection} }`;
    const estimated = estimate(`{ tree ${selection} }`);
    expect(estimated.cost).toBe(Number.POSITIVE_INFINITY);
    expect(checkCost(estimated, 1_000)).toEqual({
      kind: "rejected",
      status: 400,
      errors: [
        {
          message:
            "The operation may cost more than 1,000,000,000,000,000, at most 1,000 is allowed: ask for fewer rows or fields at once",
          extensions: { code: "COST_ESTIMATED_TOO_EXPENSIVE", "cost.estimated": Number.MAX_VALUE, "cost.max": 1_000 },
        },
      ],
    });
    expect(checkCost({ cost: 1_000, unsized: undefined }, 1_000)).toBeUndefined();
  });
});

describe("the directives in a composed supergraph", () => {
  const subgraph = (imports: string, cost: string, listSize: string): string => `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])
    type Query { users(max: Int @${cost}(weight: 3)): Page @${cost}(weight: 4)
      @${listSize}(assumedSize: 9, slicingArguments: ["max"], sizedFields: ["nodes"], requireOneSlicingArgument: false) }
    type Page { nodes: [User] }
    type User @${cost}(weight: 5) { age: Int @${cost}(weight: 2), kind: Kind }
    enum Kind @${cost}(weight: 6) { A }
    input Filter { a: Int @${cost}(weight: -7) }
    extend type Query { find(filter: Filter): Int }`;

  it.each([
    ["imported", '"@cost", "@listSize"', "cost", "listSize"],
    ["renamed", '{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@size" }', "price", "size"],
    ["not imported", '"@key"', "federation__cost", "federation__listSize"],
  ])("are found when they are %s", async (_how, imports, cost, listSize) => {
    const result = await compose([
      { name: "users", url: "http://127.0.0.1:1", sdl: subgraph(imports, cost, listSize) },
    ]);
    if (result.kind === "failed") throw new Error(result.errors.map(({ reason }) => reason).join());
    const { weights, listSizes } = readCostDirectives(parse(result.supergraphSdl));
    expect(Object.fromEntries(weights)).toEqual({
      "Query.users": 4,
      "Query.users(max:)": 3,
      User: 5,
      "User.age": 2,
      Kind: 6,
      "Filter.a": -7,
    });
    expect(Object.fromEntries(listSizes)).toEqual({
      "Query.users": {
        assumedSize: 9,
        slicingArguments: ["max"],
        sizedFields: ["nodes"],
        requireOneSlicingArgument: false,
      },
    });
  });

  it("are not a mesh's own directives of the same names", () => {
    const { weights, listSizes } = readCostDirectives(
      parse("directive @cost(weight: Int!) on OBJECT type A @cost(weight: 1) { a: Int }"),
    );
    expect([weights.size, listSizes.size]).toEqual([0, 0]);
  });
});
