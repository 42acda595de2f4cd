/**
 * Logs in this process. Several buses can stand on one, as several processes on one server: leases are kept as a server
 * keeps them.
 */
import type { DeadLetter, DeadLetters } from "../bus.ts";
import type { EventBusOptions } from "../bus-options.ts";
import type { Clock } from "../clock.ts";
import { placeBefore } from "../delivery/place.ts";
import { readEvent } from "../envelope.ts";
import type { Entry, EventLog, Hold, KeptLetter, Partition, Place, Signal } from "../event-log.ts";

interface MemoryPartition {
  readonly entries: (Entry & { readonly at: number })[];
  last: number;
  readonly places: Map<string, Place>;
  readonly leases: Map<string, { readonly member: string; until: number }>;
  readonly letters: Map<string, KeptLetter[]>;
}

/** Nothing of what it keeps outlives the process, so it keeps what is handled no longer than new groups need at a start. */
export const defaultMemoryOptions: Pick<EventBusOptions, "maxEvents" | "keepMs"> = {
  maxEvents: 100_000,
  keepMs: 60_000,
};

export function createMemoryLog(
  { partitions: wanted, leaseMs, maxEvents }: Pick<EventBusOptions, "partitions" | "leaseMs" | "maxEvents">,
  clock: Clock,
): EventLog {
  const topics = new Map<string, readonly MemoryPartition[]>();
  const listeners = new Map<string, Set<(signal: Signal) => void>>();

  const partitionsOf = (topic: string): readonly MemoryPartition[] => {
    const made = topics.get(topic) ?? Array.from({ length: wanted }, createPartition);
    topics.set(topic, made);
    return made;
  };
  const partitionAt = ({ topic, index }: Partition): MemoryPartition => {
    const found = partitionsOf(topic)[index];
    if (found === undefined) throw new RangeError(`a topic has no partition ${index}`);
    return found;
  };
  const tell = (topic: string, signal: Signal): void => {
    queueMicrotask(() => {
      for (const heard of listeners.get(topic) ?? []) heard(signal);
    });
  };
  const append = (at: Partition, texts: readonly string[], group?: string): void => {
    const partition = partitionAt(at);
    for (const text of texts) {
      partition.last += 1;
      partition.entries.push({ position: partition.last, text, group, at: clock.now() });
    }
    // Cut seldom, since cutting moves all that are left.
    if (partition.entries.length > maxEvents * 1.1) partition.entries.splice(0, partition.entries.length - maxEvents);
    tell(at.topic, { kind: "appended", partition: at.index });
  };

  const log: EventLog = {
    async partitions(topic) {
      return partitionsOf(topic).length;
    },
    async append(at, events) {
      append(
        at,
        events.map(({ text }) => text),
      );
    },
    async read(at, after, limit) {
      const { entries, last } = partitionAt(at);
      const start = Math.max(after + 1 - firstOf(entries, last), 0);
      return { kind: "entries", entries: entries.slice(start, start + limit) };
    },
    async ends(at) {
      const { entries, last } = partitionAt(at);
      return { first: firstOf(entries, last), last };
    },
    async declare(at, group, from) {
      const { entries, last, places } = partitionAt(at);
      if (!places.has(group)) places.set(group, placeBefore(from === "earliest" ? firstOf(entries, last) : last + 1));
      return { settled: placeOf(places, group).settled, last };
    },
    async settled(at, group) {
      return placeOf(partitionAt(at).places, group).settled;
    },
    async claim(at, group, member) {
      const partition = partitionAt(at);
      const former = partition.leases.get(group);
      if (former !== undefined && former.member !== member && clock.now() < former.until) return undefined;
      return hold(at, partition, group, member);
    },
    async trim(at, keepMs) {
      const { entries, last, places } = partitionAt(at);
      const settled = Math.min(last, ...[...places.values()].map((place) => place.settled));
      const cut = entries.findIndex((entry) => entry.position > settled || clock.now() - entry.at < keepMs);
      entries.splice(0, cut === -1 ? entries.length : cut);
    },
    deadLetters: (topic, group) => deadLettersOf(topic, group),
    tell,
    listen(topic, heard) {
      const all = listeners.get(topic) ?? new Set();
      listeners.set(topic, all.add(heard));
      return () => all.delete(heard);
    },
    async close() {},
  };
  return log;

  function hold(at: Partition, partition: MemoryPartition, group: string, member: string): Hold {
    const { places, leases, letters } = partition;
    const lease = { member, until: clock.now() + leaseMs };
    leases.set(group, lease);
    const renew = (): boolean => {
      if (leases.get(group) !== lease) return false;
      lease.until = clock.now() + leaseMs;
      return true;
    };
    const move = (to: Place): boolean => {
      if (!renew()) return false;
      places.set(group, to);
      return true;
    };
    return {
      place: placeOf(places, group),
      move: async (to) => move(to),
      async bury(letter, to) {
        if (!move(to)) return false;
        const all = letters.get(group) ?? [];
        all.push(letter);
        letters.set(group, all);
        return true;
      },
      renew: async () => renew(),
      async release() {
        if (leases.get(group) !== lease) return;
        leases.delete(group);
        tell(at.topic, { kind: "freed", partition: at.index, group });
      },
    };
  }

  function deadLettersOf(topic: string, group: string): DeadLetters {
    /** What is asked for and there, taken out, in the order of the ids. */
    const take = (ids: readonly string[]): readonly { readonly index: number; readonly letter: KeptLetter }[] =>
      ids.flatMap((id) => {
        const [index = Number.NaN, position] = id.split("-").map(Number);
        const letters = partitionsOf(topic)[index]?.letters.get(group) ?? [];
        const found = letters.findIndex((letter) => letter.position === position);
        return found === -1 ? [] : letters.splice(found, 1).map((letter) => ({ index, letter }));
      });
    return {
      async list(limit) {
        return partitionsOf(topic)
          .flatMap(({ letters }, index) => (letters.get(group) ?? []).map((letter) => readLetter(index, letter)))
          .sort((one, other) => (one.diedAt < other.diedAt ? -1 : one.diedAt > other.diedAt ? 1 : 0))
          .slice(0, limit);
      },
      async replay(ids) {
        const taken = take(ids);
        for (const { index, letter } of taken) append({ topic, index }, [letter.text], group);
        return taken.length;
      },
      discard: async (ids) => take(ids).length,
    };
  }
}

function createPartition(): MemoryPartition {
  return { entries: [], last: 0, places: new Map(), leases: new Map(), letters: new Map() };
}

function firstOf(entries: readonly Entry[], last: number): number {
  return entries[0]?.position ?? last + 1;
}

/** A group that nobody declared begins with what is there. */
function placeOf(places: ReadonlyMap<string, Place>, group: string): Place {
  return places.get(group) ?? placeBefore(1);
}

function readLetter(index: number, { position, text, attempts, diedAt, reason }: KeptLetter): DeadLetter {
  return { id: `${index}-${position}`, event: readEvent(text), attempts, diedAt, reason };
}
