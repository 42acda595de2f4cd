/**
 * The known faults of @apollo/query-planner, each shown on the planner itself and then on the engine. A test whose first
 * half fails tells that the planner has been mended and the measure can go.
 */
import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { prettyFormatQueryPlan, QueryPlanner } from "@apollo/query-planner";
import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { createTestMesh, type TestMesh } from "./mesh.fixture.ts";

/** The planner's own plan, on one line, without any measure. */
function planWithoutMeasures({ supergraphSdl }: TestMesh, query: string): string {
  const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: null, validateSupergraph: true });
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  const plan = planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), parse(query)));
  return prettyFormatQueryPlan(plan).replace(/\s+/g, " ");
}

describe("a key that is not resolvable", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type T @key(fields: "id") { id: ID! x: Int }`,
      resolvers: { T: { __resolveReference: ({ id }: { id: string }) => ({ id, x: 7 }) } },
    },
    b: {
      sdl: `type Query { t: T }
        type T @key(fields: "code", resolvable: false) @key(fields: "id") {
          id: ID! code: String! x: Int @external y: Int @requires(fields: "x")
        }`,
      resolvers: {
        Query: { t: () => ({ id: "1", code: "c" }) },
        T: {
          __resolveReference: (reference: { id?: string; x: number }) =>
            reference.id === undefined ? null : { ...reference, code: "c" },
          y: ({ x }: { x: number }) => x * 2,
        },
      },
    },
  });
  const query = "{ t { y } }";

  test("is what the planner takes for the re-entry after @requires", () => {
    expect(planWithoutMeasures(mesh, query)).toMatch(
      /Fetch\(service: "b"\) \{ \{ \.\.\. on T \{ __typename x code \} \}/,
    );
  });

  test("is left alone by the engine", async () => {
    expect(await mesh.query(query)).toEqual({ data: { t: { y: 14 } }, errors: [] });
    expect(mesh.executor.printPlan(parse(query))).toBe(`query
  sequence
    #0 b {t{id}}
    #1 a at t {... on T{__typename id}} => {... on T{x}}
    #2 b at t {... on T{__typename x id}} => {... on T{y}}
`);
  });
});

describe("a root field that no subgraph can resolve", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { b: Int } type Media @interfaceObject @key(fields: "id") { id: ID! y: Int }`,
      resolvers: { Query: { b: () => 1 } },
    },
    c: { sdl: `type Query { c: Media } interface Media @key(fields: "id") { id: ID! }` },
  });

  test("is dropped by the planner without a word", () => {
    expect(planWithoutMeasures(mesh, "{ c { y } }")).toBe("QueryPlan {}");
    expect(planWithoutMeasures(mesh, "{ b c { y } }")).toBe('QueryPlan { Fetch(service: "a") { { b } }, }');
  });

  test("is a request error of the engine, at the client's name, and nothing runs", async () => {
    const answer = await mesh.query("{ b first: c { y } }");
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toEqual([
      {
        message: 'No subgraph can resolve the query field "c".',
        path: ["first"],
        extensions: { code: "FIELD_NOT_RESOLVABLE" },
      },
    ]);
    expect(mesh.sent).toEqual([]);
  });
});

