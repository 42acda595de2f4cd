/**
 * How long an operation that nobody has sent before holds up the others: a steady stream of the small query, and beside it
 * such operations, one per slot. What a slot's slowest answer takes is compared with slots in which nothing new arrives.
 */
import { median, quantile } from "../load.ts";
import { createClient } from "./client.ts";
import type { Contestant, ContestantName } from "./contestants.ts";
import { expectSame, readData } from "./expectation.ts";
import { askAtRate } from "./load.ts";
import { type Running, startContestant } from "./running.ts";
import { neverSeen, workloads } from "./workloads.ts";

/** Of the slots' slowest answers. */
export interface Slots {
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly worstMs: number;
}

export interface Cold {
  readonly name: ContestantName;
  readonly operations: number;
  /** Median time of the new operations themselves. */
  readonly operationMs: number;
  /**
   * What one of them takes of the main thread, in which nobody else is answered. Latencies say the same only where the
   * machine has nothing else to do.
   */
  readonly mainThreadMs: number;
  readonly quiet: Slots;
  readonly withNewOperations: Slots;
}

const perSecond = 400;
const slotMs = 250;
const warmUpOperations = 5;
const connections = 64;

/** Each in a process of its own, started twice: the first time so that the subgraphs know all requests. */
export async function measureCold(contestant: Contestant, supergraph: string, operations: number): Promise<Cold> {
  {
    await using first = await startContestant(contestant, supergraph);
    await askNeverSeen(first, 0, warmUpOperations + operations);
  }
  await using running = await startContestant(contestant, supergraph);
  await askNeverSeen(running, 0, warmUpOperations);
  await stream(running, operations, async () => undefined);
  const quiet = await stream(running, operations, async () => undefined);
  const times: number[] = [];
  const disturbed = await stream(running, operations, async (slot) => {
    const sent = performance.now();
    await askNeverSeen(running, warmUpOperations + slot, 1);
    times.push(performance.now() - sent);
  });
  return {
    name: contestant.name,
    operations,
    operationMs: median(times),
    mainThreadMs:
      median(disturbed.map(({ mainThreadMs }) => mainThreadMs)) - median(quiet.map((slot) => slot.mainThreadMs)),
    quiet: summariseSlots(quiet),
    withNewOperations: summariseSlots(disturbed),
  };
}

async function askNeverSeen(running: Running, from: number, count: number): Promise<void> {
  const client = createClient(running.url, 1);
  for (let number = from; number < from + count; number++) {
    readData(running.contestant.title, await client.ask(neverSeen(number)));
  }
  await client.close();
}

interface Slot {
  readonly slowestMs: number;
  readonly mainThreadMs: number;
}

async function stream(
  running: Running,
  slots: number,
  atSlot: (slot: number) => Promise<void>,
): Promise<readonly Slot[]> {
  const client = createClient(running.url, connections);
  const { body } = workloads.small;
  const check = expectSame(running.contestant.title, await client.ask(body));
  const slowest = new Array<number>(slots).fill(0);
  /** At the begin of every slot. */
  const mainThread: number[] = [];
  const begun: Promise<void>[] = [];
  const begin = performance.now();
  await askAtRate({
    client,
    body,
    check,
    perSecond,
    seconds: (slots * slotMs) / 1_000,
    onAnswer: (dueMs, latencyMs) => {
      const slot = Math.min(slots - 1, Math.floor((dueMs - begin) / slotMs));
      slowest[slot] = Math.max(slowest[slot] ?? 0, latencyMs);
      if (begun.length > slot) return;
      mainThread.push(running.mainThreadMs());
      begun.push(atSlot(begun.length));
    },
  });
  await Promise.all(begun);
  mainThread.push(running.mainThreadMs());
  await client.close();
  return slowest.map((slowestMs, slot) => ({
    slowestMs,
    mainThreadMs: (mainThread[slot + 1] ?? Number.NaN) - (mainThread[slot] ?? Number.NaN),
  }));
}

function summariseSlots(slots: readonly Slot[]): Slots {
  const ascending = slots.map(({ slowestMs }) => slowestMs).toSorted((left, right) => left - right);
  return { medianMs: median(ascending), p90Ms: quantile(ascending, 0.9), worstMs: ascending.at(-1) ?? Number.NaN };
}
