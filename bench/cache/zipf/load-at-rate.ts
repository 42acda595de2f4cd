/** Sends operations at a steady rate, whether or not those before have been answered: who is slow is not spared. */
import { setTimeout as wait } from "node:timers/promises";
import { monotonicMs } from "./monotonic-ms.ts";

export interface RateOptions {
  readonly perSecond: number;
  readonly seconds: number;
  /** Called for each operation, in order. */
  begin(number: number): Promise<void>;
}

export interface RateKept {
  readonly operations: number;
  /** So many were under way at a time, at most. */
  readonly mostUnderWay: number;
}

const tickMs = 2;
/** Beyond it the servers do not keep up, and what is measured is a queue. */
const maxUnderWay = 2_000;

/** Resolves when all are answered. Rejects with what the first one rejects with, and when the servers do not keep up. */
export async function loadAtRate({ perSecond, seconds, begin }: RateOptions): Promise<RateKept> {
  const start = monotonicMs();
  const total = Math.max(1, Math.round(perSecond * seconds));
  const underWay = new Set<Promise<void>>();
  let operations = 0;
  let mostUnderWay = 0;
  let failure: Error | undefined;
  while (operations < total) {
    const due = Math.min(total, Math.floor(((monotonicMs() - start) / 1_000) * perSecond) + 1);
    while (operations < due) {
      const operation = begin(operations++)
        .catch((error: unknown) => {
          failure ??= error instanceof Error ? error : new Error(String(error));
        })
        .finally(() => underWay.delete(operation));
      underWay.add(operation);
    }
    mostUnderWay = Math.max(mostUnderWay, underWay.size);
    if (failure !== undefined) break;
    if (underWay.size > maxUnderWay) throw new Error(`${perSecond} operations a second are too many for this machine`);
    await wait(tickMs);
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure;
  return { operations, mostUnderWay };
}
