/** What a client reads for every way in which a request can be wrong, before anything runs. */
import { buildClientSchema, getIntrospectionQuery, isObjectType, lexicographicSortSchema, printSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGraphQLHandler, type HttpRequest } from "#http";
import { AuthenticationError, anonymous, type Caller } from "#policies";
import { ClientError } from "#schema";
import { ask } from "./fixtures/ask.fixture.ts";
import { inProcess, shopMonolith, shopSources, shopSubgraphs } from "./fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "./gateway.ts";
import type { InProcessSubgraph } from "./transport/in-process.ts";

const source = () => ({ kind: "subgraphs" as const, subgraphs: shopSources() });

async function withGateway<T>(config: Partial<GatewayConfig>, use: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await createGateway({ source: source(), ...config });
  try {
    return await use(gateway);
  } finally {
    await gateway.close();
  }
}

describe("a request that is refused before anything runs", () => {
  let gateway: Gateway;
  let fetches = 0;
  beforeAll(async () => {
    const counted = (subgraph: InProcessSubgraph & { sdl: string }) =>
      inProcess({
        ...subgraph,
        execute: (call) => {
          fetches += 1;
          return subgraph.execute(call);
        },
      });
    const subgraphs = Object.values(shopSubgraphs()).map(counted);
    gateway = await createGateway({
      source: { kind: "subgraphs", subgraphs },
      limits: { maxBytes: 2_000, maxTokens: 200, maxDepth: 5, maxCost: 500 },
    });
  });
  afterAll(() => gateway.close());

  it.each([
    ["broken text", "{ orders", {}, "GRAPHQL_PARSE_FAILED", /Expected Name/],
    ["too many tokens", `{ ${"id ".repeat(300)} }`, {}, "GRAPHQL_PARSE_FAILED", /200 tokens/],
    ["too many bytes", `{ me { id } } # ${"é".repeat(1_000)}`, {}, "MAX_BYTES_LIMIT", /2000 bytes/, 413],
    [
      "too many rows",
      "{ orders { products { name } } customers { id } a: orders { products { name } } b: orders { products { id } } c: orders { products { id } } d: orders { products { id } } }",
      {},
      "COST_ESTIMATED_TOO_EXPENSIVE",
      /^The operation may cost 560, at most 500 is allowed/,
    ],
    ["nothing", "  ", {}, "BAD_REQUEST", /send a `query`/],
    ["an unknown field", "{ order }", {}, "GRAPHQL_VALIDATION_FAILED", /order/],
    [
      "nesting",
      "{ orders { customer { id: id } } a: orders { customer { ...on Customer { id } } } b: orders { products { name } } c: __schema { types { fields { type { ofType { name } } } } } }",
      {},
      "MAX_DEPTH_LIMIT",
      /at most 5/,
    ],
    [
      "an unknown operation name",
      "query A { me { id } }",
      { operationName: "B" },
      "GRAPHQL_UNKNOWN_OPERATION_NAME",
      /no operation "B"/,
    ],
    [
      "a missing operation name",
      "query A { me { id } } query B { me { id } }",
      {},
      "GRAPHQL_UNKNOWN_OPERATION_NAME",
      /`operationName`/,
    ],
    ["no operation", "fragment f on Order { id }", {}, "GRAPHQL_VALIDATION_FAILED", /never used/],
    [
      "a missing variable",
      "query ($id: ID!) { order(id: $id) { id } }",
      {},
      "BAD_USER_INPUT",
      /"\$id".*required.*"ID!"/,
    ],
    [
      "null for a variable that cannot be",
      "query ($id: ID!) { order(id: $id) { id } }",
      { variables: { id: null } },
      "BAD_USER_INPUT",
      /null is not allowed/,
    ],
  ] as readonly [string, string, object, string, RegExp, number?][])(
    "for %s gets a code, a status and a reason",
    async (_, query, options, code, message, status = 400) => {
      const answer = await ask(gateway.service, query, options);
      expect(answer).toMatchObject({ status, data: undefined });
      expect(answer.errors[0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code } });
      expect(fetches).toBe(0);
    },
  );

  it("says where in a variable the fault is", async () => {
    const query = "query ($where: OrderFilter) { orders(where: $where) { id } }";
    const { errors } = await ask(gateway.service, query, {
      variables: { where: { and: [{}, { region: "NORTH", x: 1 }] } },
    });
    expect(errors.map(({ message, extensions }) => [message.split(":")[0], extensions])).toEqual([
      [
        'Variable "$where" has an invalid value at "where.and.1.region"',
        { code: "BAD_USER_INPUT", variable: "where", path: ["where", "and", 1, "region"] },
      ],
      [
        'Variable "$where" has an invalid value at "where.and.1"',
        { code: "BAD_USER_INPUT", variable: "where", path: ["where", "and", 1] },
      ],
    ]);
  });

  it("ignores variables that the operation does not declare", async () => {
    const { data } = await ask(gateway.service, "{ me { name } }", { variables: { more: { than: "asked" } } });
    expect(data).toEqual({ me: { name: "Ada" } });
  });

  it("prepares a text once and keeps its faults, too", async () => {
    const count = async (result: string): Promise<number> => {
      const { body } = await gateway.metrics();
      return Number(new RegExp(`operation_cache_requests_total\\{result="${result}"\\} (\\d+)`).exec(body)?.[1] ?? 0);
    };
    const [hits, misses] = [await count("hit"), await count("miss")];
    for (let i = 0; i < 3; i++) await ask(gateway.service, "{ me { id name } }");
    for (let i = 0; i < 3; i++) await ask(gateway.service, "{ me { id nam } }");
    expect([(await count("hit")) - hits, (await count("miss")) - misses]).toEqual([4, 2]);
  });
});

