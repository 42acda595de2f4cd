/** A process of the bench, from outside and from inside: it is asked, and tells by itself what it sees. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endWithBench } from "../../peers/running.ts";

interface Asked {
  readonly kind: string;
}

type Sent =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "answer"; readonly number: number; readonly answer: unknown }
  | { readonly kind: "failed"; readonly number: number; readonly reason: string }
  | { readonly kind: "told"; readonly told: unknown };

export interface Process<A extends Asked, R, T> extends AsyncDisposable {
  readonly url: string;
  /** Rejects with what went wrong there, and when it ends before. */
  ask<K extends A["kind"] & keyof R>(asked: Extract<A, { kind: K }>): Promise<R[K]>;
  onTold(listener: (told: T) => void): void;
}

/** Starts `file` of this folder and resolves when it listens. Rejects when it ends before. */
export async function startProcess<A extends Asked, R, T>(file: string, setup: object): Promise<Process<A, R, T>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(setup)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  endWithBench(child);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners: ((told: T) => void)[] = [];
  const listening = Promise.withResolvers<string>();
  let asked = 0;
  child.once("exit", (code) => {
    const ended = new Error(`${file} ended with ${code ?? "a signal"}`);
    for (const { reject } of [listening, ...waiting.values()]) reject(ended);
  });
  child.on("message", (message) => {
    // Only `serveProcess` writes to this channel.
    const sent = message as Sent;
    if (sent.kind === "listening") listening.resolve(sent.url);
    else if (sent.kind === "told") for (const listener of listeners) listener(sent.told as T);
    else {
      const asker = waiting.get(sent.number);
      waiting.delete(sent.number);
      if (sent.kind === "answer") asker?.resolve(sent.answer);
      else asker?.reject(new Error(`${file}: ${sent.reason}`));
    }
  });
  return {
    url: await listening.promise,
    ask<K extends A["kind"] & keyof R>(what: Extract<A, { kind: K }>): Promise<R[K]> {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(++asked, answer);
      child.send({ number: asked, asked: what });
      // What the other side answers to this kind.
      return answer.promise as Promise<R[K]>;
    },
    onTold: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

/** What this process was started with. */
export function readSetup<S>(): S {
  // Only `startProcess` starts it.
  return JSON.parse(process.argv[2] ?? "{}") as S;
}

export interface Served<A extends Asked, R> {
  readonly url: string;
  readonly answers: { readonly [K in A["kind"] & keyof R]: (asked: Extract<A, { kind: K }>) => Promise<R[K]> };
  close(): Promise<void>;
}

/** Answers until the bench lets go. */
export function serveProcess<A extends Asked, R>({ url, answers, close }: Served<A, R>): void {
  process.on("disconnect", () => void close().finally(() => process.exit()));
  process.on("message", (message) => {
    // Only `startProcess` writes to this channel.
    const { number, asked } = message as { readonly number: number; readonly asked: never };
    const answer: (asked: never) => Promise<unknown> = answers[(asked as A).kind as A["kind"] & keyof R];
    answer(asked).then(
      (given) => send({ kind: "answer", number, answer: given }),
      (error: unknown) => send({ kind: "failed", number, reason: String(error) }),
    );
  });
  send({ kind: "listening", url });
}

/** Something that was not asked for. */
export function tell(told: object): void {
  send({ kind: "told", told });
}

function send(sent: Sent): void {
  // The bench may have let go.
  if (process.connected) process.send?.(sent);
}
