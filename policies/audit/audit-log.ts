/**
 * Between requests and the sink: a bounded queue.
 *
 *   reserve a place ─▶ answer ─▶ record ─▶ queue ─▶ batch ─▶ sink (tried until it is written)
 *
 * 1. Nothing is dropped: an operation runs only after it has a place in the queue, and the place is free again when its
 *    record is written.
 * 2. While the sink keeps up, a request waits for nothing. When the queue is full, `whenFull` says whether requests wait
 *    or are refused with AUDIT_UNAVAILABLE, before anything is fetched.
 * 3. A checkpoint follows after so many records, or so long after the first one that none covers.
 * 4. `close` writes what is queued and a last checkpoint.
 */
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { ClientError } from "#schema";
import { policyErrors } from "../errors.ts";
import type { AuditEntry } from "./chain.ts";
import { accessEntry } from "./entry.ts";
import type { AuditEvent } from "./event.ts";
import type { AuditSink } from "./sinks/sink.ts";

/** A place in the queue: give it a record, or give it back. */
export interface AuditPlace {
  /** Never throws. Only the first call of `record` or `release` counts. */
  record(event: AuditEvent): void;
  release(): void;
}

/** Tells when nobody waits for a place any more; an `AbortSignal` is one. */
interface Wanted {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: { handleEvent(): void }): void;
  removeEventListener(type: "abort", listener: { handleEvent(): void }): void;
}

export interface AuditLog {
  /** At once while there is room. Raises AUDIT_UNAVAILABLE; rejects with the signal's reason when it aborts meanwhile. */
  reserve(signal?: Wanted): AuditPlace | Promise<AuditPlace>;
  /** What happens from now on; one listener at a time. */
  observe(observer: AuditObserver): void;
  /** Resolves when all that was recorded before is written. */
  flush(): Promise<void>;
  /** As `flush`, then signs and ends the chain. Rejects when the sink did not take everything in time. */
  close(): Promise<void>;
}

/** For metrics. */
export interface AuditObserver {
  queued(places: number): void;
  written(records: number): void;
  sinkFailed(): void;
  sinkWorks(): void;
  /** A request met a full queue. */
  full(then: "waited" | "refused"): void;
}

export interface AuditLogOptions {
  readonly sink: AuditSink;
  /** Records that may be on their way. */
  readonly maxQueued: number;
  readonly whenFull: "wait" | "fail";
  readonly checkpoint: { readonly records: number; readonly everyMs: number };
  /** The sink refused a batch, which is tried again. */
  readonly onFailure: (error: unknown) => void;
  /** How long `close` tries; default 10 s. */
  readonly closeWithinMs?: number;
  readonly retry?: { readonly firstMs: number; readonly lastMs: number };
  readonly now?: () => number;
}

const maxBatch = 500;

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { sink, maxQueued, whenFull, checkpoint, onFailure, now = Date.now, closeWithinMs = 10_000 } = options;
  const retry = options.retry ?? { firstMs: 100, lastMs: 5_000 };
  const queue: AuditEntry[] = [];
  const waiting: (() => void)[] = [];
  const giveUp = new AbortController();
  let observer: AuditObserver = silent;
  let taken = 0;
  let unsigned = 0;
  let checkpointDue = false;
  let timer: NodeJS.Timeout | undefined;
  let pumping: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  function take(): AuditPlace {
    taken += 1;
    observer.queued(taken);
    let used = false;
    return {
      record(event) {
        if (used) return;
        used = true;
        queue.push(accessEntry(event));
        pump();
      },
      release() {
        if (used) return;
        used = true;
        free(1);
      },
    };
  }

  function free(places: number): void {
    taken -= places;
    observer.queued(taken);
    while (taken < maxQueued) {
      const next = waiting.shift();
      if (next === undefined) return;
      next();
    }
  }

  function waitForPlace(signal: Wanted | undefined): Promise<AuditPlace> {
    return new Promise((resolve, reject) => {
      const onAbort = {
        handleEvent(): void {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(signal?.reason as Error);
        },
      };
      const enter = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(take());
      };
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener("abort", onAbort);
      waiting.push(enter);
    });
  }

  /** Starts after the current turn: answers leave first, and what is recorded in one turn is one batch. */
  function pump(): void {
    pumping ??= nextTurn()
      .then(writeAll)
      .finally(() => {
        pumping = undefined;
        if (!giveUp.signal.aborted && (queue.length > 0 || checkpointDue)) pump();
      });
  }

  async function writeAll(): Promise<void> {
    while ((queue.length > 0 || checkpointDue) && !giveUp.signal.aborted) {
      const batch = queue.slice(0, maxBatch);
      const signs = checkpointDue || unsigned + batch.length >= checkpoint.records;
      const entries = signs ? [...batch, { kind: "checkpoint", time: new Date(now()).toISOString() } as const] : batch;
      await write(entries);
      if (giveUp.signal.aborted) return;
      queue.splice(0, batch.length);
      unsigned = signs ? 0 : unsigned + batch.length;
      if (signs) checkpointDue = false;
      schedule();
      observer.written(batch.length);
      free(batch.length);
    }
  }

  async function write(entries: readonly AuditEntry[]): Promise<void> {
    for (let waitMs = retry.firstMs; !giveUp.signal.aborted; waitMs = Math.min(waitMs * 2, retry.lastMs)) {
      try {
        await sink.append(entries);
        observer.sinkWorks();
        return;
      } catch (error) {
        observer.sinkFailed();
        onFailure(error);
        await pause(waitMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
      }
    }
  }

  function schedule(): void {
    if (unsigned === 0) {
      clearTimeout(timer);
      timer = undefined;
      return;
    }
    timer ??= setTimeout(() => {
      timer = undefined;
      checkpointDue = unsigned > 0;
      if (checkpointDue) pump();
    }, checkpoint.everyMs).unref();
  }

  async function flush(): Promise<void> {
    while (pumping !== undefined) await pumping;
  }

  async function end(): Promise<void> {
    const limit = setTimeout(() => giveUp.abort(), closeWithinMs);
    await flush();
    if (unsigned > 0) {
      checkpointDue = true;
      pump();
      await flush();
    }
    clearTimeout(limit);
    clearTimeout(timer);
    const left = queue.length;
    await sink.close();
    if (left > 0) throw new Error(`${left} audit records could not be written before the end`);
  }

  return {
    reserve(signal) {
      if (taken < maxQueued && waiting.length === 0) return take();
      observer.full(whenFull === "wait" ? "waited" : "refused");
      if (whenFull === "wait") return waitForPlace(signal);
      throw new ClientError(
        "AUDIT_UNAVAILABLE",
        "This operation reads personal data, and reads of personal data cannot be recorded at the moment",
        { status: policyErrors.AUDIT_UNAVAILABLE.status },
      );
    },
    observe(given) {
      observer = given;
      observer.queued(taken);
      observer.sinkWorks();
    },
    flush,
    close() {
      closing ??= end();
      return closing;
    },
  };
}

const silent: AuditObserver = {
  queued: () => undefined,
  written: () => undefined,
  sinkFailed: () => undefined,
  sinkWorks: () => undefined,
  full: () => undefined,
};
