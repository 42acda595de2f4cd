/**
 * What a caller may not see cannot be filtered, sorted, grouped or added up by, and both places of enforcement say so of
 * the same operations: the gateway before anything is fetched, from the text and the variables; the subgraph whoever asks.
 */
import { composeServices } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import fc from "fast-check";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRules, type Policy, readGovernedCoordinates } from "#policies";
import { createGovern } from "../../gateway/governance/create-govern.ts";
import { prepareOperation } from "../../gateway/operation/prepare-operation.ts";
import {
  exampleLines,
  exampleMesh,
  exampleOrders,
  memoryStorage,
  ordersProduct,
} from "../../platform/serving/serving.fixture.ts";
import { createSubgraph } from "../../platform/serving/subgraph.ts";
import type { Storage } from "../../platform/storage/port.ts";
import { caller, policy } from "../../policies/policies.fixture.ts";

const columns = ["orderId", "region", "total", "weight", "orderDate", "contactEmail"] as const;
const probe: Readonly<Record<string, string>> = {
  orderId: '"probe-4711"',
  region: '"probe-4711"',
  contactEmail: '"probe-4711"',
  total: '"4711.00"',
  weight: "4711",
  orderDate: '"4711-01-01"',
};
const constant = (column: string): string => column.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

const effects = fc.constantFrom<Policy["effect"]>(
  { type: "allow" },
  { type: "mask", technique: "redact" },
  { type: "nullify" },
  { type: "deny", reason: "it is secret" },
  { type: "no-project", reason: "it may only be compared" },
);
const policies = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...columns), effects), { maxLength: 3, selector: ([column]) => column })
  .map((drawn) =>
    drawn.map(([column, effect]) =>
      policy(`about-${constant(column).toLowerCase().replaceAll("_", "-")}`, {
        selector: { coordinate: [`Order.${column}`] },
        effect,
      }),
    ),
  );

interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}
const column = fc.constantFrom(...columns);
const filter = fc.record({ column, nested: fc.boolean(), written: fc.boolean() });
const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc
    .tuple(filter, fc.constantFrom("orders", "ordersAggregate", "customer"))
    .map(([{ column, nested, written }, root]): Operation => {
      const condition = `{ ${column}: { eq: ${probe[column]} } }`;
      const where = nested ? `{ not: { or: [${condition}] } }` : condition;
      const value = JSON.parse(where.replaceAll(/(\w+):/g, '"$1":')) as unknown;
      const argument = written ? where : "$where";
      const field = {
        orders: `orders(where: ${argument}) { totalCount }`,
        ordersAggregate: `ordersAggregate(where: ${argument}) { count }`,
        customer: `orders(first: 1) { nodes { customer { orders(where: ${argument}) { totalCount } } } }`,
      }[root];
      return {
        query: written ? `{ ${field} }` : `query ($where: OrderWhere) { ${field} }`,
        variables: written ? {} : { where: value },
      };
    }),
  fc.tuple(column, fc.boolean()).map(
    ([column, written]): Operation =>
      written
        ? { query: `{ orders(orderBy: [{ column: ${constant(column)} }]) { totalCount } }`, variables: {} }
        : {
            query: "query ($order: [OrderOrderBy!]) { orders(orderBy: $order) { totalCount } }",
            variables: { order: { column: constant(column) } },
          },
  ),
  column.map(
    (column): Operation => ({
      query: `{ ordersAggregate(groupBy: [{ column: ${constant(column)} }]) { count } }`,
      variables: {},
    }),
  ),
  fc
    .constantFrom("total", "weight")
    .map((column): Operation => ({ query: `{ ordersAggregate { sum { ${column} } } }`, variables: {} })),
  fc.constantFrom("total", "weight", "orderDate").map(
    (column): Operation => ({
      query: `query { ordersAggregate { ...extremes } } fragment extremes on OrderAggregate { max { ${column} } }`,
      variables: {},
    }),
  ),
  fc
    .boolean()
    .map(
      (written): Operation =>
        written
          ? { query: `{ order(orderId: "probe-4711") { region } }`, variables: {} }
          : { query: "query ($id: String!) { order(orderId: $id) { region } }", variables: { id: "probe-4711" } },
    ),
);

describe("operands that a policy hides", () => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
  });
  afterAll(() => storage.close());

  it("are refused by the gateway when the subgraph refuses them, without a word of what they are compared with", async () => {
    const options = { product: ordersProduct, mesh: exampleMesh, snapshots: storage };
    const { sdl } = createSubgraph(options);
    const { supergraphSdl = "" } = composeServices([
      { name: "orders", url: "http://orders.invalid", typeDefs: parse(sdl) },
    ]);
    const apiSchema = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
    const someone = caller();
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(policies, operations, async (drawn, { query, variables }) => {
        const coordinates = readGovernedCoordinates(parse(sdl), { name: "orders", domain: "sales" });
        const subgraph = createSubgraph({ ...options, rules: createRules(drawn, coordinates) });
        const table = await createGovern({ policies: drawn })({ document: parse(supergraphSdl), apiSchema });
        const prepare = { schema: apiSchema, deprecations: new Map(), hints: true, cost: undefined };
        const operation = prepareOperation(query, parse(query), undefined, prepare);
        if (operation.kind !== "prepared") throw new Error("not prepared");

        const early = await table.authorise(operation, someone, variables);
        const refusedEarly =
          early.kind === "refused" && early.code === "OPERAND_FORBIDDEN" ? [early.extensions?.coordinate] : [];
        const coordinatesRefused = async (masking: "here" | "gateway"): Promise<readonly unknown[]> => {
          const { errors = [] } = await subgraph.execute({ query, variables, caller: someone, masking });
          expect(JSON.stringify(errors)).not.toContain("4711");
          const refused = errors.filter(({ extensions }) => extensions?.code === "OPERAND_FORBIDDEN");
          return [...new Set(refused.map(({ extensions }) => extensions?.coordinate))];
        };
        const refusedLate = await coordinatesRefused("gateway");
        expect(await coordinatesRefused("here")).toEqual(refusedLate);
        expect(JSON.stringify(early)).not.toContain("4711");

        // A group's column is an enum value as any: that it would be shown is for the subgraph to say.
        const onlyHidden = drawn.some(({ effect }) => effect.type === "no-project") && query.includes("groupBy");
        if (!onlyHidden) expect(refusedEarly).toEqual(refusedLate);
        refusals += refusedLate.length;
      }),
      { numRuns: 150 },
    );
    expect(refusals).toBeGreaterThan(20);
  }, 60_000);
});
