import type { JetStreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { DeadLetter, DeadLetters } from "../bus.ts";
import type { Signal } from "../event-log.ts";
import { readLetter } from "./dead-letter.ts";
import type { NatsServer } from "./nats-connection.ts";
import { groupHeader, lettersStreamOf, lettersSubjectOf, subjectOf } from "./subjects.ts";

interface Setup {
  readonly prefix: string;
  readonly topic: string;
  readonly group: string;
  run<T>(command: (server: NatsServer) => Promise<T>): Promise<T>;
  tell(topic: string, signal: Signal): void;
}

/** In one stream with those of other groups; a letter's id is its number there. */
export function deadLettersInNats({ prefix, topic, group, run, tell }: Setup): DeadLetters {
  const stream = lettersStreamOf(prefix);
  const ownSubject = lettersSubjectOf(prefix, topic, group, "*");

  /** The event's text and partition, where the letter is there and the group's. */
  const find = async (
    { direct }: JetStreamManager,
    id: string,
  ): Promise<{ readonly index: number; readonly text: string } | undefined> => {
    if (!/^[1-9]\d{0,15}$/.test(id)) return undefined;
    const message = await direct.getMessage(stream, { seq: Number(id) });
    const index = Number(message?.subject.split(".").at(-1));
    if (message?.subject !== lettersSubjectOf(prefix, topic, group, index)) return undefined;
    return { index, text: message.string() };
  };
  const forEach = async (
    ids: readonly string[],
    take: (server: NatsServer, id: string, index: number, text: string) => Promise<void>,
  ): Promise<number> => {
    let taken = 0;
    for (const id of ids) {
      taken += await run(async (server) => {
        const found = await find(server.jsm, id);
        if (found === undefined) return 0;
        await take(server, id, found.index, found.text);
        await server.jsm.streams.deleteMessage(stream, Number(id));
        return 1;
      });
    }
    return taken;
  };

  return {
    list: (limit) =>
      run(async ({ jsm }) => {
        const letters: DeadLetter[] = [];
        let next = 1;
        while (letters.length < limit) {
          const message = await jsm.direct.getMessage(stream, { seq: next, next_by_subj: ownSubject });
          if (message === null) break;
          letters.push(readLetter(message));
          next = message.seq + 1;
        }
        return letters;
      }),
    replay: (ids) =>
      forEach(ids, async ({ js }, id, index, text) => {
        const its = headers();
        its.set(groupHeader, group);
        // Not one step with forgetting the letter, so it is kept once when it is tried again.
        await js.publish(subjectOf(prefix, { topic, index }), text, { msgID: `dead ${id}`, headers: its });
        tell(topic, { kind: "appended", partition: index });
      }),
    discard: (ids) => forEach(ids, async () => undefined),
  };
}
