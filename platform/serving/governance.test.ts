import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous, type Caller, createRules, type GovernedCoordinate, type Policy } from "#policies";
import { readMeshDirectives } from "#schema";
import type { Storage } from "../storage/port.ts";
import { exampleLines, exampleMesh, exampleOrders, memoryStorage, ordersProduct } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph, type SubgraphAnswer } from "./subgraph.ts";

const everywhere = {
  pii: undefined,
  classification: undefined,
  domain: undefined,
  product: undefined,
  coordinate: undefined,
};
const place = { file: "policy.yaml" };
const policy = (name: string, rest: Pick<Policy, "selector" | "effect">): Policy => ({
  places: { name: place, selector: place, effect: place, condition: place },
  name,
  owner: "governance@example.com",
  description: undefined,
  product: undefined,
  when: undefined,
  unless: [{ purpose: ["order-fulfilment"], roles: undefined, kind: undefined }],
  condition: undefined,
  obligations: [],
  mode: "enforce",
  validity: { from: undefined, until: undefined },
  waivers: [],
  ...rest,
});
const coordinate = (name: string, rest: Partial<GovernedCoordinate>): GovernedCoordinate => ({
  coordinate: name,
  product: "orders",
  domain: "sales",
  pii: [],
  classification: undefined,
  purposes: [],
  type: "String",
  ...rest,
});

const rules = createRules(
  [
    policy("mask-email", {
      selector: { ...everywhere, pii: ["email"] },
      effect: { type: "mask", technique: "redact" },
    }),
    policy("hide-money", {
      selector: { ...everywhere, coordinate: ["Order.total", "OrderSum.total"] },
      effect: { type: "nullify" },
    }),
  ],
  [
    coordinate("Order.contactEmail", { pii: ["email"] }),
    coordinate("Order.total", { classification: "confidential", type: "Decimal" }),
    coordinate("OrderSum.total", { classification: "confidential", type: "Decimal" }),
  ],
);
const fulfilment: Caller = { principal: anonymous.principal, purpose: "order-fulfilment" };

