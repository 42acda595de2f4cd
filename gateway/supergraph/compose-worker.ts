/** The other side of `compose.ts`: composes what it was started with, answers once, ends. */
import { parentPort, workerData } from "node:worker_threads";
import { type ComposableSubgraph, composeHere } from "./compose-here.ts";

// Written by compose.ts alone.
parentPort?.postMessage(composeHere(workerData as readonly ComposableSubgraph[]));
