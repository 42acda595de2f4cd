import { describe, expect, it } from "vitest";
import { fetchOf, graphOf } from "../../fixtures/graph.fixture.ts";
import type { Fetch } from "../../plan/plan.ts";
import { createShelves, type ShelfBuilder } from "./build-shelf.ts";
import type { Shelf } from "./shelf.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@shareable", "@cacheTag", "@interfaceObject"])`;
const { schema, facts } = graphOf({
  shop: `${link}
    type Query {
      orders(region: String = "east", first: Int): [Order!]! @cacheTag(format: "orders-{$args.region}") @cacheTag(format: "orders")
      order(id: ID!): Order @cacheTag(format: "order-{$args.id}")
    }
    interface Item @key(fields: "sku") { sku: ID! }
    type Order @key(fields: "id") @key(fields: "number region { code }")
      @cacheTag(format: "o-{$key.id}") { id: ID! number: Int! region: Region! total: Int }
    type Region @shareable { code: String! }
    type Book implements Item @key(fields: "sku") { sku: ID! title: String }
  `,
  stars: `${link}
    type Query { best: Item }
    type Item @interfaceObject @key(fields: "sku") { sku: ID! stars: Int }
  `,
});

const builder = (change: Partial<ShelfBuilder> = {}): ShelfBuilder => {
  const numbers = new Map<string, number>();
  return {
    edition: "e",
    schema,
    facts,
    governance: undefined,
    options: { mode: "on", modes: {} },
    numberOf(id) {
      const number = numbers.get(id) ?? numbers.size;
      numbers.set(id, number);
      return number;
    },
    ...change,
  };
};
const shelves = createShelves(builder());
const shelfOf = (subgraph: string, text: string, change: Partial<Fetch> = {}): Shelf => {
  const shelf = shelves(fetchOf(subgraph, text, change));
  if (shelf === undefined) throw new Error("It is kept.");
  return shelf;
};

describe("a shelf", () => {
  it("is one for all fetches that select the same of the same subgraph, wherever they stand", () => {
    const one = shelfOf("shop", "{ ... on Order { total } }");
    const change = { id: 7, path: ["a", "@"], operationName: "Q__shop__1", requires: [], inputRewrites: [] };
    expect(shelfOf("shop", "{ ... on Order { total } }", change)).toBe(one);
    expect(one).toMatchObject({ subgraph: "shop", title: "Order", mode: "on", variables: [] });
    expect(shelfOf("shop", "{ orders { id } }")).toMatchObject({ title: "Query { orders }" });
  });

  it.each<[string, string, Partial<Fetch>]>([
    ["another field", "{ ... on Order { id } }", {}],
    ["more fields", "{ ... on Order { total id } }", {}],
    ["another response name", "{ ... on Order { sum: total } }", {}],
    ["another type", "{ ... on Book { title } }", {}],
    ["a condition", "{ ... on Order { total @include(if: $x) } }", {}],
    ["keys that are renamed", "{ ... on Order { total } }", { outputRewrites: [{ path: ["total"], to: "sum" }] }],
    ["a directive of the operation", "{ ... on Order { total } }", { directives: "@fast" }],
  ])("is another one for %s", (_, text, change) => {
    expect(shelfOf("shop", text, change).id).not.toBe(shelfOf("shop", "{ ... on Order { total } }").id);
  });

  it("is another one for other defaults, arguments and variables", () => {
    const variable = (defaultValue: string | undefined, name = "n") => ({
      variables: [{ name, type: "Int", defaultValue }],
    });
    const ids = [
      shelfOf("shop", "{ orders(first: $n) { id } }", variable(undefined)),
      shelfOf("shop", "{ orders(first: $n) { id } }", variable("1")),
      shelfOf("shop", "{ orders(first: $n) { id } }", variable("2")),
      shelfOf("shop", "{ orders(first: $n) { id } }", variable("null")),
      shelfOf("shop", "{ orders(first: $m) { id } }", variable(undefined, "m")),
      shelfOf("shop", "{ orders(first: 1) { id } }"),
      shelfOf("shop", '{ orders(region: "1") { id } }'),
      shelfOf("shop", "{ orders { id } }"),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is another one in another edition and subgraph, also by its short name", () => {
    const numbers: string[] = [];
    const other = createShelves(builder({ edition: "f" }));
    const fetch = fetchOf("shop", "{ ... on Order { total } }");
    expect(other(fetch)?.id).not.toBe(shelves(fetch)?.id);
    for (const text of ["{ ... on Order { total } }", "{ ... on Order { id } }"]) {
      for (const subgraph of ["shop", "stars"]) numbers.push(shelfOf(subgraph, text).prefix);
    }
    expect(new Set(numbers).size).toBe(4);
    for (const prefix of numbers) expect(prefix).toMatch(/^\d+\n$/);
  });

  it("is none for mutations, and for subgraphs of which nothing is kept", () => {
    const fetch = fetchOf("shop", "{ ... on Order { total } }");
    expect(shelves({ ...fetch, operation: "mutation" })).toBeUndefined();
    expect(shelves({ ...fetch, operation: "subscription" })).toBeUndefined();
    const modes = createShelves(builder({ options: { mode: "off", modes: { stars: "shadow" } } }));
    expect(modes(fetch)).toBeUndefined();
    expect(modes(fetchOf("stars", "{ ... on Item { stars } }"))?.mode).toBe("shadow");
    // Not one that every object has.
    for (const subgraph of ["constructor", "toString", "__proto__"]) {
      expect(modes(fetchOf(subgraph, "{ ... on Order { total } }"))).toBeUndefined();
    }
  });
});

describe("the scopes of what is kept", () => {
  const scopes = (shelf: Shelf, representation = "", variables = {}): readonly string[] =>
    [...shelf.scopes, ...shelf.scopesOf(representation, variables)].sort();
  const representation = (object: object): string => JSON.stringify(object);

  it("are its subgraph, its types and its own keys, and those that it does not have", () => {
    const shelf = shelfOf("shop", "{ ... on Order { total } }");
    const order = { __typename: "Order", id: "1" };
    expect(scopes(shelf, representation(order))).toEqual(
      ["p:shop", "t:shop\nOrder", 'e:shop\nOrder id ["1"]', "x:shop\nOrder number region{code}", "g:shop\no-1"].sort(),
    );
    const other = { __typename: "Order", number: 7, region: { code: "x" } };
    expect(scopes(shelf, representation(other))).toEqual(
      ["p:shop", "t:shop\nOrder", 'e:shop\nOrder number region{code} ["7",["x"]]', "x:shop\nOrder id"].sort(),
    );
    expect(scopes(shelf, representation({ ...other, id: "1" }))).toEqual(
      [
        "p:shop",
        "t:shop\nOrder",
        'e:shop\nOrder id ["1"]',
        'e:shop\nOrder number region{code} ["7",["x"]]',
        "g:shop\no-1",
      ].sort(),
    );
  });

  it("are the type that is asked for where the selection names another one", () => {
    const shelf = shelfOf("stars", "{ ... on Item { stars } }");
    expect(scopes(shelf, representation({ __typename: "Item", sku: "s" }))).toEqual(
      ["p:stars", "t:stars\nItem", 'e:stars\nItem sku ["s"]'].sort(),
    );
    expect(scopes(shelf, representation({ __typename: "Book", sku: "s" }))).toEqual(
      ["p:stars", "t:stars\nBook", "t:stars\nItem", 'e:stars\nBook sku ["s"]'].sort(),
    );
  });

  it("are those of all rows for root answers, and the tags of their fields", () => {
    const shelf = shelfOf("shop", "{ orders(region: $r) { id } order(id: 7) { id } }", {
      variables: [{ name: "r", type: "String", defaultValue: '"west"' }],
    });
    const common = ["p:shop", "c:shop", "t:shop\nOrder", "g:shop\norders", "g:shop\norder-7"];
    expect(scopes(shelf)).toEqual([...common, "g:shop\norders-west"].sort());
    expect(scopes(shelf, "", { r: "n" })).toEqual([...common, "g:shop\norders-n"].sort());
    expect(scopes(shelf, "", { r: null })).toEqual(common.sort());
    expect(scopes(shelfOf("shop", "{ orders { id } }"))).toContain("g:shop\norders-east");
  });
});
