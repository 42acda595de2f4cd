import { buildSchema, type GraphQLObjectType, type OperationDefinitionNode, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readCacheHints } from "./cache-hints.ts";
import { cacheControlDefinition } from "./definition.ts";
import { entityLifetime, rootLifetime } from "./selection-lifetime.ts";

function selections(text: string) {
  return (parse(text).definitions[0] as OperationDefinitionNode).selectionSet;
}

function of(sdl: string) {
  const text = `directive @inaccessible on ENUM\n${cacheControlDefinition}\n${sdl}`;
  return { schema: buildSchema(text), hints: readCacheHints(parse(text)) };
}

function root(sdl: string, query: string) {
  const given = of(sdl);
  return rootLifetime(selections(query), given.schema.getQueryType() as GraphQLObjectType, given);
}

function entity(sdl: string, query: string) {
  return entityLifetime(selections(query), of(sdl));
}

const shop = `
  type Query {
    top: [Product!]! @cacheControl(maxAge: 60)
    any: Product
    count: Int
    seconds: Int @cacheControl(maxAge: 7)
    me: User @cacheControl(maxAge: 30, scope: PRIVATE)
    things: [Thing] @cacheControl(maxAge: 100)
  }
  type Product @cacheControl(maxAge: 240) {
    id: ID!
    stock: Int @cacheControl(maxAge: 10)
    maker: Maker
    size: Size @cacheControl(inheritMaxAge: true)
    box: Box
  }
  type Maker { id: ID! name: String }
  type Size { width: Int }
  type Box @cacheControl(inheritMaxAge: true) { depth: Int }
  type User { id: ID! name: String }
  interface Thing { id: ID! }
  type Book implements Thing { id: ID! author: Maker }
`;

describe("the lifetime of root fields", () => {
  it.each([
    ["the shortest hint holds", "{ top { id stock } }", 10, false, "Product.stock"],
    ["a field's own hint goes before its type's", "{ top { id } }", 60, false, "Query.top"],
    ["a type's hint is that of whoever returns it", "{ any { id } }", 240, false, "Product"],
    ["a root field without a hint lives for no time", "{ top { id } count }", 0, false, "Query.count"],
    ["a root field that is no object may have one", "{ seconds }", 7, false, "Query.seconds"],
    ["an object without a hint lives for no time", "{ top { maker { name } } }", 0, false, "Product.maker"],
    ["an object may inherit", "{ top { size { width } } }", 60, false, "Query.top"],
    ["so may every object of a type", "{ top { box { depth } } }", 60, false, "Query.top"],
    ["private is private as a whole", "{ me { name } top { id } }", 30, true, "Query.me"],
    ["fragments are seen through", "{ things { ... on Book { id author { id } } } }", 0, false, "Book.author"],
    ["introspection says nothing", "{ __typename top { __typename } }", 60, false, "Query.top"],
  ])("%s", (_, query, maxAge, isPrivate, limitedBy) => {
    expect(root(shop, query)).toEqual({ maxAge, isPrivate, limitedBy });
  });

  it("is not known where no hint speaks of any of them", () => {
    expect(root(shop, "{ count }")).toBeUndefined();
    expect(root("type Query { a: A } type A { b: Int }", "{ a { b } }")).toBeUndefined();
  });
});

describe("the lifetime of entities", () => {
  it.each([
    ["is their type's", "{ ... on Product { id } }", 240, "Product"],
    ["is limited by their fields", "{ ... on Product { id stock } }", 10, "Product.stock"],
    ["is none where one of the types has no hint", "{ ... on Product { id } ... on Maker { id } }", 0, "Maker"],
    ["is found below fragments without a type", "{ ... @include(if: true) { ... on Product { id } } }", 240, "Product"],
  ])("%s", (_, query, maxAge, limitedBy) => {
    expect(entity(shop, query)).toEqual({ maxAge, isPrivate: false, limitedBy });
  });

  it("is not known where no hint speaks of any of them", () => {
    expect(entity(shop, "{ ... on Maker { id name } }")).toBeUndefined();
  });
});

describe("hints", () => {
  it("are the stricter of several, also in extensions", () => {
    expect(
      readCacheHints(
        parse(
          `type A @cacheControl(maxAge: 9, inheritMaxAge: true) { b: Int } extend type A @cacheControl(maxAge: 4, scope: PRIVATE)`,
        ),
      ),
    ).toEqual({ A: { maxAge: 4, isPrivate: true, inherits: false } });
  });

  it("allow nothing when they are no seconds", () => {
    for (const age of ["-1", "1.5", '"60"']) {
      const { A } = readCacheHints(parse(`type A @cacheControl(maxAge: ${age}) { b: Int }`));
      expect(A?.maxAge).toBe(0);
    }
    expect(readCacheHints(parse("type A @cacheControl(maxAge: null) { b: Int }")).A?.maxAge).toBeUndefined();
  });
});

it("is not what every object has, for types that are named so", () => {
  const sdl = `
    type Query { some: constructor hinted: toString }
    type constructor { id: ID } type toString @cacheControl(maxAge: 5) { id: ID }`;
  expect(root(sdl, "{ some { id } }")).toBeUndefined();
  expect(root(sdl, "{ hinted { id } }")).toEqual({ maxAge: 5, isPrivate: false, limitedBy: "toString" });
});
