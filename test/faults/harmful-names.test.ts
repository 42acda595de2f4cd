/** Names and values that generated code, plain objects or a careless printer could take for their own. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createGateway } from "#gateway";
import { createGraphQLHandler, createHttpServer } from "#http";
import { inProcess, link, subgraphOf } from "../../gateway/fixtures/shop.fixture.ts";
import { ask, expectAlive, refused, send, summary } from "./ask-shop.ts";
import { type ShopServer, startShop } from "./shop-server.ts";

describe("names and values that are meant to do harm", () => {
  // The schema may have such names, too: generated code must not take them for its own.
  const oddSdl = `${link}
    type Query { odd: Odd! constructor(constructor: Int, prototype: Tricky): [Odd!]! toString: String }
    type Odd @key(fields: "hasOwnProperty") {
      hasOwnProperty: ID! constructor: String prototype: Odd valueOf(class: String = "a"): String eval: [Odd!]! arguments: Int
    }
    input Tricky { constructor: Int, hasOwnProperty: String, toString: Tricky }`;
  const moreSdl = `${link}
    type Odd @key(fields: "hasOwnProperty") { hasOwnProperty: ID! then: String _: Int isPrototypeOf: Odd }`;
  const odd = {
    hasOwnProperty: "1",
    constructor: "c",
    prototype: () => odd,
    valueOf: ({ class: of }: { class: string }) => of,
    eval: () => [odd],
    arguments: 7,
  };

  let shop: ShopServer;
  let names: Awaited<ReturnType<typeof startOdd>>;
  async function startOdd() {
    const one = subgraphOf("odd", oddSdl, {
      Query: {
        odd: () => odd,
        constructor: (_: unknown, args: object) => [{ ...odd, constructor: JSON.stringify(args) }],
        toString: () => "text",
      },
    });
    const more = subgraphOf("more", moreSdl, {
      Odd: {
        __resolveReference: (key: object) => key,
        // biome-ignore lint/suspicious/noThenProperty: whether it is taken for a promise is the question
        then: ({ hasOwnProperty: key }: { hasOwnProperty: string }) => `then ${key}`,
        _: () => 1,
        isPrototypeOf: (key: object) => key,
      },
    });
    const gateway = await createGateway({
      source: { kind: "subgraphs", subgraphs: [inProcess(one), inProcess(more)] },
    });
    const server = await createHttpServer({ port: 0, graphql: createGraphQLHandler(gateway.service) });
    return {
      url: `${server.url}/graphql`,
      close: async () => {
        await server.close();
        await gateway.close();
      },
    };
  }
  const askOdd = async (query: string, variables: object = {}): Promise<string> => {
    const body = JSON.stringify({ query, variables });
    const response = await fetch(names.url, { method: "POST", body, headers: { "content-type": "application/json" } });
    return response.text();
  };

  beforeAll(async () => {
    shop = await startShop();
    names = await startOdd();
  });
  afterEach(() => expectAlive(shop));
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    await names?.close();
  });

  it("are aliases like others", async () => {
    const aliases = [
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "hasOwnProperty",
      "then",
      "_",
      "__typename",
      "length",
      "eval",
      "arguments",
      "mesh_as_id",
      "_entities",
      "__v0",
    ];
    const fields = (field: string): string => aliases.map((alias) => `${alias}: ${field}`).join(" ");
    const query = `{ ${fields("orders(first: 1) { id total }").replace("__typename: orders(first: 1) { id total }", "")} me { ${fields("name").replace("__typename: name", "")} } orders { customer { ${fields("city").replace("__typename: city", "")} } } }`;
    const response = await fetch(shop.url, {
      method: "POST",
      body: JSON.stringify({ query }),
      headers: { "content-type": "application/json" },
    });
    const text = await response.text();
    const { data } = JSON.parse(text) as { data: Record<string, unknown> };
    const kept = aliases.filter((alias) => alias !== "__typename");
    expect(Object.keys(data)).toEqual([...kept, "me", "orders"]);
    expect(text).toContain(`"__proto__":[{"id":"o1","total":10.5}]`);
    expect(JSON.stringify(data.me)).toBe(`{${kept.map((alias) => `"${alias}":"Ada"`).join(",")}}`);
    expect(JSON.stringify((data.orders as { customer: unknown }[])[0]?.customer)).toBe(
      `{${kept.map((alias) => `"${alias}":"London"`).join(",")}}`,
    );
    expect(({} as Record<string, unknown>).id).toBeUndefined();
  });

  it("are variables and operation names like others", async () => {
    const query = `query constructor($__proto__: ID!, $constructor: Boolean, $toString: Region, $hasOwnProperty: Int = 2) {
      order(id: $__proto__) { id customer { city(upper: $constructor) } } orders(region: $toString, first: $hasOwnProperty) { id }
    } query __proto__ { me { id } }`;
    const body = `{"query":${JSON.stringify(query)},"operationName":"constructor","variables":{"constructor":true,"toString":"WEST","x":{"constructor":1}}}`;
    expect(summary(await send(shop, body))).toEqual(
      refused(
        400,
        "BAD_USER_INPUT",
        'Variable "$__proto__" has an invalid value: it is required, of type "ID!", and was not given',
      ),
    );
    // A key `__proto__` never comes in, so such a variable can only have a default.
    const withDefault = body
      .replace("$__proto__: ID!", '$__proto__: ID = \\"o1\\"')
      .replace("order(id", "order(id")
      .replace("$__proto__)", "$__proto__)");
    expect((await send(shop, withDefault.replaceAll("$__proto__: ID = ", "$__proto__: ID! = "))).data).toEqual({
      order: { id: "o1", customer: { city: "LONDON" } },
      orders: [{ id: "o2" }],
    });
    expect((await ask(shop, query.replace("ID!", 'ID! = "o1"'), { operationName: "__proto__" })).data).toEqual({
      me: { id: "c1" },
    });
    for (const operationName of ["toString", "hasOwnProperty", "", 'A"B\n']) {
      const answer = summary(await ask(shop, "query A { me { id } } query B { me { name } }", { operationName }));
      expect(answer).toEqual(
        refused(400, "GRAPHQL_UNKNOWN_OPERATION_NAME", `The document holds no operation "${operationName}"`),
      );
    }
  });

  it("are keys of input objects like others: known or refused with their place", async () => {
    const query = "query ($where: OrderFilter) { orders(where: $where) { id } }";
    for (const key of ["constructor", "toString", "hasOwnProperty", 'q"uote', ""]) {
      const { status, errors } = await ask(shop, query, { variables: { where: { and: [{ [key]: 1 }] } } });
      expect([status, errors?.map(({ message }) => message), errors?.[0]?.extensions]).toEqual([
        400,
        [
          `Variable "$where" has an invalid value at "where.and.0": Field "${key}" is not defined by type "OrderFilter".`,
        ],
        { code: "BAD_USER_INPUT", variable: "where", path: ["where", "and", 0] },
      ]);
    }
    expect(
      summary(await ask(shop, "{ orders(where: { __proto__: { region: EAST }, constructor: 1 }) { id } }")),
    ).toEqual(refused(400, "GRAPHQL_VALIDATION_FAILED", 'Field "__proto__" is not defined by type "OrderFilter".'));
  });

  it("are wrong types of variables, told with their place", async () => {
    const query =
      "query ($id: ID!, $first: Int, $where: OrderFilter, $up: Boolean) { order(id: $id) { id } orders(first: $first, where: $where) { customer { city(upper: $up) } } }";
    const variables = {
      id: { secret: 1 },
      first: 1.5,
      where: { and: [{ region: "EAST" }, { region: ["WEST"] }] },
      up: "yes",
    };
    const { status, errors } = await ask(shop, query, { variables });
    expect(status).toBe(400);
    expect(errors?.map(({ message, extensions }) => [message.split(":")[0], extensions.code, extensions.path])).toEqual(
      [
        ['Variable "$id" has an invalid value', "BAD_USER_INPUT", ["id"]],
        ['Variable "$first" has an invalid value', "BAD_USER_INPUT", ["first"]],
        [
          'Variable "$where" has an invalid value at "where.and.1.region"',
          "BAD_USER_INPUT",
          ["where", "and", 1, "region"],
        ],
        ['Variable "$up" has an invalid value', "BAD_USER_INPUT", ["up"]],
      ],
    );
  });

  it.each([
    '"',
    "'",
    "`",
    "\\",
    "\n",
    "\0",
    "\u2028",
    "${process.exit()}",
    '"}}); process.exit(); ({a:{b:"',
    "*/ throw 1 /*",
    "🙂",
    "</script>",
    "%00",
    "'; drop table orders; --",
  ])("are the text %j, which arrives as it is", async (text) => {
    const query = `query ($id: ID!) { order(id: $id) { id } b: order(id: ${JSON.stringify(text)}) { id } orders(first: 1) { id } }`;
    const { status, data } = await ask(shop, query, { variables: { id: text } });
    expect([status, data]).toEqual([200, { order: null, b: null, orders: [{ id: "o1" }] }]);
    const { body } = shop.orders.received.at(-1) ?? {};
    expect(Object.values(body?.variables ?? {})).toContain(text);
  });

  it("are half a character, which has no place in UTF-8", async () => {
    const half = "\ud83d";
    const { data } = await ask(shop, "query ($id: ID!) { order(id: $id) { id } }", { variables: { id: half } });
    expect(data).toEqual({ order: null });
    const literal = summary(await ask(shop, `{ order(id: "${half}") { id } }`));
    expect(literal).toEqual(refused(400, "GRAPHQL_PARSE_FAILED", /Invalid character within String/));
  });

  it("are names in the schema that JavaScript has, too", async () => {
    const all = "hasOwnProperty constructor arguments then _ valueOf(class: $class) isPrototypeOf { then }";
    const query = `query ($class: String, $constructor: Tricky) {
      odd { ${all} prototype { ${all} } eval { ${all} } }
      toString constructor(constructor: 3, prototype: $constructor) { constructor then }
    }`;
    const one =
      '"hasOwnProperty":"1","constructor":"c","arguments":7,"then":"then 1","_":1,"valueOf":"v","isPrototypeOf":{"then":"then 1"}';
    // Every name is given: the subgraph's graphql-js would read what is missing from the prototype.
    const tricky = { constructor: 4, hasOwnProperty: "x", toString: null };
    const args = JSON.stringify(JSON.stringify({ constructor: 3, prototype: tricky }));
    const variables = { class: "v", constructor: tricky };
    expect(JSON.parse(await askOdd(query, variables)).data).toEqual(
      JSON.parse(
        `{"odd":{${one},"prototype":{${one}},"eval":[{${one}}]},"toString":"text","constructor":[{"constructor":${args},"then":"then 1"}]}`,
      ),
    );
  });
});
