import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anonymous, noRules, type RowFilter, type Rules } from "#policies";
import { connectToRedis, type RedisConnection } from "#redis";
import { ownKeyPrefix, type RedisProxy, startRedisProxy } from "../../../test/redis-proxy.ts";
import { redis as findRedis } from "../../../test/services.ts";
import type { Storage } from "../../storage/port.ts";
import { onStatement } from "../../storage/statement.ts";
import {
  exampleLines,
  exampleMesh,
  exampleOrders,
  memoryStorage,
  ordersProduct,
  publishRows,
} from "../serving.fixture.ts";
import { createSubgraph, type SubgraphOptions } from "../subgraph.ts";
import type { AggregateCache, AggregateEvent } from "./aggregate-cache.ts";
import { createRedisAggregates } from "./redis-aggregates.ts";

interface MemoryCache extends AggregateCache {
  readonly texts: Map<string, string>;
}

function memoryCache(): MemoryCache {
  const texts = new Map<string, string>();
  return {
    texts,
    get: async (key) => texts.get(key),
    async set(key, text) {
      texts.set(key, text);
    },
  };
}

const everyMeasure = `{
  ordersAggregate(groupBy: [{ column: REGION }, { column: ORDER_DATE, unit: MONTH }]) {
    count group { region orderDate }
    sum { total weight sizeBytes } avg { total weight } min { shippedAt total } max { sizeBytes orderDate }
  }
}`;

describe("aggregates that are kept", () => {
  let storage: Storage;
  const events: AggregateEvent[] = [];
  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
  });
  afterAll(() => storage.close());
  beforeEach(() => {
    events.length = 0;
  });

  const subgraphOf = (aggregates: AggregateCache | undefined, options: Partial<SubgraphOptions> = {}) =>
    createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      aggregates,
      // Everything takes longer than that.
      aggregateOptions: { thresholdMs: -1, onEvent: (event) => events.push(event) },
      ...options,
    });
  const ask = async (subgraph: ReturnType<typeof subgraphOf>, query = everyMeasure) => {
    let statements = 0;
    const stop = onStatement(() => {
      statements += 1;
    });
    const { data, errors } = await subgraph.execute({ query, caller: anonymous, masking: "gateway" });
    stop();
    expect(errors).toBeUndefined();
    return { data, statements };
  };
  const kinds = (): readonly string[] => events.map(({ kind }) => kind);

  it("are what is computed, and are not computed again", async () => {
    const subgraph = subgraphOf(memoryCache());
    const plain = await ask(subgraphOf(undefined));
    expect(await ask(subgraph)).toEqual({ ...plain, statements: 1 });
    expect(await ask(subgraph)).toEqual({ ...plain, statements: 0 });
    expect(kinds()).toEqual(["miss", "kept", "hit"]);
  });

  it("are shared by the processes of a product, and by nobody else", async () => {
    const cache = memoryCache();
    await ask(subgraphOf(cache));
    expect((await ask(subgraphOf(cache))).statements).toBe(0);
    const { manifest } = ordersProduct;
    const product = { ...ordersProduct, manifest: { ...manifest, metadata: { ...manifest.metadata, name: "others" } } };
    const [key] = cache.texts.keys();
    expect(key).toMatch(/^aggregate:orders:1@1767225600000:[\w-]{43}$/);
    const elsewhere = createSubgraph({
      product,
      mesh: { ...exampleMesh, products: new Map([...exampleMesh.products, ["others", product]]) },
      snapshots: storage,
      aggregates: cache,
    });
    expect((await ask(elsewhere)).statements).toBe(1);
  });

  it("depend on the arguments, on the rows that policies leave, and on the version", async () => {
    const cache = memoryCache();
    const subgraph = subgraphOf(cache);
    const query = (where: string): string => `{ ordersAggregate(where: { priority: { gt: ${where} } }) { count } }`;
    expect((await ask(subgraph, query("1"))).data).toEqual({ ordersAggregate: [{ count: 5 }] });
    expect((await ask(subgraph, query("5"))).data).toEqual({ ordersAggregate: [{ count: 1 }] });
    const filter: RowFilter = { kind: "in", policy: "p", column: "region", values: ["West"] };
    const limit = (filters: readonly RowFilter[], minGroup?: number): Rules => ({
      ...noRules,
      decideRows: (_, type) => (type === "Order" ? { filters, minGroup, policies: ["p"] } : undefined),
    });
    expect((await ask(subgraphOf(cache, { rules: limit([filter]) }), query("1"))).data).toEqual({
      ordersAggregate: [{ count: 3 }],
    });
    expect((await ask(subgraphOf(cache, { rules: limit([], 9) }), query("1"))).data).toEqual({ ordersAggregate: [] });
    await publishRows(storage, ordersProduct, { orders: exampleOrders.slice(0, 3), order_lines: [] });
    expect((await ask(subgraph, query("1"))).data).toEqual({ ordersAggregate: [{ count: 1 }] });
    await publishRows(storage, ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
  });

  it.each([
    ["a group by a person's address", "groupBy: [{ column: CONTACT_EMAIL }]", "{ group { contactEmail } }"],
    ["a group by a person's key", "groupBy: [{ column: CUSTOMER_ID }]", "{ group { customerId } }"],
    ["rows that were found by a person's address", `where: { contactEmail: { eq: "a" } }`, "{ count }"],
    [
      "groups in the order of personal values",
      "groupBy: [{ column: REGION }, { column: CUSTOMER_ID }], orderBy: [{ by: GROUP, column: CUSTOMER_ID }]",
      "{ count }",
    ],
  ])("are not kept when they are %s", async (_, args, fields) => {
    const cache = memoryCache();
    // A customer is a person.
    const [orders, lines] = ordersProduct.tables;
    if (orders === undefined || lines === undefined) throw new Error("no tables");
    const fieldsOf = orders.output.fields.map((it) => (it.name === "customer_id" ? { ...it, subject: true } : it));
    const product = {
      ...ordersProduct,
      tables: [
        { ...orders, fields: orders.fields.map((it, index) => ({ ...it, field: fieldsOf[index] ?? it.field })) },
        lines,
      ],
    };
    await ask(subgraphOf(cache, { product }), `{ ordersAggregate(${args}) ${fields} }`);
    expect(cache.texts.size).toBe(0);
    expect(events).toEqual([]);
  });

  it("are not kept when policies choose rows by a person's key", async () => {
    const cache = memoryCache();
    const filter: RowFilter = { kind: "in", policy: "own", column: "contact_email", values: ["a@example.com"] };
    const rules: Rules = {
      ...noRules,
      decideRows: () => ({ filters: [filter], minGroup: undefined, policies: ["own"] }),
    };
    await ask(subgraphOf(cache, { rules }), "{ ordersAggregate { count } }");
    expect(cache.texts.size).toBe(0);
  });

  it("are not kept when they were quick, and then not looked up either", async () => {
    const subgraph = subgraphOf(memoryCache(), {
      aggregateOptions: { thresholdMs: 60_000, onEvent: (event) => events.push(event) },
    });
    await ask(subgraph);
    await ask(subgraph);
    expect(kinds()).toEqual(["miss"]);
  });

  it("are not kept when they are too long", async () => {
    const cache = memoryCache();
    await ask(subgraphOf(cache, { aggregateOptions: { thresholdMs: -1, maxLength: 100 } }));
    expect(cache.texts.size).toBe(0);
  });

  it.each([
    ["cut", (text: string) => text.slice(0, -1)],
    ["changed", (text: string) => text.replace("West", "East")],
    ["of another key", (_: string, other: string) => other],
    ["nothing of theirs", () => "garbage"],
    ["empty", () => ""],
  ])("are computed anew when what is kept is %s", async (_, change) => {
    const cache = memoryCache();
    const plain = await ask(subgraphOf(undefined));
    await ask(subgraphOf(cache), "{ ordersAggregate { count } }");
    const [other = ""] = cache.texts.values();
    cache.texts.clear();
    await ask(subgraphOf(cache));
    for (const [key, text] of cache.texts) cache.texts.set(key, change(text, other));
    events.length = 0;
    expect(await ask(subgraphOf(cache))).toEqual(plain);
    expect(kinds()).toEqual(["broken", "miss", "kept"]);
    expect((await ask(subgraphOf(cache))).statements).toBe(0);
  });
});

