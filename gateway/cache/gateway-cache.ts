/** The cache of a gateway, over all its generations: the parts, in the order in which they are needed; no logic. */
import { randomUUID } from "node:crypto";
import type { KeyRing } from "#policies";
import { type RedisConnection, type RedisObserver, readRedisAddress } from "#redis";
import type { CacheMetrics } from "../observability/cache-metrics.ts";
import { CacheCore, type CacheParts } from "./cache-core.ts";
import { type CacheOptions, defaultCacheOptions } from "./cache-options.ts";
import { aloneCoherence } from "./coherence/alone.ts";
import type { Coherence, CoherenceListener } from "./coherence/coherence.ts";
import { noticeSeal } from "./coherence/redis/notice-seal.ts";
import { openRedisCoherence } from "./coherence/redis/open-redis-coherence.ts";
import type { CoherenceChannel } from "./coherence/workers/messages.ts";
import { openWorkerCoherence } from "./coherence/workers/worker-coherence.ts";
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
  /** Where gateways share, and tell each other; undefined where this one is alone. */
  readonly redis: CacheRedis | undefined;
  /** What personal data are sealed with where gateways share them. */
  readonly keys: KeyRing | undefined;
  /** To the parent that relays to other workers, where gateways do not share. */
  readonly channel: CoherenceChannel | undefined;
}

interface CacheRedis {
  readonly connection: RedisConnection;
  readonly url: string;
  readonly keyPrefix: string;
  readonly timeoutMs: number;
  readonly observer: RedisObserver;
}

/** Resolves when it hears of what others invalidate, or cannot for now. */
export async function openGatewayCache({ redis, keys, channel, ...parts }: GatewayCacheParts): Promise<GatewayCache> {
  const options = { ...defaultCacheOptions, ...parts.options };
  const sharing = options.shared ? redis : undefined;
  const shared = sharing && openSharedCache(sharing, keys, options, parts);
  const core = new CacheCore({ ...parts, options, shared });
  observeKept(core, parts.metrics);
  const coherence = await openCoherence(sharing, keys, channel, core.listener);
  core.join(coherence);
  const invalidator = new Invalidator(core);
  return {
    core,
    invalidator,
    async close() {
      invalidator.close();
      await coherence.close();
      await shared?.close();
    },
  };
}

async function openCoherence(
  redis: CacheRedis | undefined,
  keys: KeyRing | undefined,
  channel: CoherenceChannel | undefined,
  listener: CoherenceListener,
): Promise<Coherence> {
  if (redis !== undefined) {
    const { observer, ...options } = redis;
    const seal = keys && noticeSeal(keys);
    return openRedisCoherence({ ...options, ...(seal && { seal }) }, listener, observer);
  }
  return channel === undefined ? aloneCoherence : openWorkerCoherence(channel, listener);
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
