/**
 * Hands what a product tells from its outbox to the event bus.
 *
 *              ┌──── more, woken ────┐
 *              ▼                     │
 *   start ─▶ draining ── empty ──▶ idle ── woken, or after a while ──▶ draining
 *              │  ▲
 *              │  └── after a pause, or somebody waits ──┐
 *              └── the bus or the storage fails ──▶ pausing     any ── close ──▶ closed
 *              └── another process drains ──────────┘
 *
 * 1. Events are handed on in the order of their publication, a batch at a time: the next one is read when the bus has taken
 *    the one before, so that neither a slow bus nor a long outage fills the memory.
 * 2. What the bus does not take stays in the outbox and comes again, the same, after pauses that double. There is no end of
 *    trying and no limit of what waits: an event that was dropped would leave somebody with old data for ever.
 * 3. Without being woken it looks every so often: another process may have published and died.
 * 4. `close` lets the batch that is under way end, for a while; what is left stays in the outbox for the next start.
 */
import type { EventBus, MeshEvent } from "#events";
import { ClientError } from "#schema";
import { platformError } from "../errors.ts";
import type { OutboxRow, Storage } from "../storage/port.ts";

export interface RelayOptions {
  readonly product: string;
  readonly storage: Pick<Storage, "drainOutbox">;
  readonly bus: Pick<EventBus, "publish">;
  /** Events at once. Default 500. */
  readonly batchSize?: number | undefined;
  /** After the first failure; doubled after each further one in a row. Default 200. */
  readonly firstPauseMs?: number | undefined;
  /** Default 30,000. */
  readonly longestPauseMs?: number | undefined;
  /** While nothing is heard of. Default 10,000. */
  readonly lookEveryMs?: number | undefined;
  /** How long the bus may take for a batch: one that never answers has failed. Default 30,000. */
  readonly answerWithinMs?: number | undefined;
  /** After each batch. */
  readonly onHandedOn?: ((events: number, elapsedMs: number) => void) | undefined;
  /** At the first failure in a row, and when the bus takes events again (undefined). */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
  /** A row that is no event: somebody has changed it. It is left out, since nobody could ever read it. */
  readonly onBroken?: ((id: string) => void) | undefined;
}

export interface Relay {
  /** Something was published. */
  wake(): void;
  /**
   * Resolves when everything that was published before the call has been handed on. Rejects with `EVENTS_WAITING` after
   * `limitMs`, and when the relay is closed meanwhile; the events stay in the outbox.
   */
  drained(limitMs: number): Promise<void>;
  /** Ends within `limitMs`. */
  close(limitMs: number): Promise<void>;
}

/** How long another process is left alone that drains. */
const busyPauseMs = 100;
/** Longest pause while somebody waits. */
const hurriedPauseMs = 1_000;

