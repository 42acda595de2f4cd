/** One worker process, from its start to its end, as the primary sees it. */
import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import type { CoherenceChannel } from "#gateway";
import type { PrimaryCalls, WorkerCalls } from "./calls.ts";
import { type Channel, createChannel } from "./channel.ts";
import { FollowerLost } from "./followers.ts";

export interface WorkerProcess {
  /** Its place among the workers, from 1; who is started in its stead gets the same. */
  readonly place: number;
  readonly pid: number | undefined;
  readonly channel: Channel<WorkerCalls>;
  /** Beside it, for what workers tell each other of what they keep. */
  readonly coherence: CoherenceChannel;
  /** Resolves when it has loaded its code; rejects with `FollowerLost` when it ends before. */
  readonly loaded: Promise<void>;
  isLoaded(): boolean;
  /** Resolves with why it ended; its open questions are rejected by then. */
  readonly ended: Promise<string>;
  /** Ends it at once, for a reason that `ended` then gives. */
  kill(reason: string): void;
}

/** Code is loaded in half a second; on a machine that does much else it takes longer. */
const loadLimitMs = 60_000;

// Runs as .ts from a clone and as .js when it was built.
const program = new URL(`./main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Starts a process that shares this one's ports. Only one program may use node:cluster in a process, and that is this. */
export function startWorkerProcess(place: number, answers: Omit<PrimaryCalls, "hello">): WorkerProcess {
  // The primary accepts connections and hands them out in turn. It keeps the port while workers come and go.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ exec: fileURLToPath(program), args: [], serialization: "advanced" });
  const worker = cluster.fork();
  const loaded = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  let isLoaded = false;
  let killedFor: string | undefined;
  // Whoever waits for it hears of it; nobody has to wait.
  loaded.promise.catch(() => undefined);
  const kill = (reason: string): void => {
    killedFor ??= reason;
    worker.process.kill("SIGKILL");
  };
  const late = setTimeout(() => kill("it did not load in time"), loadLimitMs);

  const channel = createChannel<WorkerCalls, PrimaryCalls>(
    {
      send(message, failed) {
        if (!worker.isConnected()) return failed(new FollowerLost(`worker ${place} is not connected`));
        worker.send(message, (error: Error | null) => {
          if (error !== null) failed(error);
        });
      },
      onMessage: (listener) => void worker.on("message", listener),
    },
    {
      ...answers,
      async hello() {
        clearTimeout(late);
        isLoaded = true;
        loaded.resolve();
      },
    },
  );
  const end = (how: string): void => {
    clearTimeout(late);
    const lost = new FollowerLost(`worker ${place} ended (${killedFor ?? how})`);
    loaded.reject(lost);
    channel.close(lost);
    ended.resolve(killedFor ?? `it ended with ${how}`);
  };
  worker.once("error", (error) => end(error.message));
  worker.once("exit", (code, signal) => end(typeof signal === "string" ? signal : `exit code ${code}`));

  return {
    place,
    pid: worker.process.pid,
    channel,
    coherence: {
      send(message) {
        // A worker that is gone is told by its end, once.
        if (worker.isConnected()) worker.send(message as object, () => undefined);
      },
      onMessage(listener) {
        worker.on("message", listener);
        return () => void worker.off("message", listener);
      },
    },
    loaded: loaded.promise,
    isLoaded: () => isLoaded,
    ended: ended.promise,
    kill,
  };
}
