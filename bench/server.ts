/** A server of the bench, seen from the bench: a process of its own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Asked, Listening, Told, Usage, WorkDone } from "./served.ts";

export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly supergraphSdl: string | undefined;
  usage(): Promise<Usage>;
  work(query: string, variables: Readonly<Record<string, unknown>>): Promise<WorkDone>;
  /** `headers`: besides the length, the date and the connection's. */
  answerWith(body: string, headers?: Readonly<Record<string, string>>): void;
}

/** Starts `file` of this folder and resolves when it listens. Rejects when it ends before. */
export async function startServer(file: string, args: readonly string[] = []): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`bench/${file} ended with ${code ?? "a signal"}`)));
  });
  ended.catch(() => undefined);

  /** The next message of that kind: the bench asks one thing at a time. */
  async function told<K extends Told["kind"]>(kind: K): Promise<Extract<Told, { kind: K }>> {
    for (;;) {
      const [message] = await Promise.race([once(child, "message"), ended]);
      // Only bench/served.ts writes to this channel.
      if ((message as Told).kind === kind) return message as Extract<Told, { kind: K }>;
    }
  }
  const ask = (asked: Asked): void => void child.send(asked);
  const { url, supergraphSdl }: Listening = await told("listening");

  return {
    url,
    supergraphSdl,
    usage() {
      ask({ kind: "usage" });
      return told("usage");
    },
    work(query, variables) {
      ask({ kind: "work", query, variables });
      return told("work");
    },
    answerWith: (body, headers = { "content-type": "application/graphql-response+json" }) =>
      ask({ kind: "answer-with", body, headers }),
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit");
      if (child.exitCode !== null || !child.connected) return;
      ask({ kind: "stop" });
      await exit;
    },
  };
}