describe("a field below the root that no subgraph can resolve", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { box: Box boxes: [Any] } union Any = Box | Lid type Lid { size: Int }
        type Box @key(fields: "id") { id: ID! size: Int }
        type Media @interfaceObject @key(fields: "id") { id: ID! y: Int }`,
      resolvers: { Query: { box: () => ({ id: "1", size: 3 }) } },
    },
    c: {
      sdl: `type Box @key(fields: "id") { id: ID! media: Media all: [Media!] } interface Media @key(fields: "id") { id: ID! }`,
    },
  });

  test("is dropped by the planner without a word", () => {
    expect(planWithoutMeasures(mesh, "{ box { size media { y } } }")).not.toContain("media");
  });

  test.each([
    ["{ one: box { size m: media { y } } }", ["one", "m"]],
    ["{ boxes { ... on Lid { size } ...Inside } } fragment Inside on Box { all { y } }", ["boxes", "all"]],
  ])("is a request error of the engine, at the client's names, and nothing runs: %s", async (query, path) => {
    const answer = await mesh.query(query);
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toEqual([
      {
        message: `No subgraph can resolve "Box.${path[1] === "m" ? "media" : "all"}" here.`,
        path,
        extensions: { code: "FIELD_NOT_RESOLVABLE" },
      },
    ]);
    expect(mesh.sent).toEqual([]);
  });

  test("is nobody's concern where it cannot be", async () => {
    expect(
      await mesh.query("{ box { size ...Inside @skip(if: true) } } fragment Inside on Box { media { y } }"),
    ).toEqual({
      data: { box: { size: 3 } },
      errors: [],
    });
  });
});

describe("a context that is set in one subgraph, on objects that another one brings", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type User @key(fields: "id") @context(name: "user") { id: ID! locale: String! }
        type Post @key(fields: "id") { id: ID! greeting(locale: String @fromContext(field: "$user { locale }")): String }`,
      resolvers: {
        User: { __resolveReference: ({ id }: { id: string }) => ({ id, locale: id === "1" ? "de" : "fr" }) },
        Post: {
          __resolveReference: (post: object) => post,
          greeting: ({ id }: { id: string }, { locale }: { locale: string }) => `${id} ${locale}`,
        },
      },
    },
    b: {
      sdl: `type Query { users: [User] } type User @key(fields: "id") { id: ID! posts: [Post] } type Post @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          users: () => [
            { id: "1", posts: [{ id: "p" }] },
            { id: "2", posts: [{ id: "p" }] },
          ],
        },
      },
    },
  });
  const query = "{ users { posts { greeting } } }";

  test("is fetched by the planner beside the fetch that needs it", () => {
    expect(planWithoutMeasures(mesh, query)).toMatch(/Parallel \{.*locale.*greeting|Parallel \{.*greeting.*locale/);
  });

  test("is fetched by the engine before", async () => {
    expect(await mesh.query(query)).toEqual({
      data: { users: [{ posts: [{ greeting: "p de" }] }, { posts: [{ greeting: "p fr" }] }] },
      errors: [],
    });
    expect(mesh.executor.printPlan(parse(query))).toMatchInlineSnapshot(`
      "query
        sequence
          #0 b {users{id posts{id}}}
          sequence
            #1 a at users.@ {... on User{__typename id}} => {... on User{locale}}
            #2 a at users.@.posts.@ {... on Post{__typename id}} => {... on Post{greeting(locale: $contextualArgument_1_0)}}
      "
    `);
  });
});

describe("one field required with two sets of arguments", () => {
  const price = (source: { id: string }, { currency }: { currency: string }): string => `${source.id} ${currency}`;
  const owner = {
    sdl: `type Query { ps: [P] } type P @key(fields: "id") { id: ID! price(currency: String!): String }`,
    resolvers: {
      Query: { ps: () => [{ id: "1" }, { id: "2" }] },
      P: { __resolveReference: ({ id }: { id: string }) => ({ id }), price },
    },
  };

  const taxes = (fields: readonly string[]): { sdl: string; resolvers: object } => ({
    sdl: `type P @key(fields: "id") { id: ID! price(currency: String!): String @external ${fields
      .map((field) => `${field}: String @requires(fields: "price(currency: \\"${field.slice(3)}\\")")`)
      .join(" ")} }`,
    resolvers: {
      P: {
        __resolveReference: (reference: object) => reference,
        ...Object.fromEntries(fields.map((field) => [field, (p: { price: string }) => `tax of ${p.price}`])),
      },
    },
  });

  test("by two subgraphs: the planner fetches one of them for both, the engine fetches both", async () => {
    const mesh = createTestMesh({ a: owner, b: taxes(["taxUSD"]), c: taxes(["taxEUR"]) });
    const query = "{ ps { taxUSD taxEUR } }";
    const theirs = planWithoutMeasures(mesh, query);
    expect([theirs.includes('"USD"'), theirs.includes('"EUR"')].filter(Boolean)).toHaveLength(1);
    expect(await mesh.query(query)).toEqual({
      data: {
        ps: [
          { taxUSD: "tax of 1 USD", taxEUR: "tax of 1 EUR" },
          { taxUSD: "tax of 2 USD", taxEUR: "tax of 2 EUR" },
        ],
      },
      errors: [],
    });
  });

  test("by one subgraph: the entity fetch is split, each half with its own price", async () => {
    const mesh = createTestMesh({ a: owner, b: taxes(["taxUSD", "taxEUR"]) });
    const query = '{ ps { taxUSD taxEUR price(currency: "GBP") } }';
    expect(await mesh.query(query)).toEqual({
      data: {
        ps: [
          { taxUSD: "tax of 1 USD", taxEUR: "tax of 1 EUR", price: "1 GBP" },
          { taxUSD: "tax of 2 USD", taxEUR: "tax of 2 EUR", price: "2 GBP" },
        ],
      },
      errors: [],
    });
    expect(mesh.executor.printPlan(parse(query))).toMatchInlineSnapshot(`
      "query
        sequence
          #0 a {ps{id _rq1_price:price(currency: "EUR") _rq0_price:price(currency: "USD") _a0_price:price(currency: "GBP")}}
          parallel
            #1 b at ps.@ {... on P{__typename id price:_rq0_price}} => {... on P{taxUSD}}
            #2 b at ps.@ {... on P{__typename id price:_rq1_price}} => {... on P{taxEUR}}
      "
    `);
  });

  test("nobody sees a synthetic field: not the client's schema, not the subgraphs", async () => {
    const mesh = createTestMesh({ a: owner, b: taxes(["taxUSD"]) });
    await mesh.query("{ ps { taxUSD } }");
    expect(Object.keys((mesh.executor.apiSchema.getType("P") as any).getFields())).toEqual(["id", "price", "taxUSD"]);
    expect(mesh.sent[0]?.query).toContain('_rq0_price:price(currency: "USD")');
    expect(mesh.sent[1]?.variables).toEqual({
      representations: [
        { __typename: "P", price: "1 USD", id: "1" },
        { __typename: "P", price: "2 USD", id: "2" },
      ],
    });
  });
});

describe("a client's alias that equals a key's or a required field's name", () => {
  const mesh = createTestMesh({
    products: {
      sdl: `type Query { products: [Product] } type Product @key(fields: "upc") { upc: String! name: String price: Int }`,
      resolvers: { Query: { products: () => [{ upc: "u1", name: "Couch", price: 100 }] } },
    },
    inventory: {
      sdl: `type Product @key(fields: "upc") {
        upc: String! price: Int @external shippingEstimate: String @requires(fields: "price")
      }`,
      resolvers: {
        Product: {
          __resolveReference: (reference: object) => reference,
          shippingEstimate: ({ upc, price }: { upc: string; price: number }) => `${upc} at ${price}`,
        },
      },
    },
  });
  const query = "{ products { upc: name price: upc shippingEstimate } }";

  test("takes the key's place in the planner's plan", () => {
    expect(planWithoutMeasures(mesh, query)).toContain("price: upc");
  });

  test("is the client's affair in the engine", async () => {
    expect(await mesh.query(query)).toEqual({
      data: { products: [{ upc: "Couch", price: "u1", shippingEstimate: "u1 at 100" }] },
      errors: [],
    });
  });
});

describe("a conditional field with @requires", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { t: [T] } type T @key(fields: "id") { id: ID! x: Int }`,
      resolvers: { Query: { t: () => [{ id: "1", x: 3 }] } },
    },
    b: {
      sdl: `type T @key(fields: "id") { id: ID! x: Int @external y: Int @requires(fields: "x") z: Int }`,
      resolvers: {
        T: { __resolveReference: (t: object) => ({ ...t, z: 5 }), y: ({ x }: { x: number }) => x * 2 },
      },
    },
  });
  const query = "query ($no: Boolean!) { t { ... on T @skip(if: $no) { y } z } }";

  test("is fetched by the planner together with fields that have no condition, from one representation", () => {
    expect(planWithoutMeasures(mesh, query)).toContain("=> { ... on T { z } ... on T @skip(if: $no) { y } }");
  });

  test("costs no other field its value, whatever the condition says", async () => {
    expect((await mesh.query(query, { no: true })).data).toEqual({ t: [{ z: 5 }] });
    expect((await mesh.query(query, { no: false })).data).toEqual({ t: [{ y: 6, z: 5 }] });
  });
});

test("a client's variable may be called representations", async () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { t: T } type T @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { t: () => ({ id: "1" }) } },
    },
    b: {
      sdl: `type T @key(fields: "id") { id: ID! times(n: Int!): Int }`,
      resolvers: { T: { __resolveReference: (t: object) => t, times: (_: unknown, { n }: { n: number }) => n * 2 } },
    },
  });
  const query = "query ($representations: Int!) { t { times(n: $representations) } }";
  expect(await mesh.query(query, { representations: 4 })).toEqual({ data: { t: { times: 8 } }, errors: [] });
});
