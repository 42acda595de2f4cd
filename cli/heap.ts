/** How much memory the command takes beside what lives in it. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Lets the heap hold at most about two thirds more than what lives before it is collected. V8 decides that by the memory of
 * the machine otherwise: on a big one it kept 650 MB for a mesh of which 85 MB live. Collecting more often costs some CPU.
 * It is no limit: a mesh with more data gets what it needs. Call it before anything else is loaded.
 */
export function boundHeap(): void {
  setFlagsFromString("--heap-growing-percent=60");
}

/**
 * Collects once and gives the memory back: what starting took is garbage by now. Nothing else runs meanwhile.
 */
export function collectGarbage(): void {
  // Node has no call for it; the flag makes V8 give one to contexts that are created from then on.
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
