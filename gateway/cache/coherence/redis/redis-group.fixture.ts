/** Members with one list in a real Redis. */
import { connectToRedis } from "#redis";
import { ownKeyPrefix } from "../../../../test/redis-proxy.ts";
import type { CoherenceGroup } from "../coherence.suite.ts";
import { type Coherence, type CoherenceListener, type CoherenceTimings, defaultTimings } from "../coherence.ts";
import type { Seal } from "./messages.ts";
import { openRedisCoherence } from "./open-redis-coherence.ts";
import { channelsOf, createRedisMemberList, listKey } from "./redis-member-list.ts";

export interface RedisGroupOptions {
  readonly url: string;
  readonly timings?: Partial<CoherenceTimings>;
  readonly seal?: Seal;
}

/** Where one member reaches Redis, if not where the others do. */
export interface Ways {
  readonly commands?: string;
  readonly subscription?: string;
  readonly seal?: Seal;
}

export interface RedisGroup extends CoherenceGroup {
  readonly keyPrefix: string;
  join(listener: CoherenceListener, ways?: Ways): Promise<Coherence>;
  /** Makes the list one that has been there for long, so that nobody waits until it is. */
  age(): Promise<void>;
  /** What is on the list, by field. */
  list(): Promise<Record<string, string>>;
  /** Says something to everybody, as a member that does not exist. */
  say(text: string): Promise<void>;
  /** As after `FLUSHALL`, or where Redis made room. */
  forget(): Promise<void>;
}

const observer = { logger: { info: () => undefined, warn: () => undefined } };

export async function openRedisGroup({ url, timings = {}, seal }: RedisGroupOptions): Promise<RedisGroup> {
  const keyPrefix = ownKeyPrefix();
  const admin = await connectToRedis({ url, keyPrefix, timeoutMs: 5_000 }, observer);
  const channels = channelsOf(keyPrefix);
  const ends: (() => Promise<void>)[] = [];
  return {
    keyPrefix,
    async join(listener, ways = {}) {
      const connection = await connectToRedis({ url: ways.commands ?? url, keyPrefix, timeoutMs: 300 }, observer);
      const ownSeal = ways.seal ?? seal;
      const coherence = await openRedisCoherence(
        {
          url: ways.subscription ?? url,
          keyPrefix,
          timeoutMs: 1_000,
          connection,
          timings,
          ...(ownSeal === undefined ? {} : { seal: ownSeal }),
        },
        listener,
        observer,
      );
      ends.push(async () => {
        await coherence.close();
        await connection.close();
      });
      return coherence;
    },
    async age() {
      await createRedisMemberList({ id: "nobody", redis: admin, channels, timings: defaultTimings }).evict([]);
      await admin.run((redis) => redis.hset(listKey, { since: 1 }));
    },
    list: () => admin.run((redis) => redis.hgetall(listKey)),
    say: async (text) => void (await admin.run((redis) => redis.publish(channels.notices, text))),
    forget: async () => void (await admin.run((redis) => redis.del(listKey))),
    async close() {
      await Promise.all(ends.map((end) => end()));
      await admin.run((redis) => redis.del(listKey)).catch(() => undefined);
      await admin.close();
    },
  };
}
