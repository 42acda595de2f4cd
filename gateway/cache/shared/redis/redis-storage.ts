/**
 * What gateways share, in Redis: one server, the master that sentinels name, or a cluster.
 *
 *   cache:{owner.0}:fences       hash      counts by field; .run .epoch .version .at
 *   cache:{owner.n}:e:<digest>   string    a value
 *   cache:{owner.n}:i:<index>    set       digests
 *   cache:{owner.n}:l:<digest>   string    a lease
 *
 * The braces make a slot of a cluster of each part, so that one command may name several keys of it. In a cluster an owner's
 * values lie in several parts, so that no node has all of them.
 *
 * The order in which values and fences are read makes no difference: both are read after the question was asked, and a
 * value that was written meanwhile has either the counts that were read or others.
 */
import type { Redis } from "ioredis";
import { inOneWrite, type RedisConnection } from "#redis";
import type {
  FenceInvalidation,
  FenceQuestion,
  FenceState,
  SharedAnswer,
  SharedStorage,
  SharedUsage,
  StoredKey,
  StoredValue,
} from "../shared-storage.ts";
import { readUsage } from "./read-usage.ts";
import { RedisClocks } from "./redis-clocks.ts";
import { askFences, countFences, evaluate } from "./scripts.ts";

export interface RedisStorageOptions {
  readonly redis: RedisConnection;
  /** That the connection puts before every key. */
  readonly keyPrefix: string;
  /** Parts of each owner; more than one in a cluster. */
  readonly parts: number;
  /** Never twice the same, in no process. */
  newEpoch(): string;
  /** Fields of one owner beyond which all begin anew. */
  readonly maxFences?: number;
  readonly now: () => number;
}

export class RedisStorage implements SharedStorage {
  readonly #redis: RedisConnection;
  readonly #keyPrefix: string;
  readonly #parts: number;
  readonly #newEpoch: () => string;
  readonly #maxFences: string;
  readonly #clocks: RedisClocks;

  constructor({ redis, keyPrefix, parts, newEpoch, maxFences = 500_000, now }: RedisStorageOptions) {
    this.#redis = redis;
    this.#keyPrefix = keyPrefix;
    this.#parts = parts;
    this.#newEpoch = newEpoch;
    this.#maxFences = String(maxFences);
    this.#clocks = new RedisClocks(now);
  }

  get isResting(): boolean {
    return this.#redis.isResting;
  }

  read(keys: readonly StoredKey[], fences: readonly FenceQuestion[]): Promise<SharedAnswer> {
    return this.#redis.run(async (redis) => {
      const values: (Buffer | undefined)[] = keys.map(() => undefined);
      const states = await inOneWrite(redis, () => {
        const reading = this.#byPart(keys).map(async ({ part, members }) => {
          const found = await redis.mgetBuffer(members.map(({ key }) => `${part}:e:${key.digest}`));
          found.forEach((bytes, index) => {
            const member = members[index];
            if (bytes !== null && member !== undefined) values[member.index] = bytes;
          });
        });
        return Promise.all([Promise.all(fences.map((fence) => this.#ask(redis, fence))), ...reading]);
      });
      const [answered] = states;
      return {
        values,
        fences: answered.map(({ state }) => state),
        now: Math.max(0, ...answered.map(({ now }) => now)),
      };
    });
  }

