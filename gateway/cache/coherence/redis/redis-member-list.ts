import type { RedisConnection } from "#redis";
import type { CoherenceTimings } from "../coherence.ts";
import { countsForMs, type MemberList } from "./member-list.ts";
import { ack, notice } from "./messages.ts";
import * as scripts from "./scripts.ts";

export interface RedisMemberListOptions {
  readonly id: string;
  readonly redis: RedisConnection;
  readonly channels: Channels;
  readonly timings: CoherenceTimings;
}

/** Names are whole: Redis puts no prefix before those of channels. */
export interface Channels {
  readonly notices: string;
  /** What is said to one member alone. */
  of(member: string): string;
}

export function channelsOf(keyPrefix: string): Channels {
  return { notices: `${keyPrefix}cache:notices`, of: (member) => `${keyPrefix}cache:member:${member}` };
}

/** Below the connection's prefix. In a cluster one node has it; what is published reaches all. */
export const listKey = "cache:members";

/** Somebody waits for what is said here, and no request does. */
const isUrgent = true;

/** Rejects with `RedisUnavailable`. */
export function createRedisMemberList({ id, redis, channels, timings }: RedisMemberListOptions): MemberList {
  const run = (script: string, args: readonly (string | number)[]): Promise<unknown> =>
    redis.run((client) => client.eval(script, 1, listKey, ...args), isUrgent);

  return {
    async beat({ number, join }) {
      return (await run(scripts.beat, [id, number, join, timings.leaseMs, channels.of(id)])) === 1;
    },
    async announce(number, payload) {
      const answer = await run(scripts.announce, [countsForMs(timings), channels.notices, notice(id, number, payload)]);
      // The script's own answer.
      const [now, since, ...rest] = answer as [number, number, ...(string | number)[]];
      const members = [...inGroups(rest, 3)].map(([member, leaseEnd, join]) => ({
        id: String(member),
        leaseEnd: Number(leaseEnd),
        join: Number(join),
      }));
      return { now, since, members: members.filter((member) => member.id !== id) };
    },
    async evict(members) {
      const answer = await run(
        scripts.evict,
        members.flatMap((member) => [member.id, member.join]),
      );
      const [now, since, ...rest] = answer as [number, number, ...(string | number)[]];
      const ends = [...inGroups(rest, 2)].map(([member, end]): [string, number] => [String(member), Number(end)]);
      return { now, since, leaseEndById: new Map(ends) };
    },
    async acknowledge(announcer, number, removed) {
      await redis.run((client) => client.publish(channels.of(announcer), ack(id, number, removed)), isUrgent);
    },
    async leave() {
      await redis.run((client) => client.hdel(listKey, id));
    },
  };
}

function* inGroups<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let first = 0; first < items.length; first += size) yield items.slice(first, first + size);
}
