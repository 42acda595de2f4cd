import { describe, expect, it } from "vitest";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { fetchOf, graphOf } from "../../fixtures/graph.fixture.ts";
import * as scope from "../fence/scopes.ts";
import { createShelves } from "./build-shelf.ts";

const sdl = (mark: string): string => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
  ${meshSchemaExtension()} ${meshDirectiveDefinitions}
  type Query {
    order(id: ID!): Order
    byNumber(number: Int!, region: String!): Order
    byRegion(region: String!): Order
    latest(id: ID!): Order @computed
    orders(id: ID!): [Order!]!
    count(id: ID!): Int
  }
  type Order @key(fields: "id") @key(fields: "number region") ${mark} {
    id: ID! number: Int! region: String! total: Int customer: Customer lines(first: Int): [Line!]!
  }
  type Line @key(fields: "id") ${mark} { id: ID! }
  type Customer @key(fields: "id", resolvable: false) { id: ID! }`;

function scopesOf(
  text: string,
  variables: Record<string, unknown> = {},
  mark = `@dataProduct(name: "orders", domain: "sales", version: "1.0.0")`,
) {
  const { schema, facts } = graphOf({ orders: sdl(mark) });
  const builder = { edition: "e", schema, facts, governance: undefined, options: { mode: "on", modes: {} } as const };
  const names = Object.keys(variables).map((name) => ({ name, type: "ID!", defaultValue: undefined }));
  const shelf = createShelves({ ...builder, numberOf: () => 0 })(fetchOf("orders", text, { variables: names }));
  return [...(shelf?.scopes ?? []), ...(shelf?.scopesOf("", variables) ?? [])];
}

const ofOne = scope.entity("orders", "Order", 'id ["1"]');
const changes = scope.changes("orders");

describe("what looks one entity up by its key", () => {
  it.each<[string, Record<string, unknown>]>([
    ['{ order(id: "1") { total } }', {}],
    ["{ order(id: 1) { total } }", {}],
    ["{ order(id: $id) { total customer { id } } }", { id: "1" }],
    ["{ order(id: $id) { total } }", { id: 1 }],
    ["{ a: order(id: $id) { total } b: order(id: $id) { number } __typename }", { id: "1" }],
  ])("depends on that entity alone: %s", (text, variables) => {
    const scopes = scopesOf(text, variables);
    expect(scopes).toContain(ofOne);
    expect(scopes).toContain(scope.type("orders", "Order"));
    expect(scopes).toContain(scope.product("orders"));
    expect(scopes).not.toContain(changes);
    // Whoever changes it may know it by another key alone.
    expect(scopes).toContain(scope.otherKey("orders", "Order", "number region"));
  });

  it("depends on the entity by whichever key, of several fields too", () => {
    const scopes = scopesOf('{ byNumber(region: "EU", number: 7) { total } }');
    expect(scopes).toContain(scope.entity("orders", "Order", 'number region ["7","EU"]'));
    expect(scopes).toContain(scope.otherKey("orders", "Order", "id"));
    expect(scopes).not.toContain(changes);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["part of a key", '{ byRegion(region: "EU") { total } }', {}],
    ["code computes it", '{ latest(id: "1") { total } }', {}],
    ["there are several", '{ orders(id: "1") { total } }', {}],
    ["there is no object", '{ count(id: "1") }', {}],
    ["other rows are in it", '{ order(id: "1") { lines { id } } }', {}],
    ["something else is beside it", '{ order(id: "1") { total } count(id: "1") }', {}],
    ["the key is not known", "{ order(id: $id) { total } }", { id: null }],
  ])("depends on all rows where %s", (_, text, variables) => {
    expect(scopesOf(text, variables)).toContain(changes);
  });

  it("depends on all rows of a subgraph that is no data product: nobody says what its arguments mean", () => {
    expect(scopesOf('{ order(id: "1") { total } }', {}, "")).toContain(changes);
  });
});
