import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous, type Caller, createRules, type Policy, readGovernedCoordinates, readPolicy } from "#policies";
import type { Storage } from "../../storage/port.ts";
import { onStatement } from "../../storage/statement.ts";
import { exampleLines, exampleMesh, exampleOrders, memoryStorage, ordersProduct } from "../serving.fixture.ts";
import { createSubgraph, type Subgraph, type SubgraphOptions } from "../subgraph.ts";
import type { ProductResolvers } from "./product-resolvers.ts";

const nowhere = { snapshot: () => Promise.reject(new Error("nothing is read here")) };

const schema = `
"A share of the orders."
type RegionShare { region: String! orders: Int! }

extend type Order {
  "Days from order to shipment; null until it is shipped."
  daysToShip: Int
  heaviest: OrderLine
  lineTotal: Decimal
  mailDomain: String @pii(category: "email")
}
extend type Query {
  shares: [RegionShare!]!
  giftOrders: [Order!]!
}
`;

const resolvers: ProductResolvers = {
  Order: {
    daysToShip: {
      requires: ["order_date", "shipped_at"],
      resolve: ({ order_date, shipped_at, ...rest }: Record<string, string | null>) => {
        expect(rest).toEqual({});
        return shipped_at ? Math.floor((Date.parse(shipped_at) - Date.parse(order_date ?? "")) / 86_400_000) : null;
      },
    },
    heaviest: {
      requires: ["order_id"],
      resolve: ({ order_id }) => (order_id === "O-3" ? { order_id, line_number: 2 } : null),
    },
    lineTotal: {
      requires: ["order_id"],
      resolve: ({ order_id }, _args, context) =>
        context
          .batch("line totals", async (ids) => {
            const { sql, table } = context;
            const rows = await context.read(
              sql`select order_id, sum(sales) as total from ${table("order_lines")} where order_id = any(cast(${ids} as text[])) group by order_id`,
              { order_id: "string", total: "decimal(38,4)" },
            );
            const totals = new Map(rows.map((row) => [row.order_id, row.total]));
            return ids.map((id) => totals.get(id) ?? null);
          })
          .load(order_id),
    },
    mailDomain: {
      requires: ["contact_email"],
      resolve: ({ contact_email }) => contact_email?.split("@")[1],
    },
  },
  Query: {
    shares: async (_root, _args, { sql, table, read }) =>
      (
        await read(sql`select region, count(*) as orders from ${table("orders")} group by region order by region`, {
          region: "string",
          orders: "integer",
        })
      ).map(({ region, orders }) => ({ region, orders })),
    giftOrders: (_root, _args, { sql, table, read }) =>
      read(sql`select order_id from ${table("orders")} where gift = ${true} order by order_id`, { order_id: "string" }),
  },
};

