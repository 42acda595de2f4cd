/**
 * Two gateways over a Redis of their own that something happens to, while both are read all the time and rows change.
 *
 *   before ── shared ─▶ during: the trouble, reads, changes that are told ─▶ after ── shared again
 *
 * Whatever happens, reads have no errors, and none sees anything older than what was acknowledged as complete.
 */
import { expect, vi } from "vitest";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { type Oracle, oracle } from "./oracle.fixture.ts";
import { forgetful, openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

export interface Trouble extends AsyncDisposable {
  readonly source: Oracle;
  readonly shared: SharedRedis;
  /** One that keeps in its process what it reads, and one that asks the Redis each time. */
  readonly gateways: readonly [keeping: CachedGateway, forgetful: CachedGateway];
  /** Reads and changes go on while `work` runs; fails for each read that was wrong.  */
  during(work: () => Promise<void>): Promise<void>;
  /** Every row is another one, and that is acknowledged. */
  changeAll(): Promise<void>;
  /** Waits until one gateway finds again what the other one has fetched, and both hear of what is invalidated. */
  untilShared(): Promise<void>;
}

export async function openTrouble(
  url: string,
  ways: readonly [string, string] = [url, url],
  adminUrl = url,
): Promise<Trouble> {
  const source = oracle();
  const shared = await openSharedRedis(adminUrl);
  // As a mesh has it by default: 50 ms.
  const config = { subgraphs: source.subgraphs, timeoutMs: 50 };
  const gateways = [
    await shared.open({ ...config, url: ways[0] }),
    await shared.open({ ...config, url: ways[1], cache: forgetful }),
  ] as const;

  /** Others stay as they are, so that only what is told ends what is old. */
  const tell = async (gateway: CachedGateway): Promise<void> => {
    const id = source.ids[Math.floor(Math.random() * source.ids.length)] ?? "";
    source.change(id);
    const versions = source.versions();
    const what = [{ kind: "entity", type: "Row", key: { id } }] as const;
    const told = await gateway.gateway.cache?.invalidate({ cause: "event", what });
    if (told?.isComplete === true) source.acknowledge([id], versions);
  };

  return {
    source,
    shared,
    gateways,
    async during(work) {
      const begun = performance.now();
      for (const { warnings } of gateways) warnings.length = 0;
      const readers = source.readAll([...gateways, ...gateways], 2);
      let isOver = false;
      const telling = gateways.map(async (gateway) => {
        while (!isOver) {
          await tell(gateway);
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      });
      try {
        await work();
      } finally {
        isOver = true;
        await Promise.all(telling);
        const wrong = await readers.stop(10);
        expect(wrong.slice(0, 5)).toEqual([]);
        const seconds = (performance.now() - begun) / 1_000;
        for (const { warnings } of gateways) {
          for (const [message, lines] of Map.groupBy(warnings, (warning) => String(warning.message))) {
            expect(lines.length, message).toBeLessThanOrEqual(seconds + 2);
          }
        }
      }
    },
    async changeAll() {
      for (const id of source.ids) source.change(id);
      const what = source.ids.map((id) => ({ kind: "entity", type: "Row", key: { id } }) as const);
      await vi.waitFor(async () => {
        const told = await gateways[0].gateway.cache?.invalidate({ cause: "event", what });
        expect(told).toMatchObject({ isComplete: true });
      }, 20_000);
      source.acknowledge(source.ids, source.versions());
    },
    async untilShared() {
      const [keeping, reader] = gateways;
      await vi.waitFor(
        async () => {
          for (const gateway of gateways) {
            const [isCurrent, isUp] = await Promise.all(
              ["mesh_cache_current", "mesh_redis_up"].map((name) => gateway.metric(name)),
            );
            expect({ isCurrent, isUp }).toEqual({ isCurrent: 1, isUp: 1 });
          }
          const query = "{ rows { id version } }";
          await keeping.ask(query);
          await vi.waitFor(async () => expect(await reader.asked(() => reader.ask(query))).toEqual([]), 300);
        },
        { timeout: 20_000, interval: 20 },
      );
    },
    async [Symbol.asyncDispose]() {
      await shared[Symbol.asyncDispose]();
    },
  };
}
