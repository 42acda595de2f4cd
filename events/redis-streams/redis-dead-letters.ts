import type { Redis } from "ioredis";
import type { DeadLetter, DeadLetters } from "../bus.ts";
import { readEvent } from "../envelope.ts";
import type { Partition } from "../event-log.ts";
import { printSignal } from "../signals.ts";
import { channelOf, lettersKey, logKey } from "./keys.ts";
import { type RunScript, replayScript } from "./scripts.ts";

interface Setup {
  readonly prefix: string;
  readonly topic: string;
  readonly group: string;
  partitions(topic: string): Promise<number>;
  readonly run: RunScript;
  ask<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
}

/** A stream per partition, beside its log, so that a replay is one step. A letter's id is its partition and its entry's id. */
export function deadLettersInRedis({ prefix, topic, group, partitions, run, ask }: Setup): DeadLetters {
  /** Runs for each letter that can be there; how many were. */
  const forEach = async (
    ids: readonly string[],
    take: (at: Partition, id: string) => Promise<number>,
  ): Promise<number> => {
    const count = await partitions(topic);
    let taken = 0;
    for (const text of ids) {
      const [, index, id] = /^(\d{1,6})-(\d+-\d+)$/.exec(text) ?? [];
      if (id !== undefined && Number(index) < count) taken += await take({ topic, index: Number(index) }, id);
    }
    return taken;
  };
  return {
    async list(limit) {
      const count = await partitions(topic);
      const all = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const key = lettersKey(prefix, { topic, index }, group);
          const entries = await ask((redis) => redis.xrange(key, "-", "+", "COUNT", limit));
          return entries.map(([id, fields]) => readLetter(`${index}-${id}`, fields));
        }),
      );
      return all
        .flat()
        .sort((one, other) => (one.diedAt < other.diedAt ? -1 : one.diedAt > other.diedAt ? 1 : 0))
        .slice(0, limit);
    },
    replay: (ids) =>
      forEach(ids, async (at, id) => {
        const keys = [logKey(prefix, at), lettersKey(prefix, at, group)];
        const signal = printSignal({ kind: "appended", partition: at.index });
        return Number(await run(replayScript, keys, [group, id, channelOf(prefix, topic), signal]));
      }),
    discard: (ids) => forEach(ids, (at, id) => ask((redis) => redis.xdel(lettersKey(prefix, at, group), id))),
  };
}

function readLetter(id: string, fields: readonly string[]): DeadLetter {
  const [, event = "", , attempts, , diedAt = "", , reason = ""] = fields;
  return { id, event: readEvent(event), attempts: Number(attempts), diedAt, reason };
}
