/** Payments names PostgreSQL as its storage: with a database it is kept there, with the same rows and the same work. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";
import { postgres } from "../services.ts";
import { openSuperstore } from "../superstore.ts";
import { allNodes, type Node } from "./all-nodes.ts";
import { exact } from "./exact.ts";

const service = await postgres();
/** A database of the test's own: payments names its schema itself. */
const database = `e2e_${randomBytes(6).toString("hex")}`;

describe.skipIf(service.missing !== undefined)(
  `payments in PostgreSQL${service.missing === undefined ? "" : ` (skipped: ${service.missing})`}`,
  () => {
    let mesh: TestMesh;
    let embedded: TestMesh;

    beforeAll(async () => {
      await onServer(`create database ${database}`);
      const url = new URL(service.url);
      url.pathname = `/${database}`;
      mesh = await startExampleMesh({ postgresUrl: url.href });
      embedded = await startExampleMesh();
    });

    afterAll(async () => {
      await mesh?.[Symbol.asyncDispose]();
      await embedded?.[Symbol.asyncDispose]();
      await onServer(`drop database if exists ${database} with (force)`);
    });

    const payments = (of: TestMesh): Promise<readonly Node[]> =>
      allNodes(
        of,
        "payments",
        "paymentId orderId customerId method status amount currency paidAt reversedAt",
        "{ column: STATUS }, { column: AMOUNT, direction: DESC }",
      );

    it("keeps payments there and every other product in DuckDB", () => {
      const engines = Object.fromEntries(mesh.statuses().map(({ product, engine }) => [product, engine]));
      expect(engines).toEqual({
        customers: "duckdb",
        logistics: "duckdb",
        orders: "duckdb",
        payments: "postgres",
        products: "duckdb",
        revenue: "duckdb",
      });
      expect(embedded.statuses().find(({ product }) => product === "payments")?.engine).toBe("duckdb");
    });

    it("has the same rows in the same order as on the embedded engine", async () => {
      expect(await payments(mesh)).toEqual(await payments(embedded));
    });

    it("has the exact sum of the source's lines as the amount of every order", async () => {
      await using source = await openSuperstore();
      const expected = await source.rows("select order_id, sum(sales) as amount from superstore group by 1 order by 1");
      const rows = await allNodes(mesh, "payments", "orderId amount", "{ column: ORDER_ID }");
      expect(rows.map(({ orderId, amount }) => [orderId, exact(amount)])).toEqual(
        expected.map((row) => [row.order_id, exact(row.amount)]),
      );
    });

    it("batches across the engines: one statement in each for a hundred orders", async () => {
      const query = `{ orders(first: 100) { nodes { orderId payments { nodes { amount status } } } } }`;
      expect(await mesh.work(() => mesh.data(query))).toEqual({
        requests: { orders: 1, payments: 1 },
        statements: { orders: 1, payments: 1 },
      });
    });
  },
);

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: service.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
