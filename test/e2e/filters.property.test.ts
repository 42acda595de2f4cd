/** Whatever is asked of `orders`, the rows, their order and their pages are those of plain SQL on the source file. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";
import { openSuperstore, type Superstore } from "../superstore.ts";
import { type OrderQuestion, orderQuestion } from "./order-questions.ts";

let mesh: TestMesh;
let source: Superstore;

beforeAll(async () => {
  [mesh, source] = await Promise.all([startExampleMesh(), openSuperstore()]);
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await source?.[Symbol.asyncDispose]();
});

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly orderId: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const shape = "totalCount nodes { orderId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const forward = `query Forward($where: OrderWhere, $orderBy: [OrderOrderBy!], $size: Int, $cursor: String) {
  orders(where: $where, orderBy: $orderBy, first: $size, after: $cursor) { ${shape} }
}`;
const backward = `query Backward($where: OrderWhere, $orderBy: [OrderOrderBy!], $size: Int, $cursor: String) {
  orders(where: $where, orderBy: $orderBy, last: $size, before: $cursor) { ${shape} }
}`;

/** Enough pages to see both ends and a middle; small pages of five thousand rows would be thousands of requests. */
const mostPages = 4;

async function page(
  query: string,
  { where, orderBy }: OrderQuestion,
  size: number,
  cursor: string | null,
): Promise<Page> {
  const data = await mesh.data(query, { variables: { where, orderBy, size, cursor } });
  return data.orders as Page;
}

function expectedIds({ whereSql, orderSql }: OrderQuestion): Promise<readonly string[]> {
  const orders = `(select order_id, any_value(order_date) as order_date, any_value(region) as region,
    any_value(state) as state, any_value(city) as city, sum(sales) as sales, count(*) as line_count
    from superstore group by order_id)`;
  return source
    .rows(`select order_id from ${orders} where ${whereSql} order by ${orderSql}`)
    .then((rows) => rows.map((row) => row.order_id ?? ""));
}

describe("orders", { timeout: 120_000 }, () => {
  it("pages forward through exactly the rows that plain SQL gives, in its order", async () => {
    await fc.assert(
      fc.asyncProperty(orderQuestion, async (question) => {
        const expected = await expectedIds(question);
        const size = Math.max(question.pageSize, Math.ceil(expected.length / mostPages));
        const found: string[] = [];
        let cursor: string | null = null;
        do {
          const next: Page = await page(forward, question, Math.min(size, 1_000), cursor);
          expect(next.totalCount).toBe(expected.length);
          found.push(...next.nodes.map(({ orderId }) => orderId));
          expect(next.pageInfo.hasNextPage).toBe(found.length < expected.length);
          cursor = next.pageInfo.hasNextPage ? next.pageInfo.endCursor : null;
        } while (cursor !== null);
        expect(found).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it("pages backward through the same rows from their end", async () => {
    await fc.assert(
      fc.asyncProperty(orderQuestion, async (question) => {
        const expected = await expectedIds(question);
        const size = Math.max(question.pageSize, Math.ceil(expected.length / mostPages));
        let found: readonly string[] = [];
        let cursor: string | null = null;
        do {
          const before: Page = await page(backward, question, Math.min(size, 1_000), cursor);
          found = [...before.nodes.map(({ orderId }) => orderId), ...found];
          expect(before.pageInfo.hasPreviousPage).toBe(found.length < expected.length);
          cursor = before.pageInfo.hasPreviousPage ? before.pageInfo.startCursor : null;
        } while (cursor !== null);
        expect(found).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });
});
