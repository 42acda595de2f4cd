/** The program of a worker process. In: what the primary asks, by messages. Next: `worker.ts`. */
import { enableCompileCache } from "node:module";
import { boundHeap } from "../../heap.ts";
import type { PrimaryCalls, WorkerCalls } from "./calls.ts";
import type { Channel } from "./channel.ts";

// The primary decides when a worker ends. A terminal and a service manager send signals to every process of a command,
// and a worker that followed them could not finish its requests. When the primary dies, its channel ends the worker.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

// All before anything else is loaded, as in the command itself.
boundHeap();
enableCompileCache();
process.env.APOLLO_TELEMETRY_DISABLED = "true";

const { createChannel } = await import("./channel.ts");
const { createWorker } = await import("./worker.ts");

const worker = createWorker(
  () => primary,
  {
    // Without the primary this process ends.
    send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage(listener) {
      process.on("message", listener);
      return () => void process.off("message", listener);
    },
  },
  // When the answer to the last question has been sent.
  () => setImmediate(() => process.disconnect?.()),
);
const primary: Channel<PrimaryCalls> = createChannel<PrimaryCalls, WorkerCalls>(
  {
    send: (message, failed) =>
      void process.send?.(message, undefined, undefined, (error) => {
        if (error !== null) failed(error);
      }),
    onMessage: (listener) => void process.on("message", listener),
  },
  worker,
);
await primary.call("hello", undefined);
