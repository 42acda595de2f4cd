import { randomUUID } from "node:crypto";
import type { EventLog, GroupLog, Hold, Partition, Place } from "../event-log.ts";
import { placeBefore } from "./place.ts";

/**
 * A log with a group that only this process knows: nobody else can hold its partitions, its places end with it, and nothing
 * of it is kept on the server.
 */
export function withTemporaryGroup(log: GroupLog & Pick<EventLog, "ends">): {
  readonly log: GroupLog;
  readonly group: string;
} {
  const places = new Map<number, Place>();
  const placeIn = ({ index }: Partition): Place => places.get(index) ?? placeBefore(1);
  const declare: GroupLog["declare"] = async (at, _group, from) => {
    const { first, last } = await log.ends(at);
    if (!places.has(at.index)) places.set(at.index, placeBefore(from === "earliest" ? first : last + 1));
    return { settled: placeIn(at).settled, last };
  };
  const claim = async (at: Partition): Promise<Hold> => {
    const move = async (to: Place): Promise<boolean> => {
      places.set(at.index, to);
      return true;
    };
    return {
      place: placeIn(at),
      move,
      bury: (_letter, to) => move(to),
      renew: async () => true,
      release: async () => undefined,
    };
  };
  return {
    group: randomUUID(),
    log: {
      partitions: (topic) => log.partitions(topic),
      read: (at, after, limit) => log.read(at, after, limit),
      listen: (topic, heard) => log.listen(topic, heard),
      // There is nobody to share with.
      tell: () => undefined,
      settled: async (at) => placeIn(at).settled,
      declare,
      claim,
    },
  };
}