describe("a product's own fields", () => {
  let storage: Storage;
  let subgraph: Subgraph;
  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    subgraph = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      extension: {
        schema: { file: "orders/schema.graphql", text: schema },
        resolvers: { file: "orders/resolvers.ts", resolvers },
      },
      onError: ({ cause }) => expect.fail(String(cause)),
    });
  });
  afterAll(() => storage.close());

  const run = async (query: string): Promise<{ readonly data: unknown; readonly statements: readonly string[] }> => {
    const statements: string[] = [];
    const stop = onStatement(({ sql }) => statements.push(sql));
    const answer = await subgraph.execute({ query, caller: anonymous, masking: "gateway" });
    stop();
    expect(answer.errors).toBeUndefined();
    return { data: answer.data, statements };
  };

  it("get exactly the columns they require, and nothing more is read for them", async () => {
    const { data, statements } = await run(`{ orders(first: 2) { nodes { daysToShip mailDomain } } }`);
    expect(data).toEqual({
      orders: {
        nodes: [
          { daysToShip: null, mailDomain: "example.com" },
          { daysToShip: 1, mailDomain: "example.com" },
        ],
      },
    });
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatch(
      /^select "t"."order_id", "t"."order_date", "t"."shipped_at", "t"."contact_email" from/,
    );
  });

  it("may return keys, whose asked columns the platform loads together", async () => {
    const { data, statements } = await run(
      `{ giftOrders { orderId total heaviest { sales } } order(orderId: "O-3") { heaviest { quantity } } }`,
    );
    expect(data).toMatchObject({
      giftOrders: [
        { orderId: "O-0", total: "0.10", heaviest: null },
        { orderId: "O-2", total: "2.10" },
        { orderId: "O-4", total: "4.10" },
        { orderId: "O-6", total: "6.10" },
      ],
      order: { heaviest: { quantity: 3 } },
    });
    expect(statements.length).toBeLessThanOrEqual(4);
  });

  it("may run SQL in the request's version, batched over their parents", async () => {
    const { data, statements } = await run(`{ orders(first: 4) { nodes { lineTotal } } shares { region orders } }`);
    expect(data).toEqual({
      orders: {
        nodes: [{ lineTotal: null }, { lineTotal: "10.0050" }, { lineTotal: "20.0100" }, { lineTotal: "30.0150" }],
      },
      shares: [
        { region: "East", orders: 3 },
        { region: "West", orders: 4 },
      ],
    });
    expect(statements).toHaveLength(3);
  });

  it("name their product and compose like generated ones", () => {
    expect(subgraph.sdl).toContain('shares: [RegionShare!]! @dataProduct(name: "orders"');
    const { errors } = composeServices([{ name: "orders", typeDefs: parse(subgraph.sdl), url: "http://127.0.0.1:1" }]);
    expect(errors ?? []).toEqual([]);
  });
});

describe("a faulty extension is refused with its place", () => {
  const refusal = (text: string | undefined, faulty: unknown = undefined): string => {
    try {
      createSubgraph({
        product: ordersProduct,
        mesh: exampleMesh,
        snapshots: nowhere,
        extension: {
          schema: text === undefined ? undefined : { file: "orders/schema.graphql", text },
          resolvers: faulty === undefined ? undefined : { file: "orders/resolvers.ts", resolvers: faulty },
        },
      });
    } catch (error) {
      expect(error).toMatchObject({ code: "PRODUCT_EXTENSION_INVALID" });
      return (error as Error).message;
    }
    return "nothing";
  };
  const resolve = (): null => null;

  it.each([
    [
      "syntax",
      "extend type Order {\n  a: Int\n",
      {},
      /^orders\/schema\.graphql:3:1: Syntax Error: Expected Name, found <EOF>/,
    ],
    [
      "an unknown type to extend",
      "extend type Ordr { a: Int }",
      {},
      /^orders\/schema\.graphql:1:1: there is no type Ordr to extend. Did you mean `Order`\?$/,
    ],
    [
      "an unknown type of a field",
      "\nextend type Order { a: Decimall }",
      { Order: { a: resolve } },
      /^orders\/schema\.graphql:2:24: there is no type Decimall. Did you mean `Decimal`\?$/,
    ],
    [
      "a generated type defined again",
      "type Order { a: Int }",
      {},
      /^orders\/schema\.graphql:1:1: Order is generated from the manifest. Write `extend type Order`.$/,
    ],
    [
      "a generated field",
      "extend type Order { total: Int }",
      {},
      /^orders\/schema\.graphql:1:21: Order.total is generated/,
    ],
    [
      "a field without resolver",
      "extend type Order { a: Int }",
      {},
      /^orders\/schema\.graphql:1:21: Order.a has no resolver in orders\/resolvers.ts.$/,
    ],
    [
      "no resolvers at all",
      "extend type Order { a: Int }",
      undefined,
      /^orders\/schema\.graphql:1:21: Order.a has no resolver and there is no resolvers.ts.$/,
    ],
    ["resolvers without schema", undefined, {}, /^orders\/resolvers.ts has resolvers, but there is no schema.graphql/],
    [
      "a resolver of an undeclared field",
      "extend type Order { day: Int }",
      { Order: { day: resolve, dai: resolve } },
      /^orders\/resolvers.ts: Order.dai has a resolver, but schema.graphql does not declare it. Did you mean `Order.day`\?$/,
    ],
    [
      "a resolver that is none",
      "extend type Order { a: Int }",
      { Order: { a: 1 } },
      /^orders\/resolvers.ts: Order.a is neither a function nor/,
    ],
    [
      "an unknown column",
      "extend type Order { a: Int }",
      { Order: { a: { requires: ["totl"], resolve } } },
      /^orders\/resolvers.ts: Order.a requires totl, which orders does not have. Did you mean `total`\?$/,
    ],
    [
      "columns of a type that is no table",
      "extend type Query { a: Int }",
      { Query: { a: { requires: ["total"], resolve } } },
      /^orders\/resolvers.ts: Query.a requires columns, but Query is no table of orders.$/,
    ],
    [
      "personal data unmarked",
      "extend type Order { a: Int }",
      { Order: { a: { requires: ["contact_email"], resolve } } },
      /^orders\/schema\.graphql:1:21: Order.a is made from personal data \(contact_email\). Write @pii\(category: "email"\)/,
    ],
    [
      "an unknown directive",
      "extend type Order { a: Int @nope }",
      { Order: { a: resolve } },
      /^orders\/schema\.graphql:1:28: there is no directive @nope/,
    ],
  ])("%s", (_, text, faulty, message) => {
    expect(refusal(text, faulty)).toMatch(message);
  });
});

