import { expect, test } from "vitest";
import { readSchemaFacts } from "./read-schema-facts.ts";

const supergraph = `
  schema
    @link(url: "https://specs.apollo.dev/link/v1.0")
    @link(url: "https://specs.datamesh.io/mesh/v1.0", import: ["@dataProduct", "@pii", "@sunset", "@classified", "@since"])
  { query: Query }

  type Query {
    orders(first: Int, hint: Int @inaccessible @sunset(date: "2027-01-01")): [Order]
      @dataProduct(name: "orders", domain: "sales", version: "1.4.0", owner: "team-sales")
  }
  type Order @dataProduct(name: "orders", domain: "sales", version: "1.4.0", owner: "team-sales") @since(version: "1.0.0") {
    total: Float @sunset(date: "2027-03-31", replacedBy: "Order.amount", deprecated: "2026-03-01") @deprecated
    email: String @pii(category: "email") @classified(level: "confidential")
    margin: Float @pii(category: "secret") @inaccessible
  }
  type Internal @inaccessible @dataProduct(name: "hidden", domain: "x", version: "1.0.0", owner: "y") {
    key: String @pii(category: "secret")
  }
`;

test("a supergraph's directives become facts about products and coordinates", () => {
  const { products, coordinates } = readSchemaFacts(supergraph);
  expect(products).toEqual([{ name: "orders", domain: "sales", version: "1.4.0", owner: "team-sales" }]);
  expect(coordinates.Order).toEqual({ products: ["orders"], since: "1.0.0" });
  expect(coordinates["Order.total"]).toEqual({ sunset: "2027-03-31", replacedBy: "Order.amount" });
  expect(coordinates["Order.email"]).toEqual({ personalData: ["email"], classification: "confidential" });
  expect(coordinates["Query.orders"]).toEqual({ products: ["orders"] });
});

test("nothing is told about what the API schema hides", () => {
  const told = JSON.stringify(readSchemaFacts(supergraph));
  expect(told).not.toMatch(/margin|secret|Internal|hidden|hint/);
});