  async #ask(
    redis: Redis,
    { owner, fields }: FenceQuestion,
  ): Promise<{ readonly state: FenceState; readonly now: number }> {
    const key = fenceKey(owner);
    const args = [this.#redis.serverRun ?? "", this.#newEpoch(), ...fields];
    const answer = (await evaluate(redis, askFences, key, args)) as string[];
    const [run, seconds, micros, epoch, version, at, ...counts] = answer;
    const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    if (this.#clocks.wentBack(owner, run ?? "", now)) {
      // What was kept before might be taken for younger than it is.
      await redis.unlink(key);
      return { state: { epoch: this.#newEpoch(), counts, version: undefined }, now };
    }
    const announced = version ? { version: Number(version), at: Number(at) } : undefined;
    return { state: { epoch: epoch ?? "", counts, version: announced }, now };
  }

  write(values: readonly StoredValue[]): Promise<number> {
    return this.#redis.run(async (redis) => {
      let kept = 0;
      const parts = this.#byPart(values.map(({ key }) => key));
      await Promise.all(
        parts.map(async ({ part, members }) => {
          const pipeline = redis.pipeline();
          for (const { key, index } of members) {
            const value = values[index];
            if (value === undefined) continue;
            // Noted before it is there: what is there is always noted.
            for (const name of value.indexes) {
              pipeline.sadd(`${part}:i:${name}`, key.digest).pexpire(`${part}:i:${name}`, indexLivesMs);
            }
            pipeline.set(`${part}:e:${key.digest}`, value.bytes, "PX", Math.max(1, Math.ceil(value.ttlMs)));
          }
          for (const [error, answer] of (await pipeline.exec()) ?? []) {
            if (error !== null && !error.message.startsWith("OOM")) throw error;
            if (answer === "OK") kept++;
          }
        }),
      );
      return kept;
    });
  }

  async invalidate(fences: readonly FenceInvalidation[]): Promise<void> {
    const count = (redis: Redis): Promise<unknown> =>
      Promise.all(
        fences.map(async ({ owner, fields, version }) => {
          for (let first = 0; first === 0 || first < fields.length; first += maxFieldsAtOnce) {
            const some = fields.slice(first, first + maxFieldsAtOnce);
            const announced = version === undefined ? ["", ""] : [String(version.version), String(version.at)];
            const args = [this.#maxFences, ...announced, ...some];
            await evaluate(redis, countFences, fenceKey(owner), args).catch((error: unknown) => {
              // Too full to count: without fences nothing is valid.
              if (error instanceof Error && error.name === "ReplyError") return redis.unlink(fenceKey(owner));
              throw error;
            });
          }
        }),
      );
    await this.#redis.run(count, isUrgent);
  }

  async remove(keys: readonly StoredKey[]): Promise<void> {
    await this.#redis.run((redis) =>
      Promise.all(
        this.#byPart(keys).map(({ part, members }) =>
          redis.unlink(...members.map(({ key }) => `${part}:e:${key.digest}`)),
        ),
      ),
    );
  }

  async removeIndexed(owners: readonly string[], indexes: readonly string[]): Promise<number> {
    let removed = 0;
    for (const owner of owners) {
      for (let part = 0; part < this.#parts; part++) {
        for (const index of indexes) removed += await this.#removeOneIndex(partName(owner, part), index);
      }
    }
    return removed;
  }

  /** What is noted while it runs stays noted. */
  async #removeOneIndex(part: string, index: string): Promise<number> {
    const digests = await this.#redis.run((redis) => redis.smembers(`${part}:i:${index}`));
    let removed = 0;
    for (let first = 0; first < digests.length; first += maxKeysAtOnce) {
      const some = digests.slice(first, first + maxKeysAtOnce);
      removed += await this.#redis.run((redis) => redis.unlink(...some.map((digest) => `${part}:e:${digest}`)));
      await this.#redis.run((redis) => redis.srem(`${part}:i:${index}`, ...some));
    }
    return removed;
  }

  lease(keys: readonly StoredKey[], ttlMs: number): Promise<readonly boolean[]> {
    return this.#redis.run(async (redis) => {
      const taken = keys.map(() => false);
      await Promise.all(
        this.#byPart(keys).map(async ({ part, members }) => {
          const pipeline = redis.pipeline();
          for (const { key } of members) pipeline.set(`${part}:l:${key.digest}`, "", "PX", ttlMs, "NX");
          const answers = (await pipeline.exec()) ?? [];
          members.forEach(({ index }, position) => {
            const [error, answer] = answers[position] ?? [];
            // Where there is no room for leases, everybody asks.
            taken[index] = answer === "OK" || (error instanceof Error && error.message.startsWith("OOM"));
          });
        }),
      );
      return taken;
    });
  }

  async release(keys: readonly StoredKey[]): Promise<void> {
    await this.#redis.run((redis) =>
      Promise.all(
        this.#byPart(keys).map(({ part, members }) =>
          redis.unlink(...members.map(({ key }) => `${part}:l:${key.digest}`)),
        ),
      ),
    );
  }

  usage(limit: number): Promise<SharedUsage> {
    return this.#redis.run((redis) => readUsage(redis, this.#keyPrefix, limit));
  }

  #byPart(keys: readonly StoredKey[]): readonly PartKeys[] {
    const parts = new Map<string, { key: StoredKey; index: number }[]>();
    keys.forEach((key, index) => {
      const part = partName(key.owner, this.#parts === 1 ? 0 : (key.digest.codePointAt(0) ?? 0) % this.#parts);
      const members = parts.get(part);
      if (members === undefined) parts.set(part, [{ key, index }]);
      else members.push({ key, index });
    });
    return [...parts].map(([part, members]) => ({ part, members }));
  }
}

interface PartKeys {
  readonly part: string;
  readonly members: readonly { readonly key: StoredKey; readonly index: number }[];
}

/** Whoever waits for an invalidation waits for it to be told. */
const isUrgent = true;
const maxFieldsAtOnce = 5_000;
const maxKeysAtOnce = 500;
/** Longer than anything that is noted in it. */
const indexLivesMs = 2 * 86_400_000;

function partName(owner: string, part: number): string {
  return `cache:{${encodeURIComponent(owner)}.${part}}`;
}

function fenceKey(owner: string): string {
  return `${partName(owner, 0)}:fences`;
}
