import { describe, expect, it } from "vitest";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { fetchOf, graphOf } from "../../fixtures/graph.fixture.ts";
import { describeSelection } from "./describe-selection.ts";

const product = `@dataProduct(name: "shop", domain: "d", version: "1.0.0")`;
const graph = graphOf({
  shop: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    ${meshSchemaExtension()} ${meshDirectiveDefinitions}
    type Query { orders: [Order!]! customer(id: ID!): Customer found: [Found!]! nodes: [Node!]! }
    union Found = Order | Customer
    interface Node { id: ID! }
    enum OrderColumn @columnsOf(type: "Order") { TOTAL }
    input OrderFilter @columnsOf(type: "Order") { total: Int }
    type Order implements Node @key(fields: "id") ${product} {
      id: ID!
      total: Int
      note: String @pii(category: "notes")
      customer: Customer
      lines: [Line!]!
      size: Size
      rank: Int @computed
      sum(of: OrderColumn): Int
    }
    type Line { text: String product: Product }
    type Product @key(fields: "upc") ${product} { upc: ID! name: String }
    type Size { width: Int }
    type Customer implements Node @key(fields: "id") @key(fields: "mail") ${product} {
      id: ID!
      mail: String @pii(category: "email") @subject(of: "Customer")
      orders: [Order!]!
      latest: Order
      page(where: OrderFilter): OrderConnection!
      all: OrderConnection!
      parts: OrderParts
    }
    type OrderConnection { nodes: [Order!]! totalCount: Int! }
    type OrderParts { orders: [Order!]! best: Order }
  `,
});
const described = (text: string) => {
  const { selections, requires } = fetchOf("shop", text);
  const parent = requires === undefined ? (graph.schema.getQueryType() ?? undefined) : undefined;
  return describeSelection(selections, parent, graph);
};

describe("a selection of entities", () => {
  it.each([
    ["leaves", "{ ... on Order { id total } }"],
    ["its type", "{ ... on Order { __typename } }"],
    ["the key of what it refers to", "{ ... on Order { customer { id } } }"],
    ["any key of what it refers to", "{ ... on Order { customer { mail __typename } } }"],
    ["parts of it", "{ ... on Order { lines { text } size { width } } }"],
    ["what its parts refer to", "{ ... on Order { lines { product { upc } } } }"],
    ["one of several types", "{ ... on Order { total } ... on Customer { mail latest { id } } }"],
  ])("is its own row's when it has %s", (_, text) => {
    expect(described(text).isOwn).toBe(true);
  });

  it.each([
    ["more of what it refers to than its key", "{ ... on Order { customer { id mail latest { total } } } }"],
    ["more of what its parts refer to", "{ ... on Order { lines { product { name } } } }"],
    ["a list of rows", "{ ... on Customer { orders { total } } }"],
    ["a list of rows, if only their keys", "{ ... on Customer { orders { id } } }"],
    ["a list of rows, if only how many", "{ ... on Customer { orders { __typename } } }"],
    ["a list of rows in a part of it", "{ ... on Customer { parts { orders { id } } } }"],
    ["rows by an argument", "{ ... on Customer { page(where: { total: 1 }) { totalCount } } }"],
    ["rows by an argument that is not given", "{ ... on Customer { page { totalCount } } }"],
    ["rows without an argument", "{ ... on Customer { all { totalCount } } }"],
    ["what code computes", "{ ... on Order { rank } }"],
    ["a list of rows in one of its types", "{ ... on Order { total } ... on Customer { orders { id } } }"],
  ])("is made from other rows when it has %s", (_, text) => {
    expect(described(text).isOwn).toBe(false);
  });

  it("names the types of all objects in it, of rows that are only counted too", () => {
    expect(described("{ ... on Customer { all { totalCount } } }").types).toEqual(
      expect.arrayContaining(["Customer", "Order", "OrderConnection"]),
    );
    expect(described("{ ... on Order { lines { product { upc } } } }").types).toEqual(["Line", "Order", "Product"]);
  });

  it("names the types by whose columns rows are chosen", () => {
    expect(described("{ ... on Customer { page(where: { total: 1 }) { totalCount } } }").compared).toEqual(["Order"]);
    expect(described("{ ... on Customer { orders { id } } }").compared).toEqual([]);
  });

  it("says whether it is computed, and what personal data are in it and whose", () => {
    expect(described("{ ... on Order { rank } }").isComputed).toBe(true);
    expect(described("{ ... on Order { total } }").isComputed).toBe(false);
    const { personal, subjects } = described("{ ... on Order { note customer { id who: mail } } }");
    expect(personal).toEqual(["email", "notes"]);
    expect(subjects).toMatchObject({ here: [], below: [["customer", { here: [["who", ["Customer"]]], below: [] }]] });
  });

  it("hides nothing behind an interface", () => {
    expect(described("{ nodes { id ... on Customer { mail } } }").personal).toEqual(["email"]);
    expect(described("{ found { ... on Order { note } } }").personal).toEqual(["notes"]);
  });
});

describe("a selection of root fields", () => {
  it.each(["{ orders { id } }", '{ customer(id: "1") { id } }', "{ __typename }"])("is never one row's: %s", (text) => {
    expect(described(text).isOwn).toBe(false);
  });

  it("names abstract types by their own name", () => {
    expect(described("{ found { __typename } nodes { id } }").types).toEqual(["Found", "Node"]);
  });
});
