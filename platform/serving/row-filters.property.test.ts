/**
 * Filtered by a policy is as if the other rows did not exist: for every operation, the product with all rows and a filter
 * answers what the same product without policies answers when it holds the visible rows alone.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous, noRules, type RowFilter, type Rules } from "#policies";
import type { Row, Storage } from "../storage/port.ts";
import { engines } from "./engines.fixture.ts";
import type { ExtensionFiles } from "./extension/read-extension.ts";
import { exampleMesh, ordersProduct, publishRows } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";

const extension: ExtensionFiles = {
  schema: {
    file: "schema.graphql",
    text: `extend type Query { regions: [String!]! newest: Order westOfAll: [String!]! }`,
  },
  resolvers: {
    file: "resolvers.ts",
    resolvers: {
      Query: {
        async regions(_: unknown, _args: unknown, { sql, table, read }: Parameters<typeof newest>[2]) {
          const text = sql`select region, count(*) as n from ${table("orders")} group by region order by region;`;
          return (await read(text, { region: "string", n: "long" })).map(({ region, n }) => `${region}: ${n}`);
        },
        newest,
        async westOfAll(_: unknown, _args: unknown, { sql, table, read }: Parameters<typeof newest>[2]) {
          const text = sql`with west as (select * from ${table("orders")} where region = ${"West"}) select w.order_id as id from west w join ${table("order_lines")} l on l.order_id = w.order_id order by 1 -- its end`;
          return (await read(text, { id: "string" })).map(({ id }) => id);
        },
      },
    },
  },
};
async function newest(
  _: unknown,
  _args: unknown,
  { sql, table, read }: import("./extension/product-resolvers.ts").ProductContext,
): Promise<unknown> {
  const [row] = await read(sql`select max(order_id) as order_id from ${table("orders")}`, { order_id: "string" });
  return row?.order_id === null ? null : row;
}

/** Everything that leads to a row, a count or a sum. */
const query = `query ($id: String!, $after: String, $before: String, $where: OrderWhere, $lines: OrderLineWhere, $ids: [_Any!]!, $order: [OrderOrderBy!]) {
  order(orderId: $id) { ...order lines(where: $lines, first: 2) { totalCount nodes { quantity } pageInfo { hasNextPage endCursor } } }
  orders(where: $where, orderBy: $order, first: 2, after: $after) { totalCount edges { cursor node { ...order } } pageInfo { hasNextPage hasPreviousPage } }
  last: orders(where: $where, orderBy: $order, last: 2, before: $before) { nodes { orderId } pageInfo { hasPreviousPage } }
  orderLines(where: $lines, first: 3) { totalCount nodes { orderId lineNumber order { region } } }
  ordersAggregate(where: $where, groupBy: [{ column: REGION }]) { group { region } count sum { weight } min { orderDate } max { orderDate } avg { total } }
  all: ordersAggregate { count sum { total } }
  _entities(representations: $ids) { ... on Order { ...order lines { nodes { quantity } } } ... on Customer { customerId orders(where: $where) { totalCount nodes { orderId } } } }
  regions westOfAll newest { orderId region }
}
fragment order on Order { orderId region customer { customerId } priority }`;

const ids = ["O-0", "O-1", "O-2", "O-3", "O-4"];
const regions = ["West", "East", "South", null];
const region = fc.constantFrom(...regions);
const orders = fc
  .tuple(
    ...ids.map(() =>
      fc.option(
        fc.record({
          region,
          customer: fc.constantFrom("C-0", "C-1", null),
          priority: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
        }),
        { nil: undefined },
      ),
    ),
  )
  .map((drawn) =>
    drawn.flatMap((it, index): Row[] =>
      it === undefined
        ? []
        : [
            {
              order_id: ids[index],
              customer_id: it.customer,
              order_date: `2024-01-0${index + 1}`,
              shipped_at: null,
              region: it.region,
              ship_mode: null,
              total: `${index}.50`,
              weight: index / 2,
              priority: it.priority,
              size_bytes: null,
              gift: index % 2 === 0,
              contact_email: null,
              tags: null,
              attributes: null,
            },
          ],
    ),
  );
const lines = fc
  .array(fc.record({ order: fc.constantFrom(...ids), quantity: fc.integer({ min: 1, max: 4 }) }), { maxLength: 8 })
  .map((drawn) =>
    drawn.map(
      ({ order, quantity }, index): Row => ({ order_id: order, line_number: index, quantity, sales: "1.0000" }),
    ),
  );

