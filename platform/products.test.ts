import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anonymous } from "#policies";
import { ClientError } from "#schema";
import { postgres } from "../test/services.ts";
import { createHttpReader } from "./ingestion/http-reader.ts";
import { createOutputsHandler, type RecordOutputRead } from "./ingestion/output-stream.ts";
import type { UpstreamReader } from "./ingestion/upstream.ts";
import { createTestMesh, productOf, quarantineOf, rowsOf, type TestMesh } from "./product.fixture.ts";
import type { Products } from "./products.fixture.ts";

let mesh: TestMesh;
beforeEach(async () => {
  mesh = await createTestMesh();
  await mesh.write("orders/product.yaml", orders);
  await mesh.write("totals/product.yaml", totals());
  await write([
    [1, "Ann", "1.5"],
    [2, "Ben", "2.25"],
  ]);
});
afterEach(async () => {
  await mesh.dispose();
});

const orders = `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: orders, domain: sales, team: sales, version: 1.0.0 }
spec:
  inputs:
    - { name: lines, type: batch, source: data.csv, mode: snapshot }
  transformation: { type: none }
  outputs:
    - type: table
      name: orders
      schema:
        - { name: order_id, type: integer, key: true }
        - { name: name, type: string }
        - { name: amount, type: "decimal(18,4)" }
`;

function totals({
  input = "mode: snapshot",
  storage = "",
  sql = "select count(*) as row_count, sum(amount) as amount from lines",
} = {}): string {
  return `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: totals, domain: finance, team: finance, version: 1.0.0 }
spec:
  inputs:
    - { name: lines, type: product, source: sales.orders/orders, fields: [order_id, amount], ${input} }
  transformation: { type: sql, code: "${sql}" }
  outputs:
    - type: table
      name: totals
      ${storage}
      schema:
        - { name: row_count, type: integer, key: true }
        - { name: amount, type: "decimal(18,4)" }
`;
}

function write(rows: readonly (readonly [number, string, string])[]): Promise<void> {
  return mesh.write("orders/data.csv", `Order ID,Name,Amount\n${rows.map((row) => `${row.join(",")}\n`).join("")}`);
}

async function started(options = {}): Promise<Products> {
  const products = await mesh.products(["orders", "totals"], options);
  await products.start();
  return products;
}

describe("a product that reads another", () => {
  test("starts after it, and is refreshed when it publishes", async () => {
    const products = await started();
    const total = productOf(products, "totals");
    expect(await rowsOf(total, "totals")).toEqual([{ row_count: 2, amount: "3.7500" }]);
    const refreshed = new Promise((resolve) => total.onPublished(resolve));
    await write([[1, "Ann", "10"]]);
    await productOf(products, "orders").refresh();
    await refreshed;
    expect(await rowsOf(total, "totals")).toEqual([{ row_count: 1, amount: "10.0000" }]);
    expect(mesh.faults).toEqual([]);
  });

  test("sees only the fields that it declares", async () => {
    await mesh.write("totals/product.yaml", totals({ sql: "select count(name) as row_count, 0 as amount from lines" }));
    const products = await started();
    expect(productOf(products, "totals").status.reason?.code).toBe("TRANSFORMATION_FAILED");
  });

  test("reads only rows past the watermark when it appends", async () => {
    await mesh.write("totals/product.yaml", totals({ input: "mode: append, watermark: order_id" }));
    const products = await started();
    const total = productOf(products, "totals");
    await write([
      [2, "Ben", "100"],
      [3, "Cid", "1"],
    ]);
    const refreshed = new Promise((resolve) => total.onPublished(resolve));
    await productOf(products, "orders").refresh();
    await refreshed;
    const read = mesh.events.flatMap((event) =>
      event.kind === "ingested" && event.product === "totals" ? [event.read] : [],
    );
    expect(read).toEqual([2, 1]);
    // Rows 1 and 2 as they were when they were read, and row 3.
    expect(await rowsOf(total, "totals")).toEqual([{ row_count: 3, amount: "4.7500" }]);
  });

  test("fails while the other has not published, and recovers when it has", async () => {
    await mesh.write("orders/data.csv", "Order ID,order id\n");
    const products = await started();
    const total = productOf(products, "totals");
    expect(total.status).toMatchObject({ state: "failed", reason: { code: "PRODUCT_NOT_PUBLISHED" } });
    await write([[7, "Eve", "7"]]);
    const recovered = new Promise((resolve) => total.onPublished(resolve));
    await productOf(products, "orders").refresh();
    await recovered;
    expect(await rowsOf(total, "totals")).toEqual([{ row_count: 1, amount: "7.0000" }]);
  });

  test("that is not running in this mesh fails with its name", async () => {
    const absent: UpstreamReader = {
      version: () => Promise.reject(new ClientError("INPUT_UNAVAILABLE", "gone", { status: 503 })),
      read: () => Promise.reject(new Error("never")),
    };
    const products = await started({ remote: new Map([["orders", absent]]) });
    expect(products.get("orders")).toBeUndefined();
    expect(productOf(products, "totals").status).toMatchObject({
      state: "failed",
      reason: { code: "INPUT_UNAVAILABLE" },
    });
  });

  test("refreshes that are asked for at the same time are done once, and once more", async () => {
    const products = await started();
    const product = productOf(products, "orders");
    mesh.events.length = 0;
    await Promise.all([product.refresh(), product.refresh(), product.refresh(), product.refresh()]);
    expect(mesh.events.filter((event) => event.kind === "unchanged")).toHaveLength(2);
  });

  test("closing waits for running work and can be repeated", async () => {
    const products = await mesh.products(["orders", "totals"]);
    const starting = products.start();
    await products.close();
    await products.close();
    for (const status of await starting) expect(status.state).toMatch(/serving|starting|closed|failed|refreshing/);
    expect(productOf(products, "orders").status.state).toBe("closed");
    expect(mesh.faults).toEqual([]);
  });
});

