/**
 * Plannings one after another, whatever becomes of the thread that makes them.
 *
 *   waiting ──its turn──▶ planning ──▶ planned, or what the planner threw
 *                            │
 *                  time is up, or the thread ends ──▶ refused for a while; the next one gets a new thread
 *
 * 1. Time counts from when the planner begins, not while an operation waits.
 * 2. A thread that ends takes one operation with it: the one it was planning.
 * 3. An operation that cost a thread is refused at once for `refuseForMs`, so that it cannot cost one thread after another.
 * 4. When no thread can be started, all that wait are told so; the next operation tries again.
 * 5. A thread that had nothing to do for `idleMs` is ended, since a planner takes much memory; the next operation gets a new
 *    one.
 */
import { createHash } from "node:crypto";
import { gatewayError } from "../../errors.ts";
import type { Logger } from "../../observability/logger.ts";
import type { GatewayMetrics } from "../../observability/metrics.ts";
import type { EncodedPlan } from "../encoded-plan.ts";
import { planKey } from "../plan-key.ts";
import type { PlanOptions } from "../planner.ts";
import { type PlanThread, PlanThreadEnded } from "./plan-thread.ts";

export interface PlanQueueOptions {
  /** Called when the last thread has ended. */
  start(): Promise<PlanThread>;
  readonly timeoutMs: number;
  readonly idleMs: number;
  /** Operations that may wait; 1,000 by default. */
  readonly maxWaiting?: number | undefined;
  /** A minute by default. */
  readonly refuseForMs?: number | undefined;
  readonly logger: Logger;
  readonly metrics: Pick<GatewayMetrics, "planSeconds" | "plansWaiting">;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: (() => number) | undefined;
}

export interface PlanQueue {
  /**
   * Rejects with what the planner threw; with a `ClientError`: `PLANNING_TIMEOUT`, `PLANNING_QUEUE_FULL` when too many wait,
   * `SHUTTING_DOWN` once closed; with `PlanThreadEnded` when the thread ended by itself.
   */
  plan(text: string, options: PlanOptions): Promise<EncodedPlan>;
  /** Ends the thread and resolves when it has ended. */
  close(): Promise<void>;
}

interface Job {
  readonly text: string;
  readonly options: PlanOptions;
  readonly key: string;
  readonly result: PromiseWithResolvers<EncodedPlan>;
}

/** Refused operations beyond so many are forgotten, oldest first. */
const maxRefused = 1_000;

export function createPlanQueue(first: PlanThread, options: PlanQueueOptions): PlanQueue {
  const { metrics, logger, timeoutMs, idleMs, maxWaiting = 1_000, refuseForMs = 60_000 } = options;
  const now = options.now ?? (() => performance.now());
  const waiting: Job[] = [];
  const refused = new Map<string, { readonly until: number; readonly error: Error }>();
  let thread: PlanThread | undefined = first;
  let running: Promise<void> | undefined;
  let closed = false;
  let idle = rest();

  function rest(): NodeJS.Timeout {
    return setTimeout(() => {
      void thread?.end();
      thread = undefined;
    }, idleMs).unref();
  }

  async function runAll(): Promise<void> {
    clearTimeout(idle);
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      metrics.plansWaiting.dec();
      const refusal = refusalOf(job.key);
      if (refusal === undefined) await run(job);
      else job.result.reject(refusal);
    }
    running = undefined;
    if (!closed) idle = rest();
  }

  async function run(job: Job): Promise<void> {
    const usable = await takeThread().catch((error: unknown) => {
      logger.error({ err: error }, "no planning worker can be started");
      job.result.reject(error);
      rejectWaiting(error);
    });
    if (usable === undefined) return;
    const since = now();
    const ended = (outcome: string): void => metrics.planSeconds.observe({ outcome }, (now() - since) / 1000);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<"timeout">((resolve) => {
      timer = setTimeout(resolve, timeoutMs, "timeout");
    });
    try {
      const plan = await Promise.race([usable.ask({ text: job.text, options: job.options }), timeout]);
      if (plan === "timeout") {
        ended("timeout");
        giveUp(job, tookTooLong(timeoutMs));
      } else {
        ended("planned");
        job.result.resolve(plan);
      }
    } catch (error) {
      if (!(error instanceof PlanThreadEnded)) {
        ended("failed");
        job.result.reject(error);
      } else if (closed) {
        job.result.reject(shuttingDown());
      } else {
        ended("crashed");
        giveUp(job, error);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async function takeThread(): Promise<PlanThread> {
    if (thread !== undefined && !thread.hasEnded) return thread;
    if (closed) throw shuttingDown();
    const next = await options.start();
    thread = next;
    if (closed) await next.end();
    return next;
  }

  function giveUp(job: Job, error: Error): void {
    const operation = createHash("sha256").update(job.text).digest("hex").slice(0, 12);
    logger.error({ operation, err: error }, "an operation cost the planning worker; it is refused for a while");
    void thread?.end();
    thread = undefined;
    const [oldest] = refused.keys();
    if (refused.size >= maxRefused && oldest !== undefined) refused.delete(oldest);
    refused.set(job.key, { until: now() + refuseForMs, error });
    job.result.reject(error);
  }

  function rejectWaiting(error: unknown): void {
    metrics.plansWaiting.dec(waiting.length);
    for (const { result } of waiting.splice(0)) result.reject(error);
  }

  function refusalOf(key: string): Error | undefined {
    const refusal = refused.get(key);
    if (refusal === undefined || now() < refusal.until) return refusal?.error;
    refused.delete(key);
    return undefined;
  }

  return {
    async plan(text, planOptions) {
      if (closed) throw shuttingDown();
      const key = planKey(text, planOptions);
      const refusal = refusalOf(key);
      if (refusal !== undefined) throw refusal;
      if (waiting.length >= maxWaiting) {
        throw gatewayError("PLANNING_QUEUE_FULL", "Too many new operations wait to be planned; ask again soon");
      }
      const result = Promise.withResolvers<EncodedPlan>();
      waiting.push({ text, options: planOptions, key, result });
      metrics.plansWaiting.inc();
      running ??= runAll();
      return result.promise;
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      rejectWaiting(shuttingDown());
      await thread?.end();
      await running;
    },
  };
}

function tookTooLong(timeoutMs: number): Error {
  return gatewayError(
    "PLANNING_TIMEOUT",
    `The operation takes longer than ${timeoutMs} ms to plan and is refused for now: ask for less at once, or in several operations`,
  );
}

function shuttingDown(): Error {
  return gatewayError("SHUTTING_DOWN", "The gateway is closing");
}
