/**
 * A fixed number of worker processes. One that ends is started again, after a pause that grows while it fails:
 *
 *   loading ──▶ joining ──▶ serving
 *      ▲           │           │  ends
 *      └── pause ◀─┴───────────┘        stop(): all end, none is started again
 *
 * At the start nothing is tried twice: one that ends before all have loaded fails the start. Later, when starting again
 * has failed again and again at every place, the pool gives up and says so.
 */
import type { Logger } from "pino";
import type { WorkerProcess } from "./worker-process.ts";

export interface WorkerPoolOptions {
  readonly count: number;
  start(place: number): WorkerProcess;
  /** Makes one that has loaded serve. One that cannot is killed, and started again. */
  join(worker: WorkerProcess): Promise<void>;
  /** It has ended, or is about to: nobody may count on it any more. */
  leave(worker: WorkerProcess): void;
  /** Nobody serves, and starting again does not help. Called at most once. */
  onGivenUp(error: Error): void;
  readonly logger: Logger;
  readonly pauses?: Partial<typeof defaultPauses>;
}

const defaultPauses = {
  firstRestartMs: 100,
  lastRestartMs: 30_000,
  /** One that has served for so long has not failed at the start. */
  steadyMs: 10_000,
  /** Failed starts in a row, at every place, until the pool gives up. */
  attempts: 5,
};

interface WorkerState {
  readonly worker: number;
  readonly state: "starting" | "serving" | "ended";
  readonly pid?: number | undefined;
  /** How often it was started again. */
  readonly restarts: number;
  /** Why its predecessor ended. */
  readonly reason?: string;
}

export interface WorkerPool {
  /** Those who serve. */
  serving(): readonly WorkerProcess[];
  /** One of those who serve, as soon as there is one; rejects when there will be none any more. */
  whenServing(): Promise<WorkerProcess>;
  /** By place. */
  states(): readonly WorkerState[];
  /** Every place is told to serve from now on: those who loaded have joined. */
  begin(): void;
  /** Resolves when all serve, or when one is missing that failed more than once. */
  whole(): Promise<void>;
  /** Lets each finish its requests; after `graceMs` it is killed. Resolves when all have ended. */
  stop(graceMs: number): Promise<void>;
}

interface Place {
  process: WorkerProcess | undefined;
  state: "starting" | "serving" | "ended";
  restarts: number;
  /** In a row. */
  failures: number;
  reason: string | undefined;
  since: number;
  timer: NodeJS.Timeout | undefined;
}

/** Resolves when all have loaded and joined; rejects, with nothing left running, when one ends before. */
export async function createWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { count, logger } = options;
  const pauses = { ...defaultPauses, ...options.pauses };
  const places = new Map<number, Place>();
  const waiting = new Set<() => void>();
  const waitingForOne = new Set<PromiseWithResolvers<WorkerProcess>>();
  let hasBegun = false;
  let stopping = false;

  const start = (number: number, place: Place): WorkerProcess => {
    const worker = options.start(number);
    place.process = worker;
    place.state = "starting";
    void worker.ended.then((reason) => onEnd(number, place, worker, reason));
    return worker;
  };

  const onEnd = (number: number, place: Place, worker: WorkerProcess, reason: string): void => {
    options.leave(worker);
    const hasServed = place.state === "serving" && performance.now() - place.since >= pauses.steadyMs;
    place.state = "ended";
    place.process = undefined;
    if (stopping || !hasBegun) return;
    place.reason = reason;
    place.failures = hasServed ? 1 : place.failures + 1;
    const pauseMs = Math.min(pauses.lastRestartMs, pauses.firstRestartMs * 2 ** (place.failures - 1));
    logger.error({ worker: number, pid: worker.pid, reason, pauseMs }, "a worker ended; starting it again");
    tellWaiting();
    if (hasGivenUp()) {
      stopping = true;
      for (const { timer } of places.values()) clearTimeout(timer);
      refuseWaiting();
      options.onGivenUp(new Error(`worker ${number} cannot be started: ${reason}`));
      return;
    }
    place.timer = setTimeout(() => void restart(number, place), pauseMs);
  };

  const restart = async (number: number, place: Place): Promise<void> => {
    place.restarts += 1;
    const worker = start(number, place);
    try {
      await worker.loaded;
      await options.join(worker);
      // It may have ended since it joined.
      if (place.process !== worker) return;
      place.reason = undefined;
      serve(place);
      logger.info({ worker: number, pid: worker.pid }, "a worker serves again");
      tellWaiting();
    } catch (error) {
      worker.kill(error instanceof Error ? error.message : String(error));
    }
  };

  const serve = (place: Place): void => {
    place.state = "serving";
    place.since = performance.now();
    const { process } = place;
    if (process === undefined) return;
    for (const { resolve } of waitingForOne) resolve(process);
    waitingForOne.clear();
  };

  const refuseWaiting = (): void => {
    for (const { reject } of waitingForOne) reject(new Error("no worker serves any more"));
    waitingForOne.clear();
  };

  const servingNow = (): readonly WorkerProcess[] =>
    [...places.values()].flatMap(({ process, state }) => (process && state === "serving" ? [process] : []));

  const hasGivenUp = (): boolean =>
    [...places.values()].every(({ state, failures }) => state !== "serving" && failures >= pauses.attempts);

  const isWhole = (): boolean =>
    [...places.values()].every(({ state, failures }) => state === "serving" || failures > 1);

  const tellWaiting = (): void => {
    if (!stopping && !isWhole()) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  const stop = async (graceMs: number): Promise<void> => {
    stopping = true;
    tellWaiting();
    refuseWaiting();
    await Promise.all(
      [...places.values()].map(async ({ process, timer }) => {
        clearTimeout(timer);
        if (process === undefined) return;
        const late = setTimeout(() => process.kill("it did not stop in time"), graceMs);
        // Its end is what is waited for. One that has not loaded yet has no request that it could finish.
        if (process.isLoaded()) process.channel.call("stop", undefined).catch(() => undefined);
        else process.kill("it was stopped");
        await process.ended;
        clearTimeout(late);
      }),
    );
  };

  for (let number = 1; number <= count; number++) {
    const place: Place = {
      process: undefined,
      state: "starting",
      restarts: 0,
      failures: 0,
      reason: undefined,
      since: 0,
      timer: undefined,
    };
    places.set(number, place);
    start(number, place);
  }
  try {
    await Promise.all(
      [...places.values()].map(async ({ process }) => {
        await process?.loaded;
        if (process !== undefined) await options.join(process);
      }),
    );
  } catch (error) {
    await stop(0);
    throw error;
  }

  return {
    serving: servingNow,
    whenServing() {
      const [one] = servingNow();
      if (one !== undefined) return Promise.resolve(one);
      if (stopping) return Promise.reject(new Error("no worker serves any more"));
      const waiter = Promise.withResolvers<WorkerProcess>();
      waitingForOne.add(waiter);
      return waiter.promise;
    },
    states: () =>
      [...places].map(([worker, { process, state, restarts, reason }]) => ({
        worker,
        state,
        ...(process === undefined ? {} : { pid: process.pid }),
        restarts,
        ...(reason === undefined ? {} : { reason }),
      })),
    begin() {
      hasBegun = true;
      for (const [number, place] of places) {
        if (place.process !== undefined) serve(place);
        else void restart(number, place);
      }
    },
    whole: () =>
      new Promise((resolve) => {
        waiting.add(resolve);
        tellWaiting();
      }),
    stop,
  };
}
