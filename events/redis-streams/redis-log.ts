/**
 * Logs as Redis Streams (Redis 7 or later), on one server, behind sentinels, or on a cluster.
 *
 * An event is as safe as Redis keeps it: `appendonly` decides what a restart leaves, and a copy that takes over may lack what
 * its master had acknowledged last. `maxmemory-policy` has to be `noeviction`: then a full Redis refuses events, which stay
 * where they are, instead of dropping what groups have not handled.
 */
import type { Redis } from "ioredis";
import { connectToRedis, listenToRedis } from "#redis";
import type { BusObserver, EventBusOptions } from "../bus-options.ts";
import { printPlace, readPlace } from "../delivery/place.ts";
import { eventError } from "../errors.ts";
import type { Entry, EventLog, Hold, Partition } from "../event-log.ts";
import { printSignal, readSignal } from "../signals.ts";
import { channelOf, leaseKey, lettersKey, logKey, partitionsKey, placesKey } from "./keys.ts";
import { deadLettersInRedis } from "./redis-dead-letters.ts";
import {
  appendScript,
  buryScript,
  claimScript,
  declareScript,
  endsScript,
  moveScript,
  type RunScript,
  readScript,
  releaseScript,
  renewScript,
  runScript,
  type Script,
  trimScript,
} from "./scripts.ts";

/** Of one script: while it runs, Redis does nothing else. */
const maxAppended = 256;
const maxBytes = 1_048_576;

type Options = Pick<EventBusOptions, "prefix" | "partitions" | "leaseMs" | "maxEvents" | "timeoutMs">;

/** Resolves also where no server is there yet. Raises `REDIS_ADDRESS_INVALID`. */
export async function openRedisLog(url: string, options: Options, observer: BusObserver): Promise<EventLog> {
  const { prefix, leaseMs, maxEvents, timeoutMs } = options;
  const connection = await connectToRedis({ url, keyPrefix: "", timeoutMs }, observer);
  const listener = await listenToRedis(url);
  let claims = 0;

  const ask = async <T>(command: (redis: Redis) => Promise<T>): Promise<T> => {
    try {
      return await connection.run(command);
    } catch (error) {
      throw eventError("BUS_UNAVAILABLE", "the event bus does not answer: Redis", error);
    }
  };
  const run: RunScript = (script, keys, args) => ask((redis) => runScript(redis, script, keys, args));

  /** It never changes, but another server may have taken over that knows nothing: so it is asked for every time. */
  const partitions = async (topic: string): Promise<number> => {
    const key = partitionsKey(prefix, topic);
    const kept = await ask((redis) => redis.get(key));
    if (kept !== null) return Number(kept);
    await ask((redis) => redis.set(key, options.partitions, "NX"));
    return Number(await ask((redis) => redis.get(key)));
  };

  return {
    partitions,
    async append(at, events) {
      const signal = printSignal({ kind: "appended", partition: at.index });
      for (const texts of inParts(events.map(({ text }) => text))) {
        await run(appendScript, [logKey(prefix, at)], [channelOf(prefix, at.topic), signal, maxEvents, ...texts]);
      }
    },
    async read(at, after, limit) {
      const found = (await run(readScript, [logKey(prefix, at)], [after, limit, maxBytes])) as
        | readonly (string | number)[]
        | null;
      return found === null ? { kind: "restarted" } : { kind: "entries", entries: readEntries(found) };
    },
    async ends(at) {
      const [first, last] = (await run(endsScript, [logKey(prefix, at)], [])) as [number, number];
      return { first, last };
    },
    async declare(at, group, from) {
      const keys = [logKey(prefix, at), placesKey(prefix, at)];
      const [place, last] = (await run(declareScript, keys, [group, from])) as [string, number];
      return { settled: readPlace(place).settled, last };
    },
    async settled(at, group) {
      const place = await ask((redis) => redis.hget(placesKey(prefix, at), group));
      return readPlace(place ?? "0").settled;
    },
    async claim(at, group, member) {
      claims += 1;
      const token = `${member} ${claims}`;
      const keys = [leaseKey(prefix, at, group), placesKey(prefix, at)];
      const place = (await run(claimScript, keys, [group, `${member} `, token, leaseMs])) as string | null;
      return place === null ? undefined : hold(at, group, token, place);
    },
    async trim(at, keepMs) {
      await run(trimScript, [logKey(prefix, at), placesKey(prefix, at)], [keepMs]);
    },
    deadLetters: (topic, group) => deadLettersInRedis({ prefix, topic, group, partitions, run, ask }),
    tell(topic, signal) {
      ask((redis) => redis.publish(channelOf(prefix, topic), printSignal(signal))).catch(() => undefined);
    },
    listen: (topic, heard) =>
      listener.listen(channelOf(prefix, topic), (text) => {
        const signal = readSignal(text);
        if (signal !== undefined) heard(signal);
      }),
    async close() {
      listener.close();
      await connection.close();
    },
  };

  function hold(at: Partition, group: string, token: string, claimed: string): Hold {
    const lease = leaseKey(prefix, at, group);
    const places = placesKey(prefix, at);
    let place = claimed;
    const isHeld = async (script: Script, keys: readonly string[], args: readonly (string | number)[]) =>
      (await run(script, keys, args)) === 1;
    return {
      place: readPlace(claimed),
      async move(to) {
        const next = printPlace(to);
        if (!(await isHeld(moveScript, [lease, places], [token, group, place, next, leaseMs]))) return false;
        place = next;
        return true;
      },
      async bury({ text, attempts, diedAt, reason }, to) {
        const next = printPlace(to);
        const keys = [lease, places, lettersKey(prefix, at, group)];
        const args = [token, group, place, next, leaseMs, text, attempts, diedAt, reason];
        if (!(await isHeld(buryScript, keys, args))) return false;
        place = next;
        return true;
      },
      renew: () => isHeld(renewScript, [lease], [token, leaseMs]),
      async release() {
        const signal = printSignal({ kind: "freed", partition: at.index, group });
        await run(releaseScript, [lease], [token, channelOf(prefix, at.topic), signal]);
      },
    };
  }
}

function readEntries(found: readonly (string | number)[]): readonly Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < found.length; i += 3) {
    const group = String(found[i + 2]);
    entries.push({
      position: Number(found[i]),
      text: String(found[i + 1]),
      group: group === "" ? undefined : group,
    });
  }
  return entries;
}

function* inParts(texts: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    if (part.length > 0 && (part.length >= maxAppended || bytes + text.length > maxBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(text);
    bytes += text.length;
  }
  if (part.length > 0) yield part;
}
