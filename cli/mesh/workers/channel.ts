/** Questions and answers between two processes, over messages that arrive in order or not at all. */
import { ClientError } from "#schema";

/** One end of a message channel. */
export interface Wire {
  /** `failed` is called when the message cannot be sent. */
  send(message: object, failed: (error: Error) => void): void;
  onMessage(listener: (message: unknown) => void): void;
}

type Calls<T> = { readonly [K in keyof T]: (argument: never) => Promise<unknown> };

export interface Channel<Theirs extends Calls<Theirs>> {
  /** The other side's answer, or what it threw: a `ClientError` as one, anything else as an `Error` with its message. */
  call<K extends keyof Theirs & string>(
    name: K,
    argument: Parameters<Theirs[K]>[0],
  ): Promise<Awaited<ReturnType<Theirs[K]>>>;
  /** The other side is gone: every open question, and every later one, is rejected with that. */
  close(reason: Error): void;
}

type Message =
  | { readonly kind: "question"; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly error: SentError };

interface SentError {
  readonly message: string;
  /** Of a `ClientError`. */
  readonly shown: { readonly code: string; readonly status: number } | undefined;
}

/** Asks the other side and answers it by `own`. */
export function createChannel<Theirs extends Calls<Theirs>, Own extends Calls<Own>>(
  wire: Wire,
  own: Own,
): Channel<Theirs> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let closed: Error | undefined;

  const answer = async (id: number, name: string, argument: unknown): Promise<void> => {
    // The wire ends when the other side does, and then nobody waits for an answer.
    const send = (message: Message): void => wire.send(message, () => undefined);
    try {
      const handler = Object.hasOwn(own, name) ? own[name as keyof Own] : undefined;
      if (handler === undefined) throw new Error(`nobody answers "${name}"`);
      send({ kind: "answer", id, value: await handler(argument as never) });
    } catch (error) {
      send({ kind: "failure", id, error: toSent(error) });
    }
  };

  wire.onMessage((received) => {
    if (!isMessage(received)) return;
    if (received.kind === "question") {
      void answer(received.id, received.name, received.argument);
      return;
    }
    const waiting = open.get(received.id);
    open.delete(received.id);
    if (received.kind === "answer") waiting?.resolve(received.value);
    else waiting?.reject(fromSent(received.error));
  });

  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        if (closed !== undefined) return reject(closed);
        lastId += 1;
        const id = lastId;
        // The other side's handler of this name gave it, and `Calls` of both sides are one type.
        open.set(id, { resolve: resolve as (value: unknown) => void, reject });
        const question: Message = { kind: "question", id, name, argument };
        wire.send(question, (error) => {
          open.delete(id);
          reject(closed ?? error);
        });
      }),
    close(reason) {
      closed = reason;
      for (const { reject } of open.values()) reject(reason);
      open.clear();
    },
  };
}

/** Others may use the channel too: what is not ours is not read. */
function isMessage(value: unknown): value is Message {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("id" in value)) return false;
  return value.kind === "question" || value.kind === "answer" || value.kind === "failure";
}

function toSent(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ClientError)) return { message, shown: undefined };
  return { message, shown: { code: error.code, status: error.status } };
}

function fromSent({ message, shown }: SentError): Error {
  return shown === undefined ? new Error(message) : new ClientError(shown.code, message, { status: shown.status });
}
