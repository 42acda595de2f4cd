import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventBus } from "#events";
import { createKeyRing } from "#policies";
import { linkMesh, readManifest } from "#schema";
import { postgres } from "../../test/services.ts";
import { busUnavailable, createRecordingBus, type RecordingBus } from "../outbox/recording-bus.fixture.ts";
import { createTestMesh, productOf, quarantineOf, rowsOf, type TestMesh } from "../product.fixture.ts";
import type { Products, ProductsOptions } from "../products.fixture.ts";
import { type ErasureReach, eraseSubject } from "./erase-subject.ts";
import { openTombstones } from "./tombstones.ts";

const manifest = (name: string, inputs: string, output: string, more: string): string => `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: ${name}, domain: ${name}, team: team }
spec:
  inputs:
${inputs}
  outputs:
    - type: table
      name: ${output}
      storage: STORAGE
      schema:
${more}
`;

const customers = manifest(
  "customers",
  `    - { name: raw, type: batch, source: customers.csv, format: csv, mode: snapshot, schema: [{ name: customer_id, type: string, required: true }, { name: email, type: string }] }`,
  "customers",
  `        - { name: customer_id, type: string, key: true, subject: true }
        - { name: email, type: string, pii: email }`,
);
const orders = manifest(
  "orders",
  `    - { name: raw, type: batch, source: orders.csv, format: csv, mode: snapshot, schema: [{ name: order_id, type: string }, { name: customer_id, type: string }, { name: seller_id, type: string }, { name: amount, type: integer }] }`,
  "orders",
  `        - { name: order_id, type: string, key: true }
        - { name: customer_id, type: string, required: true, subject: true, references: customers.customers/customers.customer_id }
        - { name: seller_id, type: string, references: customers.customers/customers.customer_id }
        - { name: amount, type: integer }`,
);
const payments = manifest(
  "payments",
  `    - { name: raw, type: batch, source: payments.csv, format: csv, mode: snapshot, schema: [{ name: payment_id, type: string }, { name: order_id, type: string }] }`,
  "payments",
  `        - { name: payment_id, type: string, key: true }
        - { name: order_id, type: string, references: orders.orders/orders.order_id }`,
);
const revenue = `${manifest(
  "revenue",
  `    - { name: orders, type: product, source: orders.orders/orders, mode: snapshot }`,
  "revenue",
  `        - { name: place, type: string, key: true }
        - { name: total, type: long }`,
).replace("  outputs:", "  transformation: { type: sql, code: file://transform.sql }\n  outputs:")}`;

const server = await postgres();
const engines = [
  { engine: "duckdb", skip: false },
  { engine: "postgres", skip: server.missing !== undefined },
];

/** Products only publish. */
function busOf(bus: RecordingBus): EventBus {
  return { ...bus, publish: (...given) => bus.publish(...given) } as Partial<EventBus> as EventBus;
}

