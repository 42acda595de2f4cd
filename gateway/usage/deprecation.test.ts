/** From the directives in a product's SDL to the headers, extensions and counts of an answer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGraphQLHandler } from "#http";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { ask } from "../fixtures/ask.fixture.ts";
import { inProcess, subgraphOf } from "../fixtures/shop.fixture.ts";
import { createGateway, type Gateway } from "../gateway.ts";

const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@composeDirective"])`;
const mesh = `${federation}\n${meshSchemaExtension(["dataProduct", "sunset"])}\n${meshDirectiveDefinitions}`;

const ordersSdl = `${mesh}
  type Query { orders(filter: Filter, limit: Int @deprecated(reason: "Use first"), first: Int): [Order!]!
               regions(of: [Region!], nested: [[Filter]]): Int
               legacy: Legacy }
  type Order @key(fields: "id") @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "team-sales") {
    id: ID!
    total: Float
    amount: Float @deprecated(reason: "Two names for one thing")
      @sunset(deprecated: "2026-01-01", date: "2026-12-31", replacedBy: "Order.total", link: "https://mesh.example/amount")
    price: Float @sunset(date: "2026-06-30T12:00:00Z", reason: "Ambiguous", replacedBy: "https://mesh.example/v2")
    undated: Float @deprecated
  }
  type Legacy @sunset(deprecated: "2025-05-05", date: "2027-01-01", reason: "Nobody reads it") { a: Int b: Int }
  input Filter { region: Region, zone: Region @sunset(deprecated: "2026-03-01", date: "2026-09-01"), not: Filter, tags: [String!] }
  enum Region { EAST WEST ORIENT @sunset(deprecated: "2026-02-01") }
`;
const customersSdl = `${mesh}
  type Query { customers: Int }
  type Order @key(fields: "id") { id: ID! customer: String @deprecated(reason: "Use customers") }
  enum Region { EAST WEST ORIENT }
`;

const ordersSubgraph = subgraphOf("orders", ordersSdl, {
  Query: { orders: () => [{ id: "o1", total: 1 }], regions: () => 1 },
  Order: { __resolveReference: (reference: object) => reference },
});
const customersSubgraph = subgraphOf("customers", customersSdl, {
  Order: { __resolveReference: (reference: object) => reference },
});

describe("an answer that used what is deprecated", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const subgraphs = [inProcess(ordersSubgraph), inProcess(customersSubgraph)];
    gateway = await createGateway({ source: { kind: "subgraphs", subgraphs }, maxClientNames: 2 });
  });
  afterAll(() => gateway.close());

  const touched = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown[]> => {
    const { extensions, errors } = await ask(gateway.service, query, { variables });
    expect(errors).toEqual([]);
    return ((extensions.deprecations ?? []) as { coordinate: string }[]).map(({ coordinate }) => coordinate);
  };

  it("says what, why, since and until when, what instead, and whose it is", async () => {
    const { headers, extensions } = await ask(gateway.service, "{ orders { amount } }");
    expect(headers).toEqual({
      deprecation: "@1767225600",
      sunset: "Thu, 31 Dec 2026 23:59:59 GMT",
      link: '<https://mesh.example/amount>; rel="deprecation"; type="text/html", <https://mesh.example/amount>; rel="sunset"; type="text/html"',
    });
    expect(extensions.deprecations).toEqual([
      {
        coordinate: "Order.amount",
        reason: "Two names for one thing",
        replacement: "Order.total",
        deprecated: "2026-01-01T00:00:00.000Z",
        sunset: "2026-12-31T23:59:59.000Z",
        product: "orders",
        owner: "team-sales",
        link: "https://mesh.example/amount",
      },
    ]);
  });

  it("says so in the headers of the HTTP response", async () => {
    const handle = createGraphQLHandler(gateway.service, {});
    const { status, headers } = await handle({
      method: "POST",
      url: "/graphql",
      headers: new Map([["content-type", "application/json"]]),
      body: new TextEncoder().encode('{"query":"{ orders { amount } }"}'),
      signal: new AbortController().signal,
    });
    expect([status, headers.deprecation, headers.sunset]).toEqual([
      200,
      "@1767225600",
      "Thu, 31 Dec 2026 23:59:59 GMT",
    ]);
  });

  it("takes the earliest dates of all, and names a successor that has an address", async () => {
    const { headers, extensions } = await ask(gateway.service, "{ orders { price amount } legacy { a } }");
    expect(headers).toMatchObject({ deprecation: "@1746403200", sunset: "Tue, 30 Jun 2026 12:00:00 GMT" });
    expect(headers.link).toContain('<https://mesh.example/v2>; rel="successor-version"');
    expect(extensions.deprecations).toHaveLength(3);
  });

  it("sends no header for a date that nobody gave, and lists the coordinate all the same", async () => {
    const { headers, extensions } = await ask(gateway.service, "{ orders { undated customer } }");
    expect(headers).toEqual({});
    expect(extensions.deprecations).toMatchObject([
      { coordinate: "Order.customer", reason: "Use customers", product: "customers", owner: null, deprecated: null },
      { coordinate: "Order.undated", reason: "No longer supported", product: "orders", owner: "team-sales" },
    ]);
  });

  it("sends nothing at all when nothing deprecated was used", async () => {
    const { headers, extensions } = await ask(gateway.service, "{ orders(first: 1) { id total } }");
    expect([headers, extensions.deprecations]).toEqual([{}, undefined]);
  });

  it.each([
    [
      "a fragment",
      "{ orders { ...f } } fragment f on Order { ...g } fragment g on Order { x: amount }",
      ["Order.amount"],
    ],
    ["an inline fragment", "{ orders { ... on Order { amount } } }", ["Order.amount"]],
    ["an argument", "{ orders(limit: 1) { id } }", ["Query.orders(limit:)"]],
    ["an input field in a literal", "{ orders(filter: { not: { zone: EAST } }) { id } }", ["Filter.zone"]],
    ["an enum value in a literal", "{ regions(of: [EAST, ORIENT]) }", ["Region.ORIENT"]],
    [
      "a default value of a variable",
      "query ($f: Filter = { region: ORIENT }) { orders(filter: $f) { id } }",
      ["Region.ORIENT"],
    ],
    ["a type, once for all its fields", "{ legacy { a b } }", ["Legacy"]],
  ])("finds it through %s", async (_, query, coordinates) => {
    expect(await touched(query)).toEqual(coordinates);
  });

  it.each([
    ["nothing", { f: { region: "EAST" } }, []],
    ["an input field", { f: { zone: "EAST" } }, ["Filter.zone"]],
    ["an enum value deep inside", { f: { not: { not: { region: "ORIENT" } } } }, ["Region.ORIENT"]],
    ["a list, and a single value as a list of one", { of: "ORIENT" }, ["Region.ORIENT"]],
    ["lists of lists", { nested: [[{ zone: "WEST" }], null] }, ["Filter.zone"]],
  ])("finds %s in variables", async (_, variables, coordinates) => {
    const query =
      "query ($f: Filter, $of: [Region!], $nested: [[Filter]]) { orders(filter: $f) { id } regions(of: $of, nested: $nested) }";
    expect(await touched(query, variables)).toEqual(coordinates);
  });

  it("does not count a fragment or operation of the document that was not run", async () => {
    const document = "query A { orders { id } } query B { orders { ...f } } fragment f on Order { amount }";
    const { extensions } = await ask(gateway.service, document, { operationName: "A" });
    expect(extensions.deprecations).toBeUndefined();
  });

  it("is counted by coordinate and client, under a bounded number of names", async () => {
    const from = (headers: Record<string, string>) => ask(gateway.service, "{ orders { price } }", { headers });
    for (const name of ["web", "app", "third", "fourth", "web"]) await from({ "apollographql-client-name": name });
    await from({ "graphql-client-name": "app" });
    await from({});
    const { body } = await gateway.metrics();
    const counts = [
      ...body.matchAll(/mesh_usage_deprecated_requests_total\{client="(\w+)",coordinate="Order.price"\} (\d+)/g),
    ];
    expect(Object.fromEntries(counts.map(([, client, count]) => [client, Number(count)]))).toEqual({
      web: 2,
      app: 2,
      other: 2,
      unknown: 2, // and once in an earlier test
    });
  });
});