const { url, missing } = await findRedis();
describe.skipIf(missing !== undefined)(
  `aggregates kept in Redis${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let proxy: RedisProxy;
    let connection: RedisConnection;
    let storage: Storage;
    beforeEach(async () => {
      proxy = await startRedisProxy(url);
      const logger = { info: () => undefined, warn: () => undefined };
      connection = await connectToRedis({ url: proxy.url, keyPrefix: ownKeyPrefix(), timeoutMs: 50 }, { logger });
      storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    });
    afterEach(async () => {
      await connection.close();
      await proxy.close();
      await storage.close();
    });

    const ask = async (aggregates: AggregateCache = createRedisAggregates(connection)) => {
      const events: string[] = [];
      const subgraph = createSubgraph({
        product: ordersProduct,
        mesh: exampleMesh,
        snapshots: storage,
        aggregates,
        aggregateOptions: { thresholdMs: -1, onEvent: ({ kind }) => events.push(kind) },
      });
      const start = performance.now();
      const { data, errors } = await subgraph.execute({ query: everyMeasure, caller: anonymous, masking: "gateway" });
      return { data, errors, events, elapsedMs: performance.now() - start };
    };

    it("are found again", async () => {
      const first = await ask();
      await expect.poll(async () => (await ask()).events).toEqual(["hit"]);
      expect((await ask()).data).toEqual(first.data);
    });

    it("cost no more than its time-out when it is silent, and nothing when it is gone", async () => {
      const plain = await ask();
      proxy.silence(true);
      for (let i = 0; i < 5; i++) {
        const asked = await ask();
        expect([asked.data, asked.errors]).toEqual([plain.data, undefined]);
        expect(asked.elapsedMs).toBeLessThan(1_000);
      }
      await proxy.cut();
      expect((await ask()).data).toEqual(plain.data);
    });

    it("are computed when something else has their key", async () => {
      const keys: string[] = [];
      const cache = createRedisAggregates(connection);
      const seeing: AggregateCache = {
        get(key) {
          keys.push(key);
          return cache.get(key);
        },
        set: (...given) => cache.set(...given),
      };
      const plain = await ask(seeing);
      const [key = ""] = keys;
      await connection.run((redis) => redis.del(key));
      await connection.run((redis) => redis.lpush(key, "a list"));
      expect((await ask()).data).toEqual(plain.data);
    });
  },
);