describe("a governed subgraph", () => {
  let storage: Storage;
  let subgraph: Subgraph;
  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    subgraph = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      rules,
      onError: ({ cause }) => console.error(cause),
    });
  });
  afterAll(() => storage.close());
  const run = (query: string, caller: Caller, masking: "here" | "gateway" = "here"): Promise<SubgraphAnswer> =>
    subgraph.execute({ query, caller, masking });

  const email = `{ order(orderId: "O-1") { contactEmail } }`;

  it("masks for a caller without the purpose, wherever the field is reached", async () => {
    expect((await run(email, anonymous)).data?.order).not.toEqual({ contactEmail: "person1@example.com" });
    const entities = `{ _entities(representations: [{ __typename: "Order", orderId: "O-1" }]) { ... on Order { a: contactEmail lines { nodes { order { contactEmail } } } } } }`;
    expect(JSON.stringify(await run(entities, anonymous))).not.toContain("person1");
    expect((await run(email, fulfilment)).data?.order).toEqual({ contactEmail: "person1@example.com" });
  });

  it("leaves the masks to the gateway when that asks", async () => {
    expect((await run(email, anonymous, "gateway")).data?.order).toEqual({ contactEmail: "person1@example.com" });
  });

  it("adds up a column only for those who may see it", async () => {
    const query = `{ order(orderId: "O-1") { total } ordersAggregate { sum { total } } }`;
    const refused = await run(query, anonymous);
    expect(refused.data).toEqual({ order: { total: null }, ordersAggregate: null });
    expect(refused.errors).toMatchObject([{ extensions: { code: "OPERAND_FORBIDDEN", coordinate: "Order.total" } }]);
    expect((await run(query, fulfilment)).data).toEqual({
      order: { total: "1.10" },
      ordersAggregate: [{ sum: { total: "21.70" } }],
    });
  });

  it.each([
    `{ orders(where: { not: { or: [{ total: { gt: "5" } }] } }) { totalCount } }`,
    `{ orders(orderBy: { column: TOTAL }) { nodes { orderId } } }`,
    `{ ordersAggregate(groupBy: [{ column: TOTAL }]) { count } }`,
    `{ ordersAggregate(groupBy: [{ column: REGION }], orderBy: [{ by: MAX, column: TOTAL }]) { count } }`,
    `{ ordersAggregate(where: { total: { isNull: true } }) { count } }`,
  ])("does not let a hidden value be probed: %s", async (query) => {
    for (const masking of ["here", "gateway"] as const) {
      const [error] = (await run(query, anonymous, masking)).errors ?? [];
      expect(error).toMatchObject({
        message:
          "Order.total cannot be filtered, sorted, grouped or added up by: the policy hide-money does not show its values to this caller.",
        extensions: { code: "OPERAND_FORBIDDEN", coordinate: "Order.total", policy: "hide-money" },
      });
    }
    expect((await run(query, fulfilment)).errors).toBeUndefined();
  });

  it("neither writes a hidden key into a cursor nor looks a row up by it", async () => {
    const hidden = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      rules: createRules(
        [
          policy("hide-key", {
            selector: { ...everywhere, coordinate: ["Order.orderId"] },
            effect: { type: "nullify" },
          }),
        ],
        [coordinate("Order.orderId", {})],
      ),
    });
    const codes = async (query: string, masking: "here" | "gateway" = "here") =>
      (await hidden.execute({ query, caller: anonymous, masking })).errors?.map(({ extensions }) => extensions?.code);
    const refused = ["OPERAND_FORBIDDEN"];
    expect(await codes("{ orders { nodes { region } pageInfo { hasNextPage } } }")).toBeUndefined();
    expect(await codes("{ orders { edges { cursor } } }")).toEqual(refused);
    expect(await codes("{ orders { pageInfo { endCursor } } }")).toEqual(refused);
    expect(await codes(`{ orders(after: "x") { totalCount } }`)).toEqual(refused);
    expect(await codes(`{ order(orderId: "O-1") { region } }`)).toEqual(refused);
    const entities = `{ _entities(representations: [{ __typename: "Order", orderId: "O-1" }]) { ... on Order { region } } }`;
    expect(await codes(entities)).toEqual(refused);
    // The gateway's representations come from data.
    expect(await codes(entities, "gateway")).toBeUndefined();
  });

  it("denies rows that are to be filtered and that the product computes itself", async () => {
    const own = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      extension: {
        schema: {
          file: "schema.graphql",
          text: "extend type Query { best: [Best!] } type Best { inner: Inner } type Inner { id: ID }",
        },
        resolvers: { file: "resolvers.ts", resolvers: { Query: { best: () => [{ inner: { id: "O-1" } }] } } },
      },
      rules: createRules(
        [
          policy("own-region", {
            selector: { ...everywhere, coordinate: ["Inner.*"] },
            effect: { type: "filter", column: "region", in: "'West'" },
          }),
        ],
        [coordinate("Inner.id", {})],
      ),
    });
    const query = "{ best { inner { id } } }";
    expect(await own.execute({ query, caller: anonymous, masking: "gateway" })).toMatchObject({
      data: { best: null },
      errors: [{ extensions: { code: "FORBIDDEN", policy: "own-region" } }],
    });
    const lifted = await own.execute({ query, caller: fulfilment, masking: "here" });
    expect(lifted.data).toEqual({ best: [{ inner: { id: "O-1" } }] });
  });

  it("says of its fields what the gateway needs to govern them", () => {
    const directives = readMeshDirectives(parse(subgraph.sdl));
    expect(directives).toBeDefined();
    expect(subgraph.sdl).toContain('@link(url: "https://specs.datamesh.io/mesh/v1.0"');
  });
});
