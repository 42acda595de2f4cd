import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { anonymous, createRules } from "#policies";
import type { Storage } from "../storage/port.ts";
import { onStatement } from "../storage/statement.ts";
import { exampleLines, exampleMesh, exampleOrders, memoryStorage, ordersProduct } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";

describe("what a subgraph reads", () => {
  let storage: Storage;
  let subgraph: Subgraph;
  let statements: string[] = [];
  let stop: () => void;

  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    subgraph = createSubgraph({ product: ordersProduct, mesh: exampleMesh, snapshots: storage });
    stop = onStatement(({ purpose, sql }) => {
      if (purpose === "read") statements.push(sql);
    });
  });
  afterAll(async () => {
    stop();
    await storage.close();
  });
  afterEach(() => {
    statements = [];
  });

  const run = async (
    query: string,
    variables?: Record<string, unknown>,
    target = subgraph,
  ): Promise<readonly string[]> => {
    statements = [];
    const answer = await target.execute({ query, variables, caller: anonymous, masking: "here" });
    expect(answer.errors).toBeUndefined();
    return statements;
  };
  /** The columns between `select` and the first `from`, without table alias and quotes. */
  const columnsOf = (sql: string | undefined): readonly string[] =>
    [...(/select (?:\* from \(select )?(.*?) from/.exec(sql ?? "")?.[1] ?? "").matchAll(/"t"\."(\w+)"/g)].map(
      (match) => match[1] ?? "",
    );

  it("is one statement per level, however many parents there are", async () => {
    const nested = `nodes { orderId lines(first: 2) { totalCount nodes { lineNumber order { total lines { nodes { sales } } } } } }`;
    const few = await run(`{ orders(first: 1) { ${nested} } }`);
    const many = await run(`{ orders(first: 7) { ${nested} } }`);
    // orders · lines of orders · their counts · orders of lines · lines of those
    expect(many).toHaveLength(5);
    expect(few.length).toBeLessThanOrEqual(many.length);
  });

  it("is one statement for all representations of a type, with the union of the columns", async () => {
    const sql = await run(
      `query ($r: [_Any!]!) { a: _entities(representations: $r) { ... on Order { total } } b: _entities(representations: $r) { ... on Order { region } } }`,
      { r: exampleOrders.map((order) => ({ __typename: "Order", orderId: order.order_id })) },
    );
    expect(sql).toHaveLength(1);
    expect(columnsOf(sql[0])).toEqual(["order_id", "region", "total"]);
  });

  it("stays batched under rules, which make resolvers asynchronous", async () => {
    const governed = createRules(
      [],
      [
        {
          coordinate: "Order.contactEmail",
          product: "orders",
          domain: "sales",
          pii: ["email"],
          classification: undefined,
          purposes: [],
          type: "String",
        },
        {
          coordinate: "OrderLine.order",
          product: "orders",
          domain: "sales",
          pii: ["email"],
          classification: undefined,
          purposes: [],
          type: "Order",
        },
      ],
    );
    const target = createSubgraph({ product: ordersProduct, mesh: exampleMesh, snapshots: storage, rules: governed });
    statements = [];
    await target.execute({
      query: `{ orders { nodes { contactEmail lines { nodes { order { total } } } } } }`,
      caller: anonymous,
      masking: "gateway",
    });
    expect(statements.length).toBeLessThanOrEqual(3);
  });

  it("is the asked columns and the key, whatever the shape of the selection", async () => {
    expect(columnsOf((await run(`{ orders { nodes { total } } }`))[0])).toEqual(["order_id", "total"]);
    expect(columnsOf((await run(`{ orders { nodes { sum: total again: total __typename } } }`))[0])).toEqual([
      "order_id",
      "total",
    ]);
    const fragments = `query ($yes: Boolean!, $no: Boolean!) {
      orders { edges { node { ...A ... on Order { gift } ... { weight } region @include(if: $no) tags @skip(if: $yes) priority @include(if: $yes) } } }
    } fragment A on Order { total ...B } fragment B on Order { orderDate customer { customerId } }`;
    expect(columnsOf((await run(fragments, { yes: true, no: false }))[0])).toEqual([
      "order_id",
      "customer_id",
      "order_date",
      "total",
      "weight",
      "priority",
      "gift",
    ]);
  });

  it("has the ordering columns only when a cursor is asked for", async () => {
    expect(columnsOf((await run(`{ orders(orderBy: { column: REGION }) { nodes { orderId } } }`))[0])).toEqual([
      "order_id",
    ]);
    const sql = await run(`{ orders(orderBy: { column: REGION }) { nodes { orderId } pageInfo { endCursor } } }`);
    expect(columnsOf(sql[0])).toEqual(["order_id", "region"]);
  });

  it("is no row when only the total count is asked, and no count when it is not", async () => {
    const count = await run(`{ orders { totalCount } }`);
    expect(count).toHaveLength(1);
    expect(count[0]).toContain("count(*)");
    const rows = await run(`{ orders { nodes { orderId } } }`);
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toContain("count(*)");
  });

  it("is only the measures that are asked for", async () => {
    const [sql] = await run(`{ ordersAggregate(groupBy: [{ column: REGION }]) { sum { total } } }`);
    expect(sql).toContain('as "sum.total"');
    expect(sql).not.toContain("weight");
    expect(sql).not.toContain("min(");
  });

  it("has nothing of a client in its text", async () => {
    const hostile = `x'; drop table orders; --"`;
    const sql = await run(
      `query ($t: String!) { order(orderId: $t) { total } orders(where: { or: [{ region: { contains: $t } }, { orderId: { in: [$t] } }] }) { totalCount } ordersAggregate(where: { region: { eq: $t } }) { count } }`,
      { t: hostile },
    );
    expect(sql).toHaveLength(3);
    for (const text of sql) expect(text).not.toContain("drop table");
  });

  it("has the same text for every number of keys", async () => {
    const query = `query ($ids: [String!]!) { orders(where: { orderId: { in: $ids } }) { totalCount } }`;
    expect(await run(query, { ids: ["O-1"] })).toEqual(await run(query, { ids: ["O-1", "O-2", "O-3"] }));
  });
});