describe("a product's own fields under policies", () => {
  let storage: Storage;
  let subgraph: Subgraph;
  const denyRegions: Policy | undefined = readPolicy(
    `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: regions, owner: o }
spec: { selector: { coordinate: Order.region }, unless: { roles: sales }, effect: { type: deny, reason: it is for sales } }`,
    "regions.yaml",
  ).value;
  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    const options: SubgraphOptions = {
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      extension: {
        schema: {
          file: "schema.graphql",
          text: `
            extend type Order {
              shortRegion: String
              shout: String @requiresScopes(scopes: [["shout", "read"], ["admin"]])
              member: Boolean! @authenticated
            }`,
        },
        resolvers: {
          file: "resolvers.ts",
          resolvers: {
            Order: {
              shortRegion: { requires: ["region"], resolve: ({ region }: { region: string }) => region.slice(0, 1) },
              shout: () => "!",
              member: () => true,
            },
          } satisfies ProductResolvers,
        },
      },
      // A denial is an error that the client is told.
      onError: () => undefined,
    };
    const coordinates = readGovernedCoordinates(parse(createSubgraph(options).sdl), {
      name: "orders",
      domain: "sales",
    });
    const rules = createRules(denyRegions === undefined ? [] : [denyRegions], coordinates);
    subgraph = createSubgraph({ ...options, rules });
  });
  afterAll(() => storage.close());

  const user = (rest: Partial<Caller["principal"]> = {}): Caller => ({
    principal: { ...anonymous.principal, id: "u", kind: "user", ...rest },
    purpose: undefined,
  });
  const read = async (field: string, caller: Caller): Promise<unknown> => {
    const { data, errors } = await subgraph.execute({
      query: `{ order(orderId: "O-1") { ${field} } }`,
      caller,
      masking: "here",
    });
    return errors?.[0]?.message ?? (data as { order: Record<string, unknown> }).order[field];
  };

  it("are governed as the columns that they are made from", async () => {
    expect(subgraph.sdl).toContain('shortRegion: String @derived(from: ["region"])');
    expect(await read("shortRegion", user())).toBe(
      "Order.shortRegion is denied by the policy regions: it is for sales.",
    );
    expect(await read("shortRegion", user({ roles: ["sales"] }))).toEqual(expect.any(String));
  });

  it("ask what the federation's directives ask", async () => {
    expect(await read("member", anonymous)).toContain("only authenticated callers may read it");
    expect(await read("member", user())).toBe(true);
    expect(await read("shout", user({ attributes: { scopes: ["read"] } }))).toContain("shout and read, or admin");
    expect(await read("shout", user({ attributes: { scopes: ["read", "shout"] } }))).toBe("!");
    expect(await read("shout", user({ attributes: { scp: "x admin" } }))).toBe("!");
  });
});
