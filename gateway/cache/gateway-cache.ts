/** The cache of a gateway, over all its generations: the parts, in the order in which they are needed; no logic. */
import { randomUUID } from "node:crypto";
import type { KeyRing } from "#policies";
import { type RedisConnection, readRedisAddress } from "#redis";
import type { CacheMetrics } from "../observability/cache-metrics.ts";
import { CacheCore, type CacheParts } from "./cache-core.ts";
import { type CacheOptions, defaultCacheOptions } from "./cache-options.ts";
import { Invalidator } from "./invalidation/invalidator.ts";
import { observeKept } from "./operate/observe-kept.ts";
import { RedisStorage } from "./shared/redis/redis-storage.ts";
import { SharedCache } from "./shared/shared-cache.ts";

export interface GatewayCache {
  readonly core: CacheCore;
  readonly invalidator: Invalidator;
  /** Lets what is on its way arrive. */
  close(): Promise<void>;
}

export interface GatewayCacheParts extends Omit<CacheParts, "options" | "shared"> {
  readonly options: Partial<CacheOptions>;
  /** Where gateways share; undefined where this one is alone. */
  readonly redis: CacheRedis | undefined;
  /** What personal data are sealed with where gateways share them. */
  readonly keys: KeyRing | undefined;
}

export interface CacheRedis {
  readonly connection: RedisConnection;
  readonly url: string;
  readonly keyPrefix: string;
}

export function openGatewayCache({ redis, keys, ...parts }: GatewayCacheParts): GatewayCache {
  const options = { ...defaultCacheOptions, ...parts.options };
  const shared = redis && options.shared ? openSharedCache(redis, keys, options, parts) : undefined;
  const core = new CacheCore({ ...parts, options, shared });
  observeKept(core, parts.metrics);
  return {
    core,
    invalidator: new Invalidator(core),
    async close() {
      await shared?.close();
    },
  };
}

/** In a cluster, an owner's values lie in so many parts. */
const clusterParts = 16;

function openSharedCache(
  { connection, url, keyPrefix }: CacheRedis,
  keys: KeyRing | undefined,
  { unsharedCategories }: CacheOptions,
  { metrics, now }: { readonly metrics: CacheMetrics; readonly now: () => number },
): SharedCache {
  const process = randomUUID();
  let epochs = 0;
  const storage = new RedisStorage({
    redis: connection,
    keyPrefix,
    parts: readRedisAddress(url).kind === "cluster" ? clusterParts : 1,
    newEpoch: () => `${process}.${++epochs}`,
    now,
  });
  return new SharedCache({ storage, keys, unsharedCategories, metrics, now });
}
