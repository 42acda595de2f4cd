/** A dead letter as a message: the event as it was, and what happened to it in headers. */
import { createHash } from "node:crypto";
import type { JetStreamClient, StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { DeadLetter } from "../bus.ts";
import { readEvent } from "../envelope.ts";
import type { KeptLetter, Partition } from "../event-log.ts";
import { lettersSubjectOf } from "./subjects.ts";

const attemptsHeader = "Datamesh-Attempts";
const diedAtHeader = "Datamesh-Died-At";
const reasonHeader = "Datamesh-Reason";

/** Not one step with what follows, so it is kept once when it is tried again. */
export async function keepLetter(
  js: JetStreamClient,
  prefix: string,
  { topic, index }: Partition,
  group: string,
  { position, text, attempts, diedAt, reason }: KeptLetter,
): Promise<void> {
  const its = headers();
  its.set(attemptsHeader, String(attempts));
  its.set(diedAtHeader, diedAt);
  its.set(reasonHeader, reason);
  const digest = createHash("sha256").update(text).digest("base64url");
  const msgID = [topic, group, index, position, digest].join(" ");
  await js.publish(lettersSubjectOf(prefix, topic, group, index), text, { msgID, headers: its });
}

export function readLetter(message: Pick<StoredMsg, "seq" | "header" | "string">): DeadLetter {
  return {
    id: String(message.seq),
    event: readEvent(message.string()),
    attempts: Number(message.header.get(attemptsHeader)),
    diedAt: message.header.get(diedAtHeader),
    reason: message.header.get(reasonHeader),
  };
}