describe("a product that reads another over HTTP", () => {
  const servers: Server[] = [];
  const readers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.close();
    for (const server of servers.splice(0)) server.close();
  });

  /** Serves the outputs of a product, with `cut` after that many parts of the body. */
  async function serve(
    reader: UpstreamReader,
    cut = Number.POSITIVE_INFINITY,
    record?: RecordOutputRead,
  ): Promise<string> {
    const handle = createOutputsHandler({
      reader,
      record,
      authorize: async (request) => {
        if (request.headers.get("authorization") === "Bearer service") return anonymous;
        throw new ClientError("UNAUTHENTICATED", "Outputs are read with a service token.", { status: 401 });
      },
    });
    const server = createServer((incoming, outgoing) => {
      void (async () => {
        const response = await handle({
          method: incoming.method ?? "",
          url: incoming.url ?? "",
          headers: new Map(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
          body: undefined,
          signal: new AbortController().signal,
        });
        outgoing.writeHead(response.status, response.headers);
        if (typeof response.body === "string") return void outgoing.end(response.body);
        let parts = 0;
        for await (const part of response.body) {
          if (parts++ >= cut) return void outgoing.destroy();
          outgoing.write(part);
        }
        outgoing.end();
      })();
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await new Promise((resolve) => server.once("listening", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function httpReader(url: string, token = "service"): ReturnType<typeof createHttpReader> {
    const reader = createHttpReader({ product: "orders", url, headers: () => ({ authorization: `Bearer ${token}` }) });
    readers.push(reader);
    return reader;
  }

  async function upstream(): Promise<UpstreamReader> {
    const products = await mesh
      .products(["orders"], { stateDir: `${mesh.folder}/upstream` })
      .catch((error: unknown) => {
        throw error;
      });
    await products.start();
    return productOf(products, "orders").reader;
  }

  test("gets the same rows as in process", async () => {
    const reader = await upstream();
    const remote = httpReader(await serve(reader));
    const request = { output: "orders", fields: ["order_id", "amount"], after: { column: "order_id", value: "1" } };
    const collect = async (from: UpstreamReader): Promise<unknown> => {
      const { batches, ...about } = await from.read(request);
      const rows: unknown[] = [];
      for await (const batch of batches) rows.push(...batch);
      return { ...about, rows };
    };
    expect(await collect(remote)).toEqual(await collect(reader));
    expect(await remote.version()).toEqual(await reader.version());
    const products = await mesh.products(["orders", "totals"], { remote: new Map([["orders", remote]]) });
    await products.start();
    expect(await rowsOf(productOf(products, "totals"), "totals")).toEqual([{ row_count: 2, amount: "3.7500" }]);
  });

  test.each([
    ["a whole read", Number.POSITIVE_INFINITY, { rows: 2, outcome: "answered" }],
    ["a read that was cut off after its first line", 1, { rows: 0, outcome: "failed" }],
  ] as const)("records %s, with what was read and how many rows went out", async (_what, cut, end) => {
    const reads: unknown[] = [];
    const ends: unknown[] = [];
    const url = await serve(await upstream(), cut, async ({ caller, output, columns }) => {
      reads.push({ caller: caller.principal.id, output, columns });
      return { end: (rows, outcome) => void ends.push({ rows, outcome }) };
    });
    const response = await fetch(`${url}/outputs/orders?fields=order_id,amount`, {
      headers: { authorization: "Bearer service" },
    });
    await response.text().catch(() => undefined);
    expect(reads).toEqual([{ caller: "anonymous", output: "orders", columns: ["order_id", "amount"] }]);
    await expect.poll(() => ends[0]).toMatchObject({ outcome: end.outcome });
    if (end.outcome === "answered") expect(ends[0]).toEqual(end);
  });

  test("sends no row of which the read cannot be recorded", async () => {
    const url = await serve(await upstream(), undefined, () =>
      Promise.reject(new ClientError("AUDIT_UNAVAILABLE", "Reads cannot be recorded at the moment.", { status: 503 })),
    );
    const response = await fetch(`${url}/outputs/orders`, { headers: { authorization: "Bearer service" } });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "AUDIT_UNAVAILABLE" } }] });
  });

  test("does not use rows of an answer that was cut off", async () => {
    const remote = httpReader(await serve(await upstream(), 2));
    const products = await mesh.products(["orders", "totals"], { remote: new Map([["orders", remote]]) });
    await products.start();
    expect(productOf(products, "totals").status).toMatchObject({
      state: "failed",
      reason: { code: "INPUT_UNAVAILABLE", message: expect.stringContaining("broke off; the rows are not used") },
    });
  });

  test("is refused without a service token, and for columns that are not there", async () => {
    const url = await serve(await upstream());
    await expect(httpReader(url, "wrong").version()).rejects.toMatchObject({
      code: "INPUT_UNAVAILABLE",
      message: 'Product "orders" answered with status 401: Outputs are read with a service token.',
    });
    await expect(httpReader(url).read({ output: "orders", fields: ["amout"] })).rejects.toMatchObject({
      code: "OUTPUT_REQUEST_INVALID",
      message: expect.stringContaining("Did you mean `amount`?"),
    });
    await expect(httpReader(url).read({ output: "order", fields: [] })).rejects.toMatchObject({
      code: "OUTPUT_REQUEST_INVALID",
    });
  });

  test("that does not answer is named", async () => {
    await expect(httpReader("http://127.0.0.1:1").version()).rejects.toMatchObject({
      code: "INPUT_UNAVAILABLE",
      message: expect.stringContaining('Product "orders" at http://127.0.0.1:1 does not answer'),
    });
  });
});

