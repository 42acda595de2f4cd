/**
 * Logs as streams of NATS JetStream (server 2.9 or later), one message per event: a CloudEvent in structured mode, which
 * others can read, too. An event that is published again within two minutes is kept once.
 *
 * An event is as safe as JetStream keeps it: on `replicas` servers of a cluster, or in the files of one.
 */
import { createHash } from "node:crypto";
import type { KV } from "@nats-io/kv";
import { headers } from "@nats-io/transport-node";
import type { BusObserver, EventBusOptions } from "../bus-options.ts";
import { type Clock, systemClock } from "../clock.ts";
import { placeBefore } from "../delivery/place.ts";
import type { MeshEvent } from "../envelope.ts";
import { eventError } from "../errors.ts";
import type { EventLog, Signal } from "../event-log.ts";
import { printSignal, readSignal } from "../signals.ts";
import { readNatsAddress } from "./address.ts";
import { connectToNats, type NatsServer } from "./nats-connection.ts";
import { deadLettersInNats } from "./nats-dead-letters.ts";
import { natsHold } from "./nats-hold.ts";
import { isOutdated, type KeptRecord, readRecord, writeRecord } from "./place-record.ts";
import { preparePlaces, prepareTopic } from "./prepare.ts";
import { endsOfStream, readOneFromLeader, readStream } from "./read-stream.ts";
import { placeKey, signalsSubjectOf, subjectOf } from "./subjects.ts";
import { trimStream } from "./trim-stream.ts";

const contentType = "application/cloudevents+json; charset=utf-8";
/** What the headers of a message take at most. */
const headersBytes = 1_024;

type Options = Pick<EventBusOptions, "prefix" | "partitions" | "leaseMs" | "maxEvents" | "timeoutMs" | "replicas">;

/** With everything there that a topic needs. */
interface Ready extends NatsServer {
  readonly places: KV;
  readonly partitions: number;
}

/** Resolves also where no server is there yet. Raises `BUS_ADDRESS_INVALID`. */
export async function openNatsLog(
  url: string,
  options: Options,
  observer: BusObserver,
  clock: Clock = systemClock,
): Promise<EventLog> {
  const { prefix, leaseMs, timeoutMs } = options;
  let places: Promise<KV> | undefined;
  const partitionsOf = new Map<string, Promise<number>>();
  /** Key of a place that others hold → its revision, and since when it is known here. */
  const seen = new Map<string, { readonly revision: number; readonly at: number }>();
  let claims = 0;

  // What was there may be gone: another server may have taken over, or the streams were deleted.
  const forget = (): void => {
    places = undefined;
    partitionsOf.clear();
  };
  const connection = await connectToNats(readNatsAddress(url), timeoutMs, observer, forget, clock);

  const prepare = async (server: NatsServer, topic: string): Promise<Ready> => {
    places ??= preparePlaces(server, options);
    const bucket = await places;
    const partitions = partitionsOf.get(topic) ?? prepareTopic(server, bucket, topic, options);
    partitionsOf.set(topic, partitions);
    return { ...server, places: bucket, partitions: await partitions };
  };
  const run = <T>(topic: string, command: (ready: Ready) => Promise<T>): Promise<T> =>
    connection.run(async (server) => {
      try {
        return await command(await prepare(server, topic));
      } catch (error) {
        if (!isOutdated(error)) forget();
        throw error;
      }
    }, isOutdated);
  const tell = (topic: string, signal: Signal): void =>
    connection.tell(signalsSubjectOf(prefix, topic), printSignal(signal));

  /** Whether nobody holds it, or it has not changed here for as long as its holder may leave it alone. */
  const mayTake = (key: string, { holder, revision, leaseMs: itsLeaseMs }: KeptRecord, member: string): boolean => {
    if (holder === undefined || holder.startsWith(`${member} `)) return true;
    const known = seen.get(key);
    if (known?.revision === revision) return clock.now() - known.at >= itsLeaseMs;
    seen.set(key, { revision, at: clock.now() });
    return false;
  };

  return {
    partitions: (topic) => run(topic, async ({ partitions }) => partitions),
    append: (at, events) =>
      run(at.topic, async ({ js, maxPayload }) => {
        const most = maxPayload() - headersBytes;
        if (events.some(({ text }) => Buffer.byteLength(text) > most)) {
          throw eventError("EVENT_INVALID", `an event has more than the ${most} bytes that this NATS takes`);
        }
        try {
          // One after the other: of several on their way, a later one could be kept without an earlier one.
          for (const { event, text } of events) {
            const its = headers();
            its.set("Content-Type", contentType);
            await js.publish(subjectOf(prefix, at), text, { msgID: identityOf(event), headers: its });
          }
        } finally {
          tell(at.topic, { kind: "appended", partition: at.index });
        }
      }),
    read: (at, after, limit) =>
      run(at.topic, async ({ jsm }) => {
        const entries = await readStream(jsm, prefix, at, after, limit);
        if (entries.length > 0) return { kind: "entries", entries };
        const { last } = await endsOfStream(jsm, prefix, at);
        if (last < after) return { kind: "restarted" };
        // Any copy may have answered, and one may not have yet what its leader has.
        return { kind: "entries", entries: last > after ? await readOneFromLeader(jsm, prefix, at, after) : [] };
      }),
    ends: (at) => run(at.topic, ({ jsm }) => endsOfStream(jsm, prefix, at)),
    declare: (at, group, from) =>
      run(at.topic, async ({ jsm, places: bucket }) => {
        const key = placeKey(at, group);
        const { first, last } = await endsOfStream(jsm, prefix, at);
        const found = await readRecord(bucket, key);
        if (found.revision > 0) return { settled: found.place.settled, last };
        const place = placeBefore(from === "earliest" ? first : last + 1);
        try {
          await writeRecord(bucket, key, { place, holder: undefined, leaseMs }, 0);
          return { settled: place.settled, last };
        } catch (error) {
          if (!isOutdated(error)) throw error;
          return { settled: (await readRecord(bucket, key)).place.settled, last };
        }
      }),
    settled: (at, group) =>
      run(at.topic, async ({ places: bucket }) => (await readRecord(bucket, placeKey(at, group))).place.settled),
    claim: (at, group, member) =>
      run(at.topic, async ({ places: bucket }) => {
        const key = placeKey(at, group);
        const found = await readRecord(bucket, key);
        if (!mayTake(key, found, member)) return undefined;
        claims += 1;
        const record = { place: found.place, holder: `${member} ${claims}`, leaseMs };
        try {
          const revision = await writeRecord(bucket, key, record, found.revision);
          return natsHold({
            prefix,
            at,
            group,
            claimed: { ...record, revision },
            run: (command) => run(at.topic, command),
            freed: () => tell(at.topic, { kind: "freed", partition: at.index, group }),
          });
        } catch (error) {
          if (isOutdated(error)) return undefined;
          throw error;
        }
      }),
    trim: (at, keepMs) => run(at.topic, (server) => trimStream(server, prefix, at, keepMs, clock)),
    deadLetters: (topic, group) =>
      deadLettersInNats({ prefix, topic, group, run: (command) => run(topic, command), tell }),
    tell,
    listen: (topic, heard) =>
      connection.listen(signalsSubjectOf(prefix, topic), (text) => {
        const signal = readSignal(text);
        if (signal !== undefined) heard(signal);
      }),
    close: () => connection.close(),
  };
}

/** Fits a header, whatever id and source hold. */
function identityOf({ source, id }: MeshEvent): string {
  return createHash("sha256")
    .update(JSON.stringify([source, id]))
    .digest("base64url");
}
