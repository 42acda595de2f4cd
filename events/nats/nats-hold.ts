import type { KV } from "@nats-io/kv";
import { eventError } from "../errors.ts";
import type { Hold, Partition } from "../event-log.ts";
import { keepLetter } from "./dead-letter.ts";
import type { NatsServer } from "./nats-connection.ts";
import { isOutdated, type KeptRecord, type PlaceRecord, readRecord, writeRecord } from "./place-record.ts";
import { placeKey } from "./subjects.ts";

export interface NatsHoldSetup {
  readonly prefix: string;
  readonly at: Partition;
  readonly group: string;
  /** The record by which it was claimed. */
  readonly claimed: KeptRecord & { readonly holder: string };
  run<T>(command: (server: NatsServer & { readonly places: KV }) => Promise<T>): Promise<T>;
  freed(): void;
}

/** Every write replaces the revision that the last one made: whoever takes the partition over makes another one. */
export function natsHold({ prefix, at, group, claimed, run, freed }: NatsHoldSetup): Hold {
  const { holder, leaseMs } = claimed;
  const key = placeKey(at, group);
  let { revision, place } = claimed;

  const write = (record: PlaceRecord): Promise<boolean> =>
    run(async ({ places }) => {
      for (let tries = 0; tries < 3; tries++) {
        try {
          revision = await writeRecord(places, key, record, revision);
          place = record.place;
          return true;
        } catch (error) {
          if (!isOutdated(error)) throw error;
          // Its own write, whose answer was lost, or somebody else's.
          const found = await readRecord(places, key);
          if (found.holder !== holder) return false;
          revision = found.revision;
        }
      }
      throw eventError("BUS_UNAVAILABLE", "the event bus does not answer: NATS shows an old value");
    });

  return {
    place,
    move: (to) => write({ place: to, holder, leaseMs }),
    async bury(letter, to) {
      await run(({ js }) => keepLetter(js, prefix, at, group, letter));
      return write({ place: to, holder, leaseMs });
    },
    renew: () => write({ place, holder, leaseMs }),
    async release() {
      await write({ place, holder: undefined, leaseMs });
      freed();
    },
  };
}
