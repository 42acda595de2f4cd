import type { RedisConnection } from "#redis";
import type { AggregateCache } from "./aggregate-cache.ts";

/** Aggregates in Redis. A Redis that is slow or gone costs the connection's time-out, and after some failures nothing. */
export function createRedisAggregates(connection: RedisConnection): AggregateCache {
  return {
    get: (key) =>
      connection
        .run((redis) => redis.get(key))
        .then(
          (text) => text ?? undefined,
          () => undefined,
        ),
    set: (key, text, lifetimeMs) =>
      connection
        .run((redis) => redis.set(key, text, "PX", Math.max(1, Math.floor(lifetimeMs))))
        .then(
          () => undefined,
          () => undefined,
        ),
  };
}
