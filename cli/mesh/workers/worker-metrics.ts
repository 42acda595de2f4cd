/**
 * One metrics page for all workers. A sum never falls below what an earlier page said: who does not answer in time counts
 * as before, and what a worker has counted stays when it ends.
 */
import { addEnded, type MetricsData, sumMetrics } from "#gateway";
import { answerWithin } from "../answer-within.ts";
import type { WorkerProcess } from "./worker-process.ts";

export interface WorkerMetrics {
  /** Prometheus' text format, of these workers and of this process. */
  sum(
    workers: readonly WorkerProcess[],
    primary: MetricsData,
  ): Promise<{ readonly contentType: string; readonly body: string }>;
  /** A worker that has ended: what it counted up to the last page is kept. */
  leave(worker: WorkerProcess): void;
}

const answerLimitMs = 2_000;

export function createWorkerMetrics(): WorkerMetrics {
  const lastByWorker = new Map<WorkerProcess, MetricsData>();
  const gone = new WeakSet<WorkerProcess>();
  let ended: Promise<MetricsData> = Promise.resolve([]);
  return {
    async sum(workers, primary) {
      await Promise.all(
        workers.map(async (worker) => {
          const before = lastByWorker.get(worker) ?? [];
          const now = await answerWithin(worker.channel.call("readMetrics", undefined), answerLimitMs, before);
          if (!gone.has(worker)) lastByWorker.set(worker, now);
        }),
      );
      return sumMetrics([
        { worker: "primary", metrics: primary },
        ...[...lastByWorker].map(([{ place }, metrics]) => ({ worker: String(place), metrics })),
        { worker: "ended", metrics: await ended },
      ]);
    },
    leave(worker) {
      const last = lastByWorker.get(worker);
      lastByWorker.delete(worker);
      gone.add(worker);
      if (last !== undefined) ended = ended.then((before) => addEnded(before, last));
    },
  };
}
