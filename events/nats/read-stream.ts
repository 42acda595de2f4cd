import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import type { Entry, Partition } from "../event-log.ts";
import { groupHeader, streamOf, subjectOf } from "./subjects.ts";

/** Of one reading: what is asked for at the same time, and how much is taken into memory. */
const atATime = 64;
const maxBytes = 1_048_576;

/**
 * What follows `after`, without gaps behind the first. Asks for single messages, many at a time: that takes no consumer, so
 * there is nothing on the server that could be lost or left behind.
 */
export async function readStream(
  { direct }: JetStreamManager,
  prefix: string,
  at: Partition,
  after: number,
  limit: number,
): Promise<readonly Entry[]> {
  const stream = streamOf(prefix, at);
  const first = await direct.getMessage(stream, { seq: after + 1, next_by_subj: subjectOf(prefix, at) });
  if (first === null) return [];
  const entries = [first];
  let bytes = first.data.length;
  let isEnd = false;
  while (!isEnd && entries.length < limit && bytes < maxBytes) {
    const next = first.seq + entries.length;
    const asked = Array.from({ length: Math.min(limit - entries.length, atATime) }, (_, offset) =>
      direct.getMessage(stream, { seq: next + offset }),
    );
    for (const message of await Promise.all(asked)) {
      isEnd ||= message === null;
      if (message === null || isEnd) break;
      entries.push(message);
      bytes += message.data.length;
    }
  }
  return entries.map(readEntry);
}

/** What follows `after`, if there is any, as the stream's leader knows it. */
export async function readOneFromLeader(
  { streams }: JetStreamManager,
  prefix: string,
  at: Partition,
  after: number,
): Promise<readonly Entry[]> {
  const asked = { seq: after + 1, next_by_subj: subjectOf(prefix, at) };
  const message = await streams.getMessage(streamOf(prefix, at), asked);
  return message === null ? [] : [readEntry(message)];
}

function readEntry(message: Pick<StoredMsg, "seq" | "header" | "string">): Entry {
  const group = message.header.get(groupHeader);
  return { position: message.seq, text: message.string(), group: group === "" ? undefined : group };
}

/** Positions of the oldest message and of the newest one. */
export async function endsOfStream(
  { streams }: JetStreamManager,
  prefix: string,
  at: Partition,
): Promise<{ readonly first: number; readonly last: number }> {
  const { state } = await streams.info(streamOf(prefix, at));
  return { first: state.messages === 0 ? state.last_seq + 1 : state.first_seq, last: state.last_seq };
}