interface Filter {
  readonly filter: RowFilter;
  readonly passes: (row: Row) => boolean;
}
const policy = "rows";
const filterOn = (column: string, values: fc.Arbitrary<readonly (string | number | boolean)[]>): fc.Arbitrary<Filter> =>
  values.map((list) => ({
    filter: { kind: "in", policy, column, values: list },
    passes: (row) => row[column] !== null && list.some((value) => String(value) === String(row[column])),
  }));
const nothing = (filter: RowFilter): Filter => ({ filter, passes: () => false });
const orderFilter: fc.Arbitrary<Filter> = fc.oneof(
  filterOn("region", fc.subarray(["West", "East", "'; drop table orders; --"])),
  filterOn("priority", fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant("two")), { maxLength: 3 })),
  filterOn("gift", fc.subarray([true, false])),
  filterOn("order_date", fc.subarray(["2024-01-01", "2024-01-03", "yesterday"])),
  fc.constant(nothing({ kind: "none", policy })),
  fc.constant(nothing({ kind: "in", policy, column: "no_such_column", values: ["West"] })),
  fc.constant(nothing({ kind: "in", policy, column: "tags", values: ["a"] })),
);
const lineFilter = filterOn("quantity", fc.subarray([1, 2, 3, 4]));
const where = fc.constantFrom<unknown>(
  null,
  { region: { eq: "West" } },
  { not: { region: { eq: "West" } } },
  { or: [{ priority: { gte: 2 } }, { region: { isNull: true } }] },
);

describe.each(engines)("row filters on $name", (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  let governed: Subgraph;
  let free: Subgraph;
  let filters: Readonly<Record<string, readonly RowFilter[]>> = {};
  const rules: Rules = {
    ...noRules,
    decideRows: (_, type) => filters[type] && { filters: filters[type], minGroup: undefined, policies: [policy] },
  };
  beforeAll(async () => {
    if (engine.missing !== undefined) return;
    ({ storage, discard } = await engine.open(ordersProduct));
    const options = {
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      extension,
      onError: console.error,
    };
    governed = createSubgraph({ ...options, rules });
    free = createSubgraph(options);
  });
  afterAll(async () => {
    await discard?.();
  });

  it.skipIf(engine.missing !== undefined)(
    "answer what a product answers that has only the visible rows",
    async () => {
      const page = fc.record({
        id: fc.constantFrom(...ids),
        where,
        lines: fc.constantFrom<unknown>(null, { quantity: { gt: 1 } }),
        order: fc.constantFrom<unknown>([], [{ column: "REGION" }], [{ column: "PRIORITY", direction: "DESC" }]),
      });
      await fc.assert(
        fc.asyncProperty(
          orders,
          lines,
          fc.array(orderFilter, { minLength: 1, maxLength: 2 }),
          fc.option(lineFilter, { nil: undefined }),
          page,
          fc.constantFrom("here" as const, "gateway" as const),
          async (orderRows, lineRows, ofOrders, ofLines, variables, masking) => {
            const representations = [
              ...ids.map((orderId) => ({ __typename: "Order", orderId })),
              { __typename: "Customer", customerId: "C-0" },
            ];
            const ask = async (subgraph: Subgraph, rest: object = {}) => {
              const call = {
                query,
                variables: { ...variables, ids: representations, ...rest },
                caller: anonymous,
                masking,
              };
              const { data, errors } = await subgraph.execute(call);
              return { data, errors };
            };
            await publishRows(storage, ordersProduct, {
              orders: orderRows.filter((row) => ofOrders.every(({ passes }) => passes(row))),
              order_lines: lineRows.filter((row) => ofLines?.passes(row) ?? true),
            });
            const expected = await ask(free);
            const { edges = [] } = (expected.data?.orders ?? {}) as { edges?: readonly { cursor: string }[] };
            const cursor = edges[0]?.cursor;
            const next = cursor === undefined ? undefined : await ask(free, { after: cursor, before: cursor });

            await publishRows(storage, ordersProduct, { orders: orderRows, order_lines: lineRows });
            filters = { Order: ofOrders.map(({ filter }) => filter), ...(ofLines && { OrderLine: [ofLines.filter] }) };
            expect(await ask(governed)).toEqual(expected);
            if (next !== undefined) expect(await ask(governed, { after: cursor, before: cursor })).toEqual(next);
          },
        ),
        { numRuns: 60 },
      );
    },
    120_000,
  );
});
