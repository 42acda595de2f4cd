import type { RedisObserver } from "#redis";
import type { GatewayMetrics } from "./metrics.ts";

/** Counts what a connection to Redis does not answer, and says whether it answers. */
export function observeRedis(
  metrics: Pick<GatewayMetrics, "redisFailures" | "redisUp">,
): Pick<RedisObserver, "onFailure" | "onState"> {
  return {
    onFailure: (reason) => metrics.redisFailures.inc({ reason }),
    onState: (isUp) => metrics.redisUp.set(isUp ? 1 : 0),
  };
}
