import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import { ClientError } from "#schema";
import type { Storage } from "../storage/port.ts";
import type { HiddenError } from "./operation/answer-error.ts";
import {
  exampleLines,
  exampleMesh,
  exampleOrders,
  memoryStorage,
  ordersProduct,
  publishRows,
} from "./serving.fixture.ts";
import { createSubgraph, type Subgraph, type SubgraphAnswer } from "./subgraph.ts";

describe("a subgraph", () => {
  let storage: Storage;
  let subgraph: Subgraph;
  const hidden: HiddenError[] = [];

  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    subgraph = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      now: () => new Date("2026-01-01T01:00:00Z"),
      onError: (error) => hidden.push(error),
    });
  });
  afterAll(() => storage.close());

  const run = (query: string, variables?: Record<string, unknown>): Promise<SubgraphAnswer> =>
    subgraph.execute({ query, variables, caller: anonymous, masking: "gateway" });
  const refusal = async (query: string, variables?: Record<string, unknown>): Promise<string> => {
    const [error] = (await run(query, variables)).errors ?? [];
    expect(error?.extensions?.code).toBe("BAD_USER_INPUT");
    return error?.message ?? "";
  };

  it("gives an entity by key with its values as the scalars write them", async () => {
    const answer = await run(
      `{ order(orderId: "O-3") { orderId orderDate shippedAt shipMode total weight sizeBytes gift tags attributes } missing: order(orderId: "none") { orderId } }`,
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({
      order: {
        orderId: "O-3",
        orderDate: "2024-01-15",
        shippedAt: "2024-01-16T10:00:00Z",
        shipMode: "FIRST_CLASS",
        total: "3.10",
        weight: 1.5,
        sizeBytes: "30000000000",
        gift: false,
        tags: ["a", "b"],
        attributes: { colour: "red" },
      },
      missing: null,
    });
  });

  it("follows references in both directions, inside the product and out of it", async () => {
    const answer = await run(`{ order(orderId: "O-3") {
      customer { __typename customerId orders(orderBy: { column: ORDER_ID, direction: DESC }) { totalCount nodes { orderId } } }
      lines(first: 2) { totalCount pageInfo { hasNextPage } edges { node { lineNumber sales order { orderId } } } }
    } }`);
    expect(answer.errors).toBeUndefined();
    const line = (lineNumber: number) => ({ node: { lineNumber, sales: "10.0050", order: { orderId: "O-3" } } });
    expect(answer.data?.order).toEqual({
      customer: {
        __typename: "Customer",
        customerId: "C-0",
        orders: { totalCount: 2, nodes: [{ orderId: "O-3" }, { orderId: "O-0" }] },
      },
      lines: { totalCount: 3, pageInfo: { hasNextPage: true }, edges: [line(1), line(2)] },
    });
  });

  it("gives null and an empty connection where the reference is null", async () => {
    const answer = await run(`{ order(orderId: "O-6") { customer { customerId } } }`);
    expect(answer).toMatchObject({ data: { order: { customer: null } } });
  });

  it("resolves representations of its own and of other products' entities, in their order", async () => {
    const answer = await run(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        __typename ... on Order { total } ... on Customer { customerId orders { totalCount } } ... on OrderLine { quantity }
      } }`,
      {
        representations: [
          { __typename: "Order", orderId: "O-2" },
          { __typename: "Customer", customerId: "C-1" },
          { __typename: "Order", orderId: "unknown" },
          { __typename: "OrderLine", orderId: "O-3", lineNumber: 2 },
          { __typename: "Customer", customerId: "nobody" },
          { __typename: "Order", orderId: "O-2" },
        ],
      },
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data?._entities).toEqual([
      { __typename: "Order", total: "2.10" },
      { __typename: "Customer", customerId: "C-1", orders: { totalCount: 2 } },
      null,
      { __typename: "OrderLine", quantity: 3 },
      { __typename: "Customer", customerId: "nobody", orders: { totalCount: 0 } },
      { __typename: "Order", total: "2.10" },
    ]);
  });

  it("says what a representation lacks", async () => {
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { total } } }`;
    expect(await refusal(query, { r: [{ __typename: "Order" }] })).toBe("A representation of Order needs orderId.");
  });

  it("groups by columns and by calendar units, and sorts groups by what was computed", async () => {
    const answer = await run(`{ ordersAggregate(
      groupBy: [{ column: REGION }, { column: ORDER_DATE, unit: QUARTER }], orderBy: [{ by: SUM, column: TOTAL, direction: DESC }]
    ) { group { region orderDate } count sum { total sizeBytes } avg { total weight } max { shippedAt } } }`);
    expect(answer.errors).toBeUndefined();
    expect(answer.data?.ordersAggregate).toEqual([
      {
        group: { region: "West", orderDate: "2024-01-01" },
        count: 4,
        sum: { total: "12.40", sizeBytes: "120000000000" },
        avg: { total: "3.10", weight: 1.5 },
        max: { shippedAt: null },
      },
      {
        group: { region: "East", orderDate: "2024-01-01" },
        count: 3,
        sum: { total: "9.30", sizeBytes: "90000000000" },
        avg: { total: "3.10", weight: 1.5 },
        max: { shippedAt: "2024-03-16T10:00:00Z" },
      },
    ]);
  });

  it("aggregates all rows without groupBy, and none without failing", async () => {
    const answer = await run(
      `{ all: ordersAggregate { count sum { total } } none: ordersAggregate(where: { orderId: { eq: "x" } }) { count sum { total } avg { total } } grouped: ordersAggregate(where: { orderId: { eq: "x" } }, groupBy: [{ column: REGION }]) { count } }`,
    );
    expect(answer.data).toEqual({
      all: [{ count: 7, sum: { total: "21.70" } }],
      none: [{ count: 0, sum: { total: null }, avg: { total: null } }],
      grouped: [],
    });
  });

  it("tells which version of the data answered and how old it is, if it read any", async () => {
    expect((await run(`{ orders(first: 0) { totalCount } }`)).extensions).toEqual({
      products: {
        orders: { version: "1.2.0", dataVersion: 1, publishedAt: "2026-01-01T00:00:00.000Z", ageSeconds: 3600 },
      },
    });
    expect((await run(`{ __typename }`)).extensions).toBeUndefined();
  });

  it("answers introspection and its own SDL", async () => {
    const answer = await run(`{ __schema { queryType { name } } _service { sdl } }`);
    expect(answer.data).toMatchObject({ __schema: { queryType: { name: "Query" } }, _service: { sdl: subgraph.sdl } });
    expect(() => parse(subgraph.sdl)).not.toThrow();
  });

  it("refuses pages out of bounds", async () => {
    expect(await refusal(`{ orders(first: 1001) { totalCount } }`)).toBe("first is more than 1000. Read page by page.");
    expect(await refusal(`{ orders(last: -1) { totalCount } }`)).toBe("last is negative.");
    expect(await refusal(`{ orders(first: 1, last: 1) { totalCount } }`)).toBe("Pass first or last, not both.");
    expect(await refusal(`{ orders(orderBy: [{ column: REGION }, { column: REGION }]) { totalCount } }`)).toBe(
      "orderBy names a column twice.",
    );
  });

  it("refuses a cursor that is damaged, of another order or of another list", async () => {
    const { data } = await run(`{ orders(first: 1, orderBy: { column: REGION }) { pageInfo { endCursor } } }`);
    const { orders } = data as { orders: { pageInfo: { endCursor: string } } };
    const cursor = orders.pageInfo.endCursor;
    const refusalAfter = (cursor: string, field = "orders(orderBy: { column: REGION }, after: $c)") =>
      refusal(`query ($c: String) { ${field} { nodes { __typename } } }`, { c: cursor });
    const damaged = "after is not a cursor. Pass one that this field returned, unchanged.";
    const foreign = "after is a cursor of another list or another orderBy. Start again without it.";
    expect(await refusalAfter("")).toBe(damaged);
    expect(await refusalAfter("%%%")).toBe(damaged);
    expect(await refusalAfter(`${cursor.slice(0, -2)}AA`)).toBe(damaged);
    expect(await refusalAfter(cursor, "orders(after: $c)")).toBe(foreign);
    expect(await refusalAfter(cursor, "orders(after: $c, orderBy: { column: REGION, direction: DESC })")).toBe(foreign);
    expect(await refusalAfter(cursor, "orderLines(after: $c)")).toBe(foreign);
  });

  it("refuses a where without end, null operands and texts that cannot be stored", async () => {
    const where = (where: unknown) =>
      refusal(`query ($w: OrderWhere) { orders(where: $w) { totalCount } }`, { w: where });
    const nested = (depth: number): unknown => (depth === 0 ? { gift: { eq: true } } : { not: nested(depth - 1) });
    expect(await where(nested(11))).toBe("where is nested more than 10 levels deep.");
    expect(await where({ or: Array.from({ length: 201 }, () => ({ gift: { eq: true } })) })).toBe(
      "where has more than 200 conditions.",
    );
    expect(await where({ orderId: { in: Array.from({ length: 1_001 }, (_, i) => `${i}`) } })).toBe(
      "where.orderId.in has more than 1000 values.",
    );
    expect(await where({ region: { eq: null } })).toBe("where.region.eq is null. Ask `isNull: true` instead.");
    expect(await where({ region: { contains: "a\0b" } })).toMatch(
      /^where\.region\.contains is not text that can be stored/,
    );
    expect(await where({ region: { eq: "\uD800" } })).toMatch(/^where\.region\.eq is not text that can be stored/);
    expect(await where({ total: { gt: "9".repeat(39) } })).toBe(
      "where.total.gt is not a decimal of at most 38 digits.",
    );
  });

  it("refuses aggregates that mean nothing", async () => {
    const aggregate = (args: string) => refusal(`{ ordersAggregate(${args}) { count } }`);
    expect(await aggregate("groupBy: [{ column: REGION, unit: MONTH }]")).toBe(
      "groupBy: REGION is neither a date nor an instant and has no MONTH.",
    );
    expect(await aggregate("orderBy: [{ by: SUM, column: REGION }]")).toBe("orderBy: REGION has no SUM.");
    expect(await aggregate("orderBy: [{ by: GROUP, column: REGION }]")).toBe("orderBy: REGION is not in groupBy.");
    expect(await aggregate("orderBy: [{ by: COUNT, column: REGION }]")).toBe(
      "orderBy: COUNT counts rows and takes no column.",
    );
  });

  it("compares a decimal with all digits of the operand", async () => {
    const answer = await run(
      `{ a: orders(where: { total: { gt: "3.099" } }) { totalCount } b: orders(where: { total: { eq: "3.101" } }) { totalCount } c: orders(where: { total: { in: ["3.1", "4.100"] } }) { totalCount } }`,
    );
    expect(answer.data).toEqual({ a: { totalCount: 4 }, b: { totalCount: 0 }, c: { totalCount: 2 } });
  });

  it("says wherever personal data come out that they are, and whose columns its operands are", () => {
    const { sdl } = subgraph;
    expect(sdl.match(/contactEmail: String @pii\(category: "email"\)/g)).toHaveLength(2);
    expect(sdl).toContain('enum OrderColumn @columnsOf(type: "Order")');
    expect(sdl).toContain("contactEmail: StringFilter");
  });

  it("refuses what does not parse, does not fit or does not name its operation, with the ecosystem's codes", async () => {
    const codes = async (query: string, operationName?: string) => {
      const answer = await subgraph.execute({ query, operationName, caller: anonymous, masking: "here" });
      expect(answer).not.toHaveProperty("data");
      return answer.errors?.map((error) => error.extensions?.code);
    };
    expect(await codes("{")).toEqual(["GRAPHQL_PARSE_FAILED"]);
    expect(await codes("{ nothing }")).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
    expect(await codes("query A { __typename } query B { __typename }")).toEqual(["OPERATION_RESOLUTION_FAILURE"]);
    expect(await codes("query A { __typename }", "B")).toEqual(["OPERATION_RESOLUTION_FAILURE"]);
    expect(await codes("query ($n: Int!) { orders(first: $n) { totalCount } }")).toEqual(["BAD_USER_INPUT"]);
  });

  it("reads one version per request and gives it back, whatever is published meanwhile", async () => {
    let taken = 0;
    let released = 0;
    const counting = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: {
        async snapshot() {
          taken += 1;
          const snapshot = await storage.snapshot();
          const { version, publishedAt, checkedAt, engine } = snapshot;
          return {
            version,
            publishedAt,
            checkedAt,
            engine,
            table: (output) => snapshot.table(output),
            stream: (...args) => snapshot.stream(...args),
            async query(...args) {
              const rows = await snapshot.query(...args);
              await publishRows(storage, ordersProduct, { orders: exampleOrders.slice(0, 1), order_lines: [] });
              return rows;
            },
            release() {
              released += 1;
              snapshot.release();
            },
          };
        },
      },
    });
    const answer = await counting.execute({
      query: `{ orders { totalCount nodes { lines { totalCount nodes { lineNumber } } } } }`,
      caller: anonymous,
      masking: "here",
    });
    expect(answer.errors).toBeUndefined();
    const { orders } = answer.data as {
      orders: { totalCount: number; nodes: { lines: { totalCount: number } }[] };
    };
    expect(orders.totalCount).toBe(7);
    expect(orders.nodes.map(({ lines }) => lines.totalCount)).toEqual([0, 1, 2, 3, 0, 1, 2]);
    expect([taken, released]).toEqual([1, 1]);
    await publishRows(storage, ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
  });

  it("hides what failed inside behind an id, and keeps the cause for the log", async () => {
    const failing = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: { snapshot: () => Promise.reject(new Error("select secret from table")) },
      onError: (error) => hidden.push(error),
    });
    const answer = await failing.execute({ query: `{ orders { totalCount } }`, caller: anonymous, masking: "here" });
    const [error] = answer.errors ?? [];
    expect(answer.data).toEqual({ orders: null });
    expect(error?.message).not.toContain("secret");
    expect(error?.extensions).toMatchObject({ code: "INTERNAL_SERVER_ERROR", product: "orders" });
    expect(error?.path).toEqual(["orders", "totalCount"]);
    expect(hidden.find(({ id }) => id === error?.extensions?.id)?.cause).toMatchObject({
      message: "select secret from table",
    });
  });

  it("passes on what the storage says to clients", async () => {
    const early = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: {
        snapshot: () =>
          Promise.reject(new ClientError("PRODUCT_NOT_PUBLISHED", "Nothing is published yet.", { status: 503 })),
      },
    });
    const answer = await early.execute({ query: `{ orders { totalCount } }`, caller: anonymous, masking: "here" });
    expect(answer.errors).toMatchObject([
      { message: "Nothing is published yet.", extensions: { code: "PRODUCT_NOT_PUBLISHED" } },
    ]);
  });

  it("reads nothing for a caller who has gone", async () => {
    const answer = await subgraph.execute({
      query: `{ orders { totalCount } }`,
      caller: anonymous,
      masking: "here",
      signal: AbortSignal.abort(),
    });
    expect(answer.data).toEqual({ orders: null });
    expect(answer.extensions).toBeUndefined();
  });
});