const service = await postgres();
describe.skipIf(service.missing !== undefined)(
  `on PostgreSQL${service.missing === undefined ? "" : ` (${service.missing})`}`,
  () => {
    const suffix = randomUUID().slice(0, 8);
    const databaseSchema = (product: string): string => `test_${product}_${suffix}`;
    afterEach(async () => {
      const client = new Client({ connectionString: service.url });
      await client.connect();
      for (const name of ["orders", "totals"])
        await client.query(`drop schema if exists ${databaseSchema(name)} cascade`);
      await client.end();
    });

    test("a product gives the rows and the quarantine that it gives on DuckDB", async () => {
      await mesh.write(
        "orders/data.csv",
        'Order ID,Name,Amount\n1,"two\nlines",1.5\nx,Bad,1\n2,Ben,2.25\n2,Benno,3\n,Nobody,1\n3,"Bro"ken,1\n',
      );
      const onDuckDB = await mesh.products(["orders"], { stateDir: `${mesh.folder}/other` });
      await onDuckDB.start();
      const expected = productOf(onDuckDB, "orders");
      await mesh.write(
        "orders/product.yaml",
        orders.replace("name: orders\n      schema", "name: orders\n      storage: postgres\n      schema"),
      );
      const products = await mesh.products(["orders"], { databaseUrl: service.url, databaseSchema });
      await products.start();
      const product = productOf(products, "orders");
      expect(mesh.faults).toEqual([]);
      expect(product.status).toMatchObject({ state: "serving", engine: "postgres", reason: undefined });
      expect(await rowsOf(product, "orders")).toEqual(await rowsOf(expected, "orders"));
      const told = (rows: readonly Readonly<Record<string, unknown>>[]): unknown =>
        rows.map(({ port, source, line, reason }) => ({ port, source, line, reason }));
      expect(told(await quarantineOf(product))).toEqual(told(await quarantineOf(expected)));
      expect(product.status.quarantined).toBe(4);
      await products.close();
    });

    test("values that the output's type cannot hold exactly go to quarantine, and SQL errors name their line", async () => {
      const storage = "storage: postgres";
      const sql =
        "select order_id as row_count, case order_id when 1 then amount / 7 else amount end as amount from lines";
      await mesh.write("totals/product.yaml", totals({ storage, sql }));
      const products = await started({ databaseUrl: service.url, databaseSchema });
      const total = productOf(products, "totals");
      expect(total.status.reason).toBeUndefined();
      expect(await rowsOf(total, "totals")).toEqual([{ row_count: 2, amount: "2.2500" }]);
      expect(await quarantineOf(total)).toMatchObject([
        {
          port: "output:totals",
          reason: 'column "amount" is not exactly a decimal(18,4); cast or round it in the SQL',
        },
      ]);
      await products.close();
      await mesh.write("totals/transform.sql", "select order_id as row_count,\n  nme as amount\nfrom lines");
      await mesh.write("totals/product.yaml", totals({ storage, sql: "file://transform.sql" }));
      const broken = await started({ databaseUrl: service.url, databaseSchema });
      const { status } = productOf(broken, "totals");
      expect(status).toMatchObject({ state: "serving", version: 1, reason: { code: "TRANSFORMATION_FAILED" } });
      expect(status.reason?.message).toMatch(/transform\.sql:2: .*nme/);
      await broken.close();
    });
  },
);
