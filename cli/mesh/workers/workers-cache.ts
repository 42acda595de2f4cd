/** What the workers keep, asked of them from the primary. What one of them ends it tells the others (`#gateway`). */
import { setTimeout as pause } from "node:timers/promises";
import type { ExplainedCaching } from "#gateway";
import { answerWithin } from "../answer-within.ts";
import { mergeExplanations } from "../cache/merge-explanations.ts";
import type { ServedCache } from "../cache/served-cache.ts";
import { FollowerLost } from "./followers.ts";
import type { WorkerPool } from "./worker-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** One that is busy for longer is left out where one answer will do. */
const explainLimitMs = 5_000;
/** One that has died is known to have in a moment. */
const retryMs = 50;

/** Whatever a worker dies of, another one is asked; while there is none, everybody waits for one. */
export function createWorkersCache(pool: () => Promise<Pick<WorkerPool, "serving" | "whenServing">>): ServedCache {
  const askOne = async <T>(ask: (worker: WorkerProcess) => Promise<T>): Promise<T> => {
    for (;;) {
      const worker = await (await pool()).whenServing();
      try {
        return await ask(worker);
      } catch (error) {
        if (!(error instanceof FollowerLost)) throw error;
        await pause(retryMs);
      }
    }
  };
  return {
    invalidate: (order) => askOne(({ channel }) => channel.call("invalidate", order)),
    carryOut: (order) => askOne(({ channel }) => channel.call("carryOut", order)),
    forget: (subjects) => askOne(({ channel }) => channel.call("forget", subjects)),
    async explain(asked) {
      const first = await askOne(async (worker) => ({
        worker,
        explained: await worker.channel.call("explain", asked),
      }));
      const others = (await pool()).serving().filter((worker) => worker !== first.worker);
      const explained = await Promise.all(
        others.map(({ channel }) =>
          answerWithin<ExplainedCaching | undefined>(channel.call("explain", asked), explainLimitMs, undefined),
        ),
      );
      return mergeExplanations(
        first.explained,
        explained.flatMap((each) => each ?? []),
      );
    },
    sharedUsage: () => askOne(({ channel }) => channel.call("sharedUsage", undefined)),
  };
}
