import type { JetStreamManager } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import type { Clock } from "../clock.ts";
import type { Partition } from "../event-log.ts";
import { readRecord } from "./place-record.ts";
import { placeKey, streamOf, subjectOf } from "./subjects.ts";

/** Forgets what is older than `keepMs` and behind every group's place. Halves what lies between. */
export async function trimStream(
  { jsm, places }: { readonly jsm: JetStreamManager; readonly places: KV },
  prefix: string,
  at: Partition,
  keepMs: number,
  clock: Clock,
): Promise<void> {
  const stream = streamOf(prefix, at);
  const before = clock.date().getTime() - keepMs;
  const { state } = await jsm.streams.info(stream);
  if (state.messages === 0 || Date.parse(state.first_ts) >= before) return;
  let low = state.first_seq;
  let high = 1 + (await hindmost(places, at, state.last_seq));
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const message = await jsm.direct.getMessage(stream, { seq: middle, next_by_subj: subjectOf(prefix, at) });
    if (message !== null && message.time.getTime() < before) low = middle + 1;
    else high = middle;
  }
  if (low > state.first_seq) await jsm.streams.purge(stream, { seq: low });
}

/** Up to where all groups have settled everything. */
async function hindmost(places: KV, at: Partition, last: number): Promise<number> {
  let settled = last;
  for await (const key of await places.keys(placeKey(at, "*"))) {
    settled = Math.min(settled, (await readRecord(places, key)).place.settled);
  }
  return settled;
}
