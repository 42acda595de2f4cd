/**
 * Coherence through Redis: one server, the master that sentinels name, or a cluster.
 *
 *   <prefix>cache:members        hash      who has joined, and until when it may believe that it hears everything
 *   <prefix>cache:notices        channel   what is no longer true
 *   <prefix>cache:member:<id>    channel   what is said to one alone: pings that it sends to itself, acks
 *
 * What it takes for granted:
 * 1. There is one server that takes writes for the list, but for `leaseMs + isolatedMs` after another one took over. A
 *    master that was cut off from its replicas and goes on taking writes is a second one: `min-replicas-to-write` ends that,
 *    and in a cluster its own rule.
 * 2. Clocks run equally fast, within a hundredth, and that of Redis does not jump ahead.
 */
import { connectToRedis, type RedisConnection, type RedisObserver, type RedisOptions } from "#redis";
import { type Coherence, type CoherenceListener, type CoherenceTimings, defaultTimings } from "../coherence.ts";
import { redisEar } from "./ear.ts";
import type { Seal } from "./messages.ts";
import { newMemberId, RedisCoherence } from "./redis-coherence.ts";
import { channelsOf, createRedisMemberList } from "./redis-member-list.ts";

export interface RedisCoherenceOptions extends RedisOptions {
  /** For commands, with the same prefix; it is not closed. Absent: one is opened. Subscriptions have one of their own. */
  readonly connection?: RedisConnection;
  /** The same for all members. */
  readonly seal?: Seal;
  readonly timings?: Partial<CoherenceTimings>;
}

/** A member that does not become current within that is isolated at first. */
const joinLimitMs = 1_000;

/**
 * Resolves when it is current, or cannot be for now; never rejects for a Redis that is not there. Raises
 * `REDIS_ADDRESS_INVALID`.
 */
export async function openRedisCoherence(
  { connection, seal, timings: given, ...redis }: RedisCoherenceOptions,
  listener: CoherenceListener,
  observer: RedisObserver,
): Promise<Coherence> {
  const own = connection === undefined ? await connectToRedis(redis, observer) : undefined;
  const commands = connection ?? own;
  if (commands === undefined) throw new Error("one of the two is there");
  const id = newMemberId();
  const channels = channelsOf(redis.keyPrefix);
  const timings = { ...defaultTimings, ...given };
  const coherence = new RedisCoherence(
    {
      id,
      list: createRedisMemberList({ id, redis: commands, channels, timings }),
      openEar: redisEar(redis.url, [channels.notices, channels.of(id)], () => observer.onFailure?.("unreachable")),
      seal,
      timings,
      now: observer.now ?? (() => performance.now()),
      logger: observer.logger,
    },
    listener,
  );
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, joinLimitMs);
  await Promise.race([coherence.whenCurrent, late.promise]);
  clearTimeout(timer);
  return {
    isCurrent: () => coherence.isCurrent(),
    mayKeep: () => coherence.mayKeep(),
    announce: (notice, onTold) => coherence.announce(notice, onTold),
    async close() {
      await coherence.close();
      await own?.close();
    },
  };
}
