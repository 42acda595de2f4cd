/** One Apollo Server program, once with ApolloGateway and once with MeshGateway in its one line: equal answers. */
import { ApolloGateway } from "@apollo/gateway";
import { execute, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MeshGateway } from "#gateway";
import { createShop, deepQuery, smallQuery, wideQuery } from "../../bench/engine/shop.ts";
import {
  type Program,
  type ServedSupergraph,
  serveSupergraph,
  startProgram,
} from "../../gateway/apollo-server/apollo-program.fixture.ts";
import { link, shopSubgraphs, subgraphOf } from "../../gateway/fixtures/shop.fixture.ts";
import type { InProcessSubgraph } from "../../gateway/transport/in-process.ts";

type Served = InProcessSubgraph & { readonly sdl: string };

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const bench: readonly Served[] = createShop().map(({ name, sdl, schema }) => ({
  name,
  sdl,
  execute: async ({ query, variables }) => {
    const result = await execute({ schema, document: parse(query), variableValues: variables });
    return JSON.parse(JSON.stringify(result));
  },
}));

const failing: readonly Served[] = [
  subgraphOf(
    "lists",
    `${link} type Query { items: [Item!]! fails(code: String): String broken: Item! many: [Item] } type Item @key(fields: "id") { id: ID! left: Int }`,
    {
      Query: {
        items: () => [{ id: "1", left: 3 }, { id: "2" }, { id: "3" }],
        fails: (_: unknown, { code }: { code?: string }) => {
          throw Object.assign(new Error("out of stock"), code === undefined ? {} : { extensions: { code, left: 0 } });
        },
        broken: () => null,
        many: () => [{ id: "1" }, null, { id: "4" }],
      },
    },
  ),
  subgraphOf("details", `${link} type Item @key(fields: "id") { id: ID! name: String price: Float! }`, {
    Item: {
      __resolveReference: ({ id }: { id: string }) => {
        if (id === "4") throw new Error("no such item");
        return { id, name: `item ${id}`, price: id === "2" ? null : 1.5 };
      },
    },
  }),
];

interface Asked {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

const fixtureOperations: readonly Asked[] = [
  { query: "{ orders { id total customer { name city(upper: true) } products { id name } } }" },
  {
    query: "query ($f: Int = 2, $r: Region) { orders(first: $f, region: $r) { id region } }",
    variables: { r: "EAST" },
  },
  { query: "query ($f: OrderFilter) { orders(where: $f) { id } }", variables: { f: { and: [{ region: "WEST" }] } } },
  { query: `{ a: order(id: "o1") { id: total total: id } b: order(id: "none") { id } }` },
  { query: `query ($on: Boolean!) { me { name @include(if: $on) email @skip(if: $on) } }`, variables: { on: true } },
  { query: `query ($on: Boolean!) { me { name @include(if: $on) email @skip(if: $on) } }`, variables: { on: false } },
  { query: `{ products { ...N __typename } } fragment N on Named { called: name ... on Product { id } }` },
  { query: `mutation { a: ship(id: "o3") { id shipped customer { name } } b: ship(id: "none") { id } }` },
  { query: "query A { me { id } } query B { customers { id name } }", operationName: "B" },
  {
    query: `{ __typename __schema { queryType { name } } __type(name: "Order") { fields { name } } me { __typename } }`,
  },
  { query: "{ __typename }" },
  { query: "{ orders { nothing } }" },
  { query: "{ orders {" },
  { query: "query ($f: Int!) { orders(first: $f) { id } }", variables: { f: "many" } },
  { query: "query ($f: Int!) { orders(first: $f) { id } }" },
  { query: "query ($r: Region) { orders(region: $r) { id } }", variables: { r: "NORTH" } },
];

const benchOperations: readonly Asked[] = [
  { query: deepQuery },
  { query: wideQuery, variables: { first: 7 } },
  { query: smallQuery },
  {
    query: `mutation { addReview(upc: "p1", body: "b") { id body author { name } product { name shippingEstimate } } }`,
  },
];

const failingOperations: readonly Asked[] = [
  { query: "{ items { id left } fails }" },
  { query: `{ fails(code: "SOLD_OUT") items { id } }` },
  { query: "{ broken { id } }" },
  { query: "{ many { id } }" },
  { query: "{ items { id name price } }" },
];

/** What clients can tell apart; extensions beyond the code are each gateway's own. */
function comparable({ status, body }: Awaited<ReturnType<Program["ask"]>>): object {
  return {
    status,
    data: body.data,
    errors: (body.errors ?? []).map(({ path, extensions }) => JSON.stringify({ path, code: extensions.code })).sort(),
  };
}

const shop = Object.values(shopSubgraphs());

/** The program with either gateway, over these subgraphs, for the tests around it. */
function usePrograms(subgraphs: readonly Served[]): { readonly apollo: () => Program; readonly mesh: () => Program } {
  let served: ServedSupergraph;
  let apollo: Program;
  let mesh: Program;
  beforeAll(async () => {
    served = await serveSupergraph(subgraphs);
    const { supergraphSdl } = served;
    apollo = await startProgram(new ApolloGateway({ supergraphSdl, logger: silent }));
    mesh = await startProgram(new MeshGateway({ supergraphSdl, logger: silent }));
  });
  afterAll(async () => {
    await apollo?.[Symbol.asyncDispose]();
    await mesh?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  });
  return { apollo: () => apollo, mesh: () => mesh };
}

describe.each<[string, readonly Served[], readonly Asked[]]>([
  ["the fixtures' shop", shop, fixtureOperations],
  ["the benchmark's shop", bench, benchOperations],
  ["subgraphs that fail", failing, failingOperations],
])("over %s", (_name, subgraphs, operations) => {
  const { apollo, mesh } = usePrograms(subgraphs);

  it.each(operations)("both gateways answer alike: $query", async ({ query, variables, operationName }) => {
    const options = operationName === undefined ? {} : { operationName };
    const expected = comparable(await apollo().ask(query, variables, options));
    expect(comparable(await mesh().ask(query, variables, options))).toEqual(expected);
  });
});

describe("where they differ", () => {
  const ofShop = usePrograms(shop);
  const ofFailing = usePrograms(failing);

  it.each([undefined, "C"])(
    "an operation that cannot be found is the client's fault, not the server's (%s)",
    async (operationName) => {
      const document = "query A { me { id } } query B { me { name } }";
      const options = operationName === undefined ? {} : { operationName };
      expect((await ofShop.apollo().ask(document, {}, options)).status).toBe(500);
      expect(await ofShop.mesh().ask(document, {}, options)).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }] },
      });
    },
  );

  it("an error of an entity has its place in the client's answer", async () => {
    const query = "{ many { id name } }";
    const apollo = (await ofFailing.apollo().ask(query)).body;
    const mesh = (await ofFailing.mesh().ask(query)).body;
    expect(mesh.data).toEqual(apollo.data);
    expect(apollo.errors?.map(({ path }) => path)).toEqual([["many", "@", "_entities"]]);
    expect(mesh.errors?.map(({ path }) => path)).toEqual([
      ["many", 0, "name"],
      ["many", 2, "name"],
    ]);
  });
});
