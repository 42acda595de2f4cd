import { availableParallelism } from "node:os";

/** How many processes answer the port: `auto` is one per core that this process may use (a container's limit counts). */
export type WorkerCount = number | "auto";

/** More would only be a mistake of the keyboard. */
export const maxWorkers = 256;

export function countWorkers(wanted: WorkerCount): number {
  return wanted === "auto" ? Math.min(availableParallelism(), maxWorkers) : wanted;
}

/** Undefined for anything but `auto` and a whole number from 1 to `maxWorkers`. */
export function readWorkerCount(text: string): WorkerCount | undefined {
  if (text === "auto") return text;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= maxWorkers ? count : undefined;
}
