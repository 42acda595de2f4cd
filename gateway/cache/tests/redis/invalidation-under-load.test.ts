/** After an invalidation was acknowledged nobody reads anything older, on whatever gateway, while all of them read all the time. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import type { Invalidated } from "../../index.ts";
import { type Oracle, oracle } from "./oracle.fixture.ts";
import { forgetful, openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

const service = await redis();

/** What may be said when these rows have changed. */
const ways: Readonly<Record<string, (ids: readonly string[]) => readonly Invalidated[]>> = {
  "by entity": (ids) => ids.map((id) => ({ kind: "entity", type: "Row", key: { id } })),
  "by type": () => [{ kind: "type", type: "Row" }],
  "by the rows of products": () => ["lists", "details"].map((name) => ({ kind: "rows", type: "Row", product: name })),
  "by product": () => ["lists", "details"].map((name) => ({ kind: "product", product: name })),
  "by tag, with what is in lists": (ids) => [
    ...ids.map((id): Invalidated => ({ kind: "tag", tag: `row-${id}` })),
    { kind: "rows", type: "Nothing", product: "lists" },
  ],
  everything: () => [{ kind: "all" }],
};

describe.skipIf(service.missing !== undefined)(`invalidations over ${service.missing ?? "a Redis"}`, () => {
  const source: Oracle = oracle();
  let shared: SharedRedis;
  let gateways: readonly CachedGateway[];
  beforeAll(async () => {
    shared = await openSharedRedis(service.url);
    const cacheKeys = createKeyRing([{ id: "k1", createdAt: new Date(0), secret: randomBytes(32) }]);
    const config = { subgraphs: source.subgraphs, cacheKeys };
    gateways = [
      await shared.open(config),
      await shared.open(config),
      // Everything that it answers comes from the Redis, or is written there.
      await shared.open({ ...config, cache: forgetful }),
    ];
    // Plans are made before anything changes.
    for (const gateway of gateways) for (let read = 0; read < 40; read++) await source.read(gateway);
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());

  const rounds = 15;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;

  /** Several at once, by all gateways. */
  async function changeWhileRead(
    end: (gateway: CachedGateway, ids: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const readers = source.readAll([...gateways, ...gateways]);
    const changers = gateways.map(async (gateway) => {
      for (let round = 0; round < rounds; round++) {
        const ids = [...new Set([pick(source.ids), pick(source.ids)])];
        for (const id of ids) source.change(id);
        const versions = source.versions();
        await end(gateway, ids);
        source.acknowledge(ids, versions);
        await new Promise((resolve) => setTimeout(resolve, 10 * Math.random()));
      }
    });
    await Promise.all(changers);
    expect(await readers.stop(10)).toEqual([]);
  }

  it.each(Object.entries(ways))("end what was changed: %s", async (_, say) => {
    await changeWhileRead(async (gateway, ids) => {
      const told = await gateway.gateway.cache?.invalidate({ cause: "event", what: say(ids) });
      expect(told).toMatchObject({ isComplete: true, acknowledgedBy: 2 });
    });
  });

  it("end what an operator purges, though nobody has told of the change", async () => {
    await changeWhileRead(async ({ gateway }) => {
      const what = [{ kind: "type", type: "Row" }] as const;
      expect(await gateway.cache?.invalidate({ cause: "operator", what })).toMatchObject({ isComplete: true });
    });
  });

  it("end what is told by the bus", async () => {
    await changeWhileRead(async ({ gateway }, ids) => {
      const what = ids.map((id) => ({ kind: "entity", type: "Row", key: { id } }) as const);
      expect(await gateway.cache?.carryOut({ cause: "event", what })).toBe(true);
    });
  });

  it("end what is of a person who is erased, after what has changed was told", async () => {
    await changeWhileRead(async ({ gateway }, ids) => {
      const what = ids.map((id) => ({ kind: "entity", type: "Row", key: { id } }) as const);
      await gateway.cache?.invalidate({ cause: "event", what });
      const forgotten = await gateway.cache?.forget(ids.map((id) => ["rows.id", id] as const));
      expect(forgotten).toMatchObject({ isComplete: true, shared: expect.any(Number) });
    });
  });

  it("leave enough to read, of what could have been wrong", async () => {
    for (const gateway of gateways) {
      expect(await gateway.metric("mesh_cache_lookups_total", { result: "shared" })).toBeGreaterThan(rounds);
    }
    for (const gateway of gateways.slice(0, 2)) {
      expect(await gateway.metric("mesh_cache_lookups_total", { result: "memory" })).toBeGreaterThan(rounds);
    }
  });
});
