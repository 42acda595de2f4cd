import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readGovernedCoordinates } from "./governed-coordinates.ts";

const mesh = `@link(url: "https://specs.datamesh.io/mesh/v1.0", import: ["@dataProduct", "@pii", { name: "@classified", as: "@level" }])`;

describe("readGovernedCoordinates", () => {
  it("knows every field of a subgraph, personal or not, with what it takes from its type", () => {
    const document = parse(/* GraphQL */ `
      extend schema ${mesh}
      type Customer @dataProduct(name: "customers", domain: "crm", version: "1.0.0") @level(level: "confidential") {
        id: ID!
        email: String! @pii(category: "email") @level(level: "internal")
      }
      interface Person { email: String @pii(category: "email") @level(level: "restricted") }
      extend type Order { customer: Customer }
      type _Service { sdl: String }
    `);
    const demands = { authenticated: false, scopes: [], policies: [] };
    const nothing = { tags: [], madeFrom: [], demands };
    const common = { ...nothing, product: "customers", domain: "crm", purposes: [] };
    expect(readGovernedCoordinates(document, { name: "orders", domain: "sales" })).toEqual([
      { ...common, coordinate: "Customer.id", pii: [], classification: "confidential", type: "ID!" },
      { ...common, coordinate: "Customer.email", pii: ["email"], classification: "confidential", type: "String!" },
      {
        ...nothing,
        coordinate: "Person.email",
        product: "orders",
        domain: "sales",
        pii: ["email"],
        classification: "restricted",
        purposes: [],
        type: "String",
      },
      {
        ...nothing,
        coordinate: "Order.customer",
        product: "orders",
        domain: "sales",
        pii: [],
        classification: undefined,
        purposes: [],
        type: "Customer",
      },
    ]);
  });

  it("takes a type of which nobody says whose it is for its subgraphs'", () => {
    const document = parse(/* GraphQL */ `
      schema ${mesh} { query: Query }
      enum join__Graph { CUSTOMERS @join__graph(name: "customers", url: "") }
      type Customer @join__type(graph: CUSTOMERS) @dataProduct(name: "customers", domain: "crm", version: "1.0.0") { id: ID! }
      type CustomerGroup @join__type(graph: CUSTOMERS) { email: String @pii(category: "email") }
    `);
    expect(readGovernedCoordinates(document)).toMatchObject([
      { coordinate: "Customer.id", product: "customers", domain: "crm" },
      { coordinate: "CustomerGroup.email", product: "customers", domain: "crm" },
    ]);
  });

  it("asks a supergraph which products resolve a field", () => {
    const document = parse(/* GraphQL */ `
      schema ${mesh} { query: Query }
      enum join__Graph { ORDERS @join__graph(name: "orders", url: "") CUSTOMERS @join__graph(name: "customers", url: "") }
      type Query { x: Int @join__field(graph: ORDERS) }
      type Order @dataProduct(name: "orders", domain: "sales", version: "1.0.0") { id: ID! }
      type Customer @dataProduct(name: "customers", domain: "crm", version: "1.0.0") {
        id: ID!
        orders: Int @join__field(graph: ORDERS)
        email: String @join__field(graph: CUSTOMERS) @join__field(graph: ORDERS, external: true) @pii(category: "email")
        region: String @join__field(graph: CUSTOMERS) @join__field(graph: ORDERS)
      }
    `);
    const seen = readGovernedCoordinates(document).map((it) => `${it.coordinate} ${it.domain}.${it.product}`);
    expect(seen).toEqual([
      "Query.x sales.orders",
      "Order.id sales.orders",
      "Customer.id crm.customers",
      "Customer.orders sales.orders",
      "Customer.email crm.customers",
      "Customer.region crm.customers",
      "Customer.region sales.orders",
    ]);
  });
});
