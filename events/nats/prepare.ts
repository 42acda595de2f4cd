/** What has to be there before anything can be done: the bucket of places, the stream of dead letters, those of a topic. */
import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import { nanos } from "@nats-io/transport-node";
import type { EventBusOptions } from "../bus-options.ts";
import type { NatsServer } from "./nats-connection.ts";
import { isOutdated } from "./place-record.ts";
import { bucketOf, lettersStreamOf, lettersSubjectOf, streamOf, subjectOf, topicKey } from "./subjects.ts";

type Options = Pick<EventBusOptions, "prefix" | "partitions" | "maxEvents" | "replicas">;

/** Who publishes again what may have been kept does so soon. */
const duplicatesMs = 120_000;
const streamExists = 10_058;

/** The bucket of topics and places. */
export async function preparePlaces({ js, jsm }: NatsServer, { prefix, replicas }: Options): Promise<KV> {
  const bucket = await new Kvm(js).create(bucketOf(prefix), { history: 1, replicas });
  const subjects = [lettersSubjectOf(prefix, "*", "*", "*")];
  await addStream(jsm, { name: lettersStreamOf(prefix), subjects, num_replicas: replicas });
  return bucket;
}

/** The topic's number of partitions, for which who is the first decides. */
export async function prepareTopic(
  { jsm }: NatsServer,
  places: KV,
  topic: string,
  { prefix, partitions, maxEvents, replicas }: Options,
): Promise<number> {
  const key = topicKey(topic);
  const kept = await places.get(key);
  if (kept === null) {
    await places.create(key, String(partitions)).catch((error) => {
      if (!isOutdated(error)) throw error;
    });
  }
  const count = Number((kept ?? (await places.get(key)))?.string());
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const at = { topic, index };
      const config = { name: streamOf(prefix, at), subjects: [subjectOf(prefix, at)] };
      return addStream(jsm, { ...config, max_msgs: maxEvents, num_replicas: replicas });
    }),
  );
  return count;
}

/** Makes it where it is not there; one that is may have been set up in another way by those who run the server. */
async function addStream(
  jsm: JetStreamManager,
  config: {
    readonly name: string;
    readonly subjects: string[];
    readonly num_replicas: number;
    readonly max_msgs?: number;
  },
): Promise<void> {
  try {
    await jsm.streams.add({ ...config, allow_direct: true, duplicate_window: nanos(duplicatesMs) });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== streamExists) throw error;
    const { config: found } = await jsm.streams.info(config.name);
    if (String(found.subjects) !== String(config.subjects)) throw error;
  }
}
