import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import type { Row, Storage } from "../storage/port.ts";
import { engines } from "./engines.fixture.ts";
import { exampleMesh, exampleOrders, meshOf, ordersProduct, product, publishRows, table } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";

const query = `query ($first: Int, $last: Int, $where: OrderLineWhere, $orderBy: [OrderLineOrderBy!]) {
  orders { nodes { orderId lines(first: $first, last: $last, where: $where, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { lineNumber quantity order { orderId } }
  } } }
}`;

const lines: fc.Arbitrary<readonly Row[]> = fc.uniqueArray(
  fc.record({
    order_id: fc.integer({ min: 0, max: 8 }).map((index) => `O-${index}`), // O-7 and O-8 do not exist
    line_number: fc.integer({ min: -3, max: 6 }),
    quantity: fc.integer({ min: 1, max: 3 }),
    sales: fc.constant("1.0000"),
  }),
  { maxLength: 40, selector: (row) => `${row.order_id}/${row.line_number}` },
);

describe.each(engines)("relations on $name", (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  let subgraph: Subgraph;
  beforeAll(async () => {
    if (engine.missing !== undefined) return;
    ({ storage, discard } = await engine.open(ordersProduct));
    subgraph = createSubgraph({ product: ordersProduct, mesh: exampleMesh, snapshots: storage });
  });
  afterAll(() => discard?.());

  const ask = async (
    text: string,
    variables: Record<string, unknown>,
    target = subgraph,
  ): Promise<Record<string, unknown>> => {
    const answer = await target.execute({ query: text, variables, caller: anonymous, masking: "here" });
    expect(answer.errors).toBeUndefined();
    return answer.data ?? {};
  };

  it.skipIf(engine.missing !== undefined)(
    "give each parent its own page and count, whatever the other parents have",
    async () => {
      const size = fc.record({ reversed: fc.boolean(), count: fc.integer({ min: 0, max: 4 }) });
      await fc.assert(
        fc.asyncProperty(
          lines,
          size,
          fc.integer({ min: 1, max: 4 }),
          fc.boolean(),
          async (rows, { reversed, count }, below, descending) => {
            await publishRows(storage, ordersProduct, { orders: exampleOrders, order_lines: rows });
            const data = await ask(query, {
              [reversed ? "last" : "first"]: count,
              where: { quantity: { lt: below } },
              orderBy: [{ column: "QUANTITY", direction: descending ? "DESC" : "ASC" }],
            });
            const { nodes } = data.orders as { nodes: readonly { orderId: string; lines: unknown }[] };
            expect(nodes).toHaveLength(exampleOrders.length);
            for (const { orderId, lines: connection } of nodes) {
              const all = rows
                .filter((row) => row.order_id === orderId && Number(row.quantity) < below)
                .toSorted(
                  (a, b) =>
                    (Number(a.quantity) - Number(b.quantity)) * (descending ? -1 : 1) ||
                    Number(a.line_number) - Number(b.line_number),
                );
              const page = reversed ? all.slice(Math.max(0, all.length - count)) : all.slice(0, count);
              expect(connection).toMatchObject({
                totalCount: all.length,
                pageInfo: {
                  hasNextPage: !reversed && all.length > count,
                  hasPreviousPage: reversed && all.length > count,
                },
                nodes: page.map((row) => ({
                  lineNumber: row.line_number,
                  quantity: row.quantity,
                  order: { orderId },
                })),
              });
            }
          },
        ),
        { numRuns: 30 },
      );
    },
  );

  it.skipIf(engine.missing !== undefined)("resolve representations with a key of several columns", async () => {
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: -3, max: 6 })), { minLength: 1 }),
        async (rows, wanted) => {
          await publishRows(storage, ordersProduct, { orders: exampleOrders, order_lines: rows });
          const { _entities } = await ask(
            `query ($r: [_Any!]!) { _entities(representations: $r) { ... on OrderLine { orderId lineNumber quantity } } }`,
            {
              r: wanted.map(([order, lineNumber]) => ({ __typename: "OrderLine", orderId: `O-${order}`, lineNumber })),
            },
          );
          expect(_entities).toEqual(
            wanted.map(([order, number]) => {
              const row = rows.find((line) => line.order_id === `O-${order}` && line.line_number === number);
              return row === undefined ? null : { orderId: row.order_id, lineNumber: number, quantity: row.quantity };
            }),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it.skipIf(engine.missing !== undefined)(
    "and tables without a key are read from their start by row number",
    async () => {
      const log = product("log", [
        table("entries", { columns: { text: { type: "string" }, secret: { type: "string", pii: "name" } } }),
      ]);
      const opened = await engine.open(log);
      try {
        const texts = ["b", "a", "a", "c", "a"];
        await publishRows(opened.storage, log, { entries: texts.map((text) => ({ text, secret: "x" })) });
        const target = createSubgraph({ product: log, mesh: meshOf(log), snapshots: opened.storage });
        const read: string[] = [];
        for (let after: string | null = null; ; ) {
          const data = await ask(
            `query ($after: String) { entries(first: 2, after: $after) { nodes { text } pageInfo { hasNextPage endCursor } totalCount } }`,
            { after },
            target,
          );
          const page = data.entries as {
            nodes: { text: string }[];
            pageInfo: { hasNextPage: boolean; endCursor: string };
            totalCount: number;
          };
          expect(page.totalCount).toBe(5);
          read.push(...page.nodes.map(({ text }) => text));
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
        }
        expect(read).toEqual(["a", "a", "a", "b", "c"]);
      } finally {
        await opened.discard();
      }
    },
  );
});