describe.each(engines)("erasing a person kept in $engine", ({ engine, skip }) => {
  let test: TestMesh;
  const keys = createKeyRing([{ id: "k1", createdAt: new Date(0), secret: Buffer.alloc(32, 7) }]);
  const names = ["customers", "orders", "payments", "revenue"];
  const schema = `t${process.pid}_${Math.floor(performance.now())}`;

  beforeEach(async () => {
    test = await createTestMesh();
    for (const [name, text] of Object.entries({ customers, orders, payments, revenue })) {
      await test.write(`${name}/product.yaml`, text.replace("STORAGE", engine));
    }
    await test.write(
      "revenue/transform.sql",
      "-- output: revenue\nselect 'all' as place, cast(sum(amount) as bigint) as total from orders;",
    );
    await test.write("customers/customers.csv", "customer_id,email\nc1,ann@example.com\nc2,bob@example.com\n,c1\n");
    await test.write("orders/orders.csv", "order_id,customer_id,seller_id,amount\no1,c1,c2,10\no2,c2,c1,5\no3,c1,,7\n");
    await test.write("payments/payments.csv", "payment_id,order_id\np1,o1\np2,o2\np3,o3\n");
  });
  afterEach(async () => {
    await test.dispose();
    if (engine !== "postgres" || skip) return;
    const client = new Client({ connectionString: server.url });
    await client.connect();
    for (const name of names) await client.query(`drop schema if exists "${schema}_${name}" cascade`);
    await client.end();
  });

  const tombstones = () => openTombstones(join(test.folder, "state", "erasures.ndjson"), keys);
  const start = async (events?: ProductsOptions["events"]): Promise<Products> => {
    const options: Partial<ProductsOptions> = {
      tombstones: tombstones(),
      events,
      ...(engine === "postgres"
        ? { databaseUrl: server.url, databaseSchema: (product) => `${schema}_${product}` }
        : {}),
    };
    const products = await test.products(names, options);
    await products.start();
    return products;
  };
  const erase = async (products: Products, dryRun = false, reach?: ErasureReach) => {
    const manifests = await Promise.all(
      names.map(
        async (name) =>
          readManifest(
            await readFile(join(test.folder, name, "product.yaml"), "utf8"),
            `${test.folder}/${name}/product.yaml`,
          ).value,
      ),
    );
    const { mesh } = linkMesh(manifests.flatMap((it) => it ?? []));
    return eraseSubject(
      mesh,
      products.get,
      tombstones(),
      { subject: "c1", dryRun, reason: "asked for it" },
      new Date(0),
      reach,
    );
  };
  const everything = async (products: Products): Promise<string> =>
    JSON.stringify(
      [
        await rowsOf(productOf(products, "customers"), "customers"),
        await rowsOf(productOf(products, "orders"), "orders"),
        await rowsOf(productOf(products, "payments"), "payments"),
        await rowsOf(productOf(products, "revenue"), "revenue"),
        await quarantineOf(productOf(products, "customers")),
      ],
      (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value),
    );
  const without = [
    [{ customer_id: "c2", email: "bob@example.com" }],
    // A row of another person forgets the name only.
    [{ order_id: "o2", customer_id: "c2", seller_id: null, amount: 5 }],
    [{ payment_id: "p2", order_id: "o2" }],
    [{ place: "all", total: 5 }],
    [],
  ];

  it.skipIf(skip)(
    "takes the rows out of every product, and nothing brings them back",
    async () => {
      const products = await start();
      expect(await everything(products)).toContain("ann@example.com");
      const before = await everything(products);
      const dry = await erase(products, true);
      expect(await everything(products)).toBe(before);
      const receipt = await erase(products);
      expect(JSON.parse(await everything(products))).toEqual(without);
      const counts = (it: typeof receipt) => it.products.map(({ product, state, rows }) => [product, state, rows]);
      expect(counts(receipt)).toEqual([
        ["customers", "erased", 1],
        ["orders", "erased", 3],
        ["payments", "erased", 2],
        ["revenue", expect.any(String), 0],
      ]);
      const found = counts(receipt).map(([product, , rows]) => [product, "found", rows]);
      expect(counts(dry).slice(0, 3)).toEqual(found.slice(0, 3));
      expect(receipt.products[0]).toMatchObject({ staged: 1, quarantined: 1 });
      expect(receipt).toMatchObject({ untold: [], caches: null });
      expect(JSON.stringify(receipt)).not.toMatch(/"c1"|ann@example/);
      expect(await readFile(join(test.folder, "state", "erasures.ndjson"), "utf8")).not.toMatch(/"c1"|ann@/);

      // The source has the person still, and something new; the person is not in any version that is made of it.
      await test.write(
        "customers/customers.csv",
        "customer_id,email\nc1,ann@example.com\nc2,bob@example.com\nc3,eve@example.com\n,c1\n",
      );
      await test.write(
        "orders/orders.csv",
        "order_id,customer_id,seller_id,amount\no1,c1,c2,10\no2,c2,c1,5\no3,c1,,7\no4,c1,,100\n",
      );
      for (const name of names)
        expect(await productOf(products, name).refresh()).toMatchObject({ state: "serving", reason: undefined });
      const again = JSON.parse(await everything(products)) as unknown[][];
      expect(again).toEqual([
        [...(without[0] ?? []), { customer_id: "c3", email: "eve@example.com" }],
        ...without.slice(1),
      ]);
      await products.close();

      // Nor after a restart, when everything is built anew.
      const restarted = await start();
      expect(JSON.parse(await everything(restarted))).toEqual(again);
    },
    60_000,
  );

  it.skipIf(skip)(
    "has what is kept elsewhere forgotten once every product has published and told, and writes it down",
    async () => {
      const bus = createRecordingBus();
      const products = await start(busOf(bus));
      const said: unknown[] = [];
      const reach: ErasureReach = {
        async forgetKept(persons, names) {
          said.push(persons, names, await rowsOf(productOf(products, "customers"), "customers"));
          said.push(bus.taken.some(({ subject }) => subject === 'Customer/[["customerId","c1"]]'));
          return { copies: 3, shared: null, isComplete: false };
        },
      };
      const dry = await erase(products, true, reach);
      expect([dry.caches, dry.untold, said]).toEqual([null, [], []]);
      const receipt = await erase(products, false, reach);
      expect(said).toEqual([[["customers/customers.customer_id", "c1"]], names, without[0], true]);
      expect(receipt).toMatchObject({ untold: [], caches: { copies: 3, shared: null, isComplete: false } });
      const { hash, ...rest } = receipt;
      expect(hash).toBe(createHash("sha256").update(JSON.stringify(rest)).digest("hex"));
    },
    60_000,
  );

  it.skipIf(skip)(
    "names the products whose events wait, and takes a cache that fails for one that keeps something",
    async () => {
      const bus = createRecordingBus();
      const products = await start(busOf(bus));
      await Promise.all(names.map((name) => productOf(products, name).drained()));
      bus.onPublish(() => {
        throw busUnavailable();
      });
      const receipt = await erase(products, false, {
        tellWithinMs: 50,
        forgetKept: () => Promise.reject(new Error("the gateway ended")),
      });
      expect(receipt.untold).toContain("customers");
      expect(receipt.caches).toEqual({ copies: 0, shared: null, isComplete: false });
      expect(receipt.products[0]).toMatchObject({ state: "erased" });
    },
    60_000,
  );
});

it("publishes nothing when the key of the tombstones is gone", async () => {
  const test = await createTestMesh();
  await test.write("customers/product.yaml", customers.replace("STORAGE", "duckdb"));
  await test.write("customers/customers.csv", "customer_id,email\nc1,ann@example.com\n");
  const file = join(test.folder, "state", "erasures.ndjson");
  const keys = createKeyRing([{ id: "k1", createdAt: new Date(0), secret: Buffer.alloc(32, 7) }]);
  await openTombstones(file, keys).add(
    "e",
    new Date(0),
    new Map([["customers/customers.customer_id", new Set(["c9"])]]),
  );
  const products = await test.products(["customers"], { tombstones: openTombstones(file, createKeyRing([])) });
  await products.start();
  expect(productOf(products, "customers").status).toMatchObject({
    state: "failed",
    reason: { code: "ERASURE_KEY_MISSING" },
  });
  await test.dispose();
});