/** Drains at once. */
export function startRelay(options: RelayOptions): Relay {
  const { product, storage, batchSize = 500, lookEveryMs = 10_000, answerWithinMs = 30_000 } = options;
  const { firstPauseMs = 200, longestPauseMs = 30_000 } = options;
  const closing = new AbortController();
  const cutting = new AbortController();
  /** Those who wait, before and after the drain began that they wait for. */
  const asking = new Set<Waiter>();
  const served = new Set<Waiter>();
  let isWoken = true;
  let failures = 0;
  let lastTrouble: unknown;
  let interrupt: () => void = () => undefined;

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      isWoken = false;
      for (const waiter of asking) served.add(waiter);
      asking.clear();
      const drained = await drainOnce();
      if (drained === "more") continue;
      if (drained === "empty") {
        for (const waiter of served) waiter.resolve();
        served.clear();
        if (!isWoken && asking.size === 0) await sleep(lookEveryMs);
        continue;
      }
      const longest = served.size > 0 ? Math.min(hurriedPauseMs, longestPauseMs) : longestPauseMs;
      const pauseMs = drained === "busy" ? busyPauseMs : Math.min(firstPauseMs * 2 ** (failures - 1), longest);
      if (asking.size === 0) await sleep(pauseMs);
    }
  }

  async function drainOnce(): Promise<"more" | "empty" | "busy" | "failed"> {
    try {
      const signal = AbortSignal.any([cutting.signal, AbortSignal.timeout(answerWithinMs)]);
      const count = await storage.drainOutbox(batchSize, handOn, { signal });
      if (count === undefined) return "busy";
      if (failures > 0) options.onTrouble?.(undefined);
      failures = 0;
      lastTrouble = undefined;
      return count < batchSize ? "empty" : "more";
    } catch (error) {
      if (closing.signal.aborted) return "failed";
      failures += 1;
      lastTrouble = error;
      if (failures === 1) options.onTrouble?.(error);
      return "failed";
    }
  }

  async function handOn(rows: readonly OutboxRow[]): Promise<void> {
    const start = performance.now();
    let sent = 0;
    for (const [topic, events] of byTopic(rows, options.onBroken)) {
      await options.bus.publish(topic, events);
      sent += events.length;
    }
    options.onHandedOn?.(sent, performance.now() - start);
  }

  function sleep(ms: number): Promise<void> {
    if (closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function waiting(why: string): ClientError {
    const trouble = lastTrouble === undefined ? "" : ` (${reasonOf(lastTrouble)})`;
    const message = `Product "${product}": ${why}${trouble}. What it has published is told as soon as the event bus takes it.`;
    return platformError("EVENTS_WAITING", message, { cause: lastTrouble });
  }

  const running = run();
  return {
    wake() {
      isWoken = true;
      // A pause after a failure is kept: what is new waits behind what failed.
      if (failures === 0) interrupt();
    },
    drained(limitMs) {
      if (closing.signal.aborted) return Promise.reject(waiting("it is closed, and not all of its events are told"));
      return new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          resolve: () => settle(resolve),
          reject: (error) => settle(() => reject(error)),
        };
        const timer = setTimeout(
          () => waiter.reject(waiting(`not all of its events are told after ${limitMs} ms`)),
          limitMs,
        );
        const settle = (end: () => void): void => {
          clearTimeout(timer);
          asking.delete(waiter);
          served.delete(waiter);
          end();
        };
        asking.add(waiter);
        interrupt();
      });
    },
    async close(limitMs) {
      closing.abort();
      interrupt();
      const timer = setTimeout(() => cutting.abort(new Error("the relay was closed")), limitMs);
      await running;
      clearTimeout(timer);
      for (const waiter of [...asking, ...served])
        waiter.reject(waiting("it was closed before all of its events were told"));
    },
  };
}

/** What may be told of trouble: its code, or what kind of failure it is; never its words, which may hold data. */
export function reasonOf(trouble: unknown): string {
  if (trouble instanceof ClientError) return trouble.code;
  return trouble instanceof Error ? trouble.name : "an unexpected failure";
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Events in their order, cut where the topic changes. */
function byTopic(
  rows: readonly OutboxRow[],
  onBroken: RelayOptions["onBroken"],
): readonly (readonly [topic: string, events: readonly MeshEvent[]])[] {
  const batches: [string, MeshEvent[]][] = [];
  for (const { id, aggregatetype: topic, payload } of rows) {
    const event = readEvent(payload, id);
    if (event === undefined) {
      onBroken?.(id);
      continue;
    }
    const last = batches.at(-1);
    if (last?.[0] === topic) last[1].push(event);
    else batches.push([topic, [event]]);
  }
  return batches;
}

/** What `announceChanges` wrote, which is an event; undefined for what somebody else made of it. */
function readEvent(payload: string, id: string): MeshEvent | undefined {
  try {
    const event = JSON.parse(payload) as MeshEvent | null;
    return event?.id === id ? event : undefined;
  } catch {
    return undefined;
  }
}
