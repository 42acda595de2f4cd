/**
 * A group's place in a partition and who holds it, in one value: so who moves the place has to be the holder, because every
 * write names the revision that it replaces.
 */
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { placeBefore, printPlace, readPlace } from "../delivery/place.ts";
import type { Place } from "../event-log.ts";

export interface PlaceRecord {
  readonly place: Place;
  /** Undefined: nobody. */
  readonly holder: string | undefined;
  /** How long the record has to stay as it is before others may take it over. */
  readonly leaseMs: number;
}

export interface KeptRecord extends PlaceRecord {
  /** 0: there is none yet. */
  readonly revision: number;
}

/** A group that nobody declared begins with what is there. */
export async function readRecord(places: KV, key: string): Promise<KeptRecord> {
  const entry = await places.get(key);
  if (entry === null || entry.operation !== "PUT") {
    return { place: placeBefore(1), holder: undefined, leaseMs: 0, revision: 0 };
  }
  const { place, holder, leaseMs } = entry.json<{ place: string; holder?: string; leaseMs: number }>();
  return { place: readPlace(place), holder, leaseMs, revision: entry.revision };
}

/** The new revision. Rejects with what `isOutdated` knows when the record has another one than it is to replace. */
export function writeRecord(places: KV, key: string, record: PlaceRecord, replaced: number): Promise<number> {
  const text = JSON.stringify({ ...record, place: printPlace(record.place) });
  return replaced === 0 ? places.create(key, text) : places.update(key, text, replaced);
}

export function isOutdated(error: unknown): boolean {
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  return (
    error instanceof JetStreamApiError &&
    (error.code === StreamWrongLastSequence || error.code === StreamWrongLastSequenceUnknown)
  );
}