describe("who asks", () => {
  const failing = (error: Error) => ({ authenticate: () => Promise.reject(error) });

  it.each([
    [new AuthenticationError("the token has expired"), 401, "UNAUTHENTICATED", /expired/],
    [new ClientError("PURPOSE_NOT_GRANTED", "not yours", { status: 403 }), 403, "PURPOSE_NOT_GRANTED", /not yours/],
    [new Error("database password is hunter2"), 500, "INTERNAL_SERVER_ERROR", /^Something went wrong in the gateway$/],
  ])("refuses with what %s says, and nothing internal", (error, status, code, message) =>
    withGateway(failing(error), async ({ service }) => {
      const answer = await ask(service, "{ me { name } }");
      expect(answer).toMatchObject({
        status,
        data: undefined,
        errors: [{ message: expect.stringMatching(message), extensions: { code } }],
      });
      expect("www-authenticate" in answer.headers).toBe(status === 401);
    }),
  );

  it("is handed to every subgraph, which masks nothing itself", async () => {
    const caller: Caller = { principal: { ...anonymous.principal, id: "u1", kind: "user" }, purpose: "support" };
    const { orders, customers, products } = shopSubgraphs();
    const calls: unknown[] = [];
    const listening = inProcess({
      ...customers,
      execute: (call) => {
        calls.push([call.caller, call.masking]);
        return customers.execute(call);
      },
    });
    const subgraphs = [inProcess(orders), inProcess(products), listening];
    const config = { source: { kind: "subgraphs" as const, subgraphs }, authenticate: () => Promise.resolve(caller) };
    await withGateway(config, ({ service }) => ask(service, "{ me { name } orders { customer { name } } }"));
    expect(calls).toEqual([
      [caller, "gateway"],
      [caller, "gateway"],
    ]);
  });
});

