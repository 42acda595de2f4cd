import { Redis } from "ioredis";
import type { BusServer } from "../bus.suite.ts";
import { ownName, silentLogger } from "../events.fixture.ts";
import { openEventBus } from "../open-bus.ts";

/** Buses on a real Redis, under names of their own, which are gone afterwards. @param connect to where the keys are. */
export async function startOnRedis(url: string, connect: () => Redis = () => new Redis(url)): Promise<BusServer> {
  const prefix = ownName("datamesh-test");
  return {
    url,
    prefix,
    // Time enough for a machine that does much else.
    open: ({ url: way = url, logger = silentLogger, ...options } = {}) =>
      openEventBus(way, { prefix, timeoutMs: 10_000, ...options }, { logger }),
    async close() {
      const redis = connect();
      const keys = await redis.keys(`*${prefix}:*`);
      await Promise.all(keys.map((key) => redis.unlink(key)));
      redis.disconnect();
    },
  };
}
