import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectToRedis, type RedisConnection } from "#redis";
import { ownKeyPrefix } from "../../test/redis-proxy.ts";
import { redis as findRedis } from "../../test/services.ts";
import { ask } from "../fixtures/ask.fixture.ts";
import { shopSources } from "../fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "../gateway.ts";
import { silentLogger } from "../observability/logger.ts";
import { createMetrics } from "../observability/metrics.ts";
import { createRedisPlanStore } from "./redis-plan-store.ts";

const { url, missing } = await findRedis();
const keyPrefix = ownKeyPrefix();
// Time enough for a machine that does much else: how long a command may take is tried elsewhere.
const redisOptions = { url, keyPrefix, timeoutMs: 5_000 };

let connection: RedisConnection;

async function keys(pattern = "*"): Promise<string[]> {
  const found = await connection.run((redis) => redis.keys(`${keyPrefix}${pattern}`));
  return found.map((key) => key.slice(keyPrefix.length));
}

describe.skipIf(missing !== undefined)(`plans in Redis${missing === undefined ? "" : ` (${missing})`}`, () => {
  beforeAll(async () => {
    connection = await connectToRedis(redisOptions, { logger: silentLogger });
  });
  afterAll(async () => {
    const left = await keys();
    if (left.length > 0) await connection.run((redis) => redis.del(...left));
    await connection.close();
  });

  describe("the store", () => {
    const metrics = createMetrics();
    const text = JSON.stringify({ plan: "äöü ".repeat(1_000) });
    const reads = async (): Promise<unknown> =>
      Object.fromEntries(
        (await metrics.planStoreReads.get()).values.map(({ labels, value }) => [labels.result, value]),
      );

    it("gives back what it was given, for as long as it may keep it, in less room", async () => {
      const store = createRedisPlanStore(connection, 60_000, metrics);
      expect(await store.get("a")).toBeUndefined();
      await store.set("a", text);
      expect(await store.get("a")).toBe(text);
      expect(await connection.run((redis) => redis.strlen("plan:a"))).toBeLessThan(text.length / 10);
      const ttl = await connection.run((redis) => redis.pttl("plan:a"));
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(60_000);
      expect(await reads()).toEqual({ miss: 1, hit: 1 });
    });

    it("takes what it did not write for nothing", async () => {
      const store = createRedisPlanStore(connection, 60_000, metrics);
      await store.set("b", text);
      const stored = (await connection.run((redis) => redis.getBuffer("plan:b"))) ?? Buffer.alloc(0);
      const changed = Buffer.from(stored);
      changed[0] = (changed[0] ?? 0) ^ 1;
      const bad = [Buffer.alloc(0), Buffer.from("garbage"), stored.subarray(0, 40), changed, Buffer.alloc(1_000)];
      for (const value of bad) {
        await connection.run((redis) => redis.set("plan:b", value, "PX", 60_000));
        expect(await store.get("b")).toBeUndefined();
      }
      expect(await reads()).toEqual({ miss: 1, hit: 1, unreadable: bad.length });
    });

    it("finds nothing and keeps nothing where Redis refuses", async () => {
      const store = createRedisPlanStore(connection, 60_000, metrics);
      await connection.run((redis) => redis.lpush("plan:c", "a list"));
      expect(await store.get("c")).toBeUndefined();
      await createRedisPlanStore(connection, -1, metrics).set("d", text);
      expect((await metrics.planStoreWrites.get()).values).toContainEqual({ labels: { result: "failed" }, value: 1 });
      expect(await keys("plan:d")).toEqual([]);
    });
  });

  describe("a gateway", () => {
    const texts = [
      "{ orders { id customer { name } products { name } } }",
      "query ($with: Boolean!) { me { id name @include(if: $with) } }",
    ];
    const sourceOf = (): GatewayConfig["source"] => ({ kind: "subgraphs", subgraphs: shopSources() });
    const telling = `{ order(id: "o1") { id } }`;

    async function run(
      config: Partial<GatewayConfig>,
      queries: readonly string[],
    ): Promise<{ readonly data: unknown[]; readonly planned: number; readonly metrics: string }> {
      const gateway: Gateway = await createGateway({ source: sourceOf(), redis: redisOptions, ...config });
      const data: unknown[] = [];
      for (const query of queries) data.push((await ask(gateway.service, query, { variables: { with: true } })).data);
      const { body } = await gateway.metrics();
      await gateway.close();
      const planned = /^mesh_planning_duration_seconds_count{outcome="planned"} (\d+)$/m.exec(body)?.[1];
      return { data, planned: Number(planned ?? 0), metrics: body };
    }

    it("that is started again plans nothing that was planned before", async () => {
      const first = await run({}, texts);
      expect(first.planned).toBe(texts.length);
      const second = await run({}, texts);
      expect(second.planned).toBe(0);
      expect(second.data).toEqual(first.data);
      expect(second.metrics).toContain(`mesh_plan_store_reads_total{result="hit"} ${texts.length}`);
    });

    it("plans anew what it cannot read", async () => {
      const first = await run({}, texts);
      for (const key of await keys("plan:*")) {
        await connection.run((redis) => redis.set(key, "garbage", "PX", 60_000));
      }
      const second = await run({}, texts);
      expect([second.planned, second.data]).toEqual([texts.length, first.data]);
      expect((await run({}, texts)).planned).toBe(0);
    });

    it("keeps no plan with values of clients in it, unless it is told to", async () => {
      await run({}, [telling]);
      expect((await run({}, [telling])).planned).toBe(1);
      await run({ planStore: { literals: true } }, [telling]);
      expect((await run({ planStore: { literals: true } }, [telling])).planned).toBe(0);
    });

    it("keeps nothing where that is switched off", async () => {
      const other = { ...redisOptions, keyPrefix: `${keyPrefix}off:` };
      await run({ redis: other, planStore: false }, texts);
      expect(await keys("off:*")).toEqual([]);
      expect((await run({ redis: other, planStore: false }, texts)).planned).toBe(texts.length);
    });

    it("answers as ever where Redis is not there", async () => {
      const { planned, data, metrics } = await run({ redis: { ...redisOptions, url: "redis://127.0.0.1:1" } }, texts);
      expect(planned).toBe(texts.length);
      expect(data).toEqual((await run({ planStore: false }, texts)).data);
      expect(metrics).toContain(`mesh_plan_store_reads_total{result="failed"} ${texts.length}`);
      expect(metrics).toContain("mesh_redis_up 0");
    });
  });
});