describe("introspection", () => {
  it("gives the API schema, by itself and beside other fields, without asking a subgraph", () =>
    withGateway({}, async ({ service, health }) => {
      const { data } = await ask(service, getIntrospectionQuery({ inputValueDeprecation: true }));
      const printed = printSchema(lexicographicSortSchema(buildClientSchema(data as never)));
      expect(printed).toContain("type Order {");
      expect(printed).not.toContain("_entities");
      expect(health().subgraphs.every(({ state }) => state === "unknown")).toBe(true);
      expect(
        (await ask(service, '{ __typename ...f } fragment f on Query { __type(name: "Order") { name } }')).data,
      ).toEqual({
        __typename: "Query",
        __type: { name: "Order" },
      });
      expect((await ask(service, "{ me { id } __schema { queryType { name } } }")).data).toEqual({
        me: { id: "c1" },
        __schema: { queryType: { name: "Query" } },
      });
    }));

  it("describes the same types as the monolith", () =>
    withGateway({}, async ({ service }) => {
      const query = `{ __type(name: "Order") { fields(includeDeprecated: true) { name type { kind ofType { name } } } } }`;
      const names = (type: unknown): unknown =>
        (type as { fields: { name: string }[] }).fields.map(({ name }) => name).sort();
      const { data } = await ask(service, query);
      const order = shopMonolith().getType("Order");
      expect(names(data?.__type)).toEqual(isObjectType(order) ? Object.keys(order.getFields()).sort() : []);
    }));

  it("can be switched off, with messages that name no field", () =>
    withGateway({ introspection: false }, async ({ service }) => {
      expect(await ask(service, "{ __schema { types { name } } }")).toMatchObject({
        status: 400,
        errors: [
          {
            message: "Introspection is switched off",
            extensions: { code: "GRAPHQL_VALIDATION_FAILED", validationErrorCode: "INTROSPECTION_DISABLED" },
          },
          {},
        ],
      });
      expect((await ask(service, "{ order { id } }")).errors[0]?.message).not.toContain("Did you mean");
      expect((await ask(service, "{ ordrs { id } }")).errors[0]?.message).toBe(
        'Cannot query field "ordrs" on type "Query".',
      );
      expect((await ask(service, "{ __typename }")).data).toEqual({ __typename: "Query" });
      const query = "query ($where: OrderFilter) { orders(where: $where) { id } }";
      const { errors } = await ask(service, query, { variables: { where: { regio: "EAST", and: { zone: "EAS" } } } });
      expect(errors.map(({ message }) => message)).toEqual([
        'Variable "$where" has an invalid value at "where.and.zone": The value does not exist in "Region" enum.',
        'Variable "$where" has an invalid value: Field "regio" is not defined by type "OrderFilter".',
      ]);
    }));
});

describe("a mesh with subscriptions", () => {
  it("refuses them with a reason", async () => {
    const { orders } = shopSubgraphs();
    const sdl = `${orders.sdl} type Subscription { changed: Order }`;
    const config = { source: { kind: "subgraphs" as const, subgraphs: [inProcess({ ...orders, sdl })] } };
    await withGateway(config, async ({ service }) => {
      expect(await ask(service, "subscription { changed { id } }")).toMatchObject({
        status: 400,
        errors: [
          { message: expect.stringContaining("not supported"), extensions: { code: "OPERATION_NOT_SUPPORTED" } },
        ],
      });
    });
  });
});

describe("behind the HTTP handler", () => {
  const post = (body: object, headers: Record<string, string> = {}): HttpRequest => ({
    method: "POST",
    url: "/graphql",
    headers: new Map(Object.entries({ "content-type": "application/json", ...headers })),
    body: new TextEncoder().encode(JSON.stringify(body)),
    signal: new AbortController().signal,
  });

  it("answers with data first, and deprecation headers", () =>
    withGateway({}, async ({ service }) => {
      const handle = createGraphQLHandler(service, {});
      const accept = "application/graphql-response+json";
      const { status, body } = await handle(post({ query: "{ oldOrders { id } }" }, { accept }));
      expect(status).toBe(200);
      expect(String(body)).toMatch(/^\{"data":\{"oldOrders".*"extensions":\{"products":.*"deprecations":\[/);
      const invalid = await handle(post({ query: "{ nope }" }, { accept }));
      expect(invalid.status).toBe(400);
    }));

  it("never runs a mutation that came by GET", () =>
    withGateway({}, async ({ service }) => {
      const handle = createGraphQLHandler(service, {});
      const query = encodeURIComponent('mutation { ship(id: "o1") { shipped } }');
      const headers = new Map([["apollo-require-preflight", "1"]]);
      const request: HttpRequest = {
        ...post({}),
        method: "GET",
        url: `/graphql?query=${query}`,
        body: undefined,
        headers,
      };
      expect((await handle(request)).status).toBe(405);
      expect((await ask(service, '{ order(id: "o1") { shipped } }')).data).toEqual({ order: { shipped: false } });
    }));
});
