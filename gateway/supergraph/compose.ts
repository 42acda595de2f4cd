/**
 * Apollo's composition in a worker thread, so that requests go on while products are composed. The worker lives for one
 * composition: its memory (about 100 MB) goes with it.
 */
import { Worker } from "node:worker_threads";
import type { ComposableSubgraph, CompositionResult } from "./compose-here.ts";

export type { ComposableSubgraph, CompositionHint, CompositionResult } from "./compose-here.ts";

// Runs as .ts from a clone and as .js when it was built.
const workerFile = new URL(`./compose-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/**
 * Composes subgraphs into a supergraph, off this thread. What the SDL does wrong is in the result; rejects only when the
 * worker itself fails.
 */
export function compose(subgraphs: readonly ComposableSubgraph[]): Promise<CompositionResult> {
  return new Promise((resolve, reject) => {
    const plain = subgraphs.map(({ name, sdl, url }) => ({ name, sdl, url }));
    const worker = new Worker(workerFile, { name: "compose", workerData: plain, execArgv: [] });
    worker.once("message", (result: CompositionResult) => {
      resolve(result);
      void worker.terminate();
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The composing worker ended with ${code} and no result`)));
  });
}
