import { describe, expect, it } from "vitest";
import type { InvalidationOrder } from "#gateway";
import type { WorkerCalls } from "./calls.ts";
import type { Channel } from "./channel.ts";
import { FollowerLost } from "./followers.ts";
import type { WorkerProcess } from "./worker-process.ts";
import { createWorkersCache } from "./workers-cache.ts";

const order: InvalidationOrder = { cause: "event", what: [{ kind: "all" }] };

/** A worker that answers a call, or loses it. */
function worker(place: number, answer: (name: string) => Promise<unknown>): WorkerProcess {
  return { place, channel: { call: answer } as unknown as Channel<WorkerCalls> } as WorkerProcess;
}

function poolOf(...workers: readonly WorkerProcess[]) {
  return {
    serving: () => workers,
    whenServing: async () => {
      const [first] = workers;
      if (first === undefined) throw new Error("no worker serves any more");
      return first;
    },
  };
}

describe("the cache of workers", () => {
  it("is asked of another worker when one ends meanwhile", async () => {
    const asked: number[] = [];
    const dying = worker(1, (name) => {
      asked.push(1);
      return Promise.reject(new FollowerLost(`worker 1 ended while it was asked to ${name}`));
    });
    const living = worker(2, async () => void asked.push(2));
    const pools = [poolOf(dying), poolOf(dying), poolOf(living)];
    const cache = createWorkersCache(async () => pools.shift() ?? poolOf());
    await cache.carryOut(order);
    expect(asked).toEqual([1, 1, 2]);
  });

  it("hands on what a worker refuses, and that there is none any more", async () => {
    const refusing = worker(1, () => Promise.reject(new Error("the gateway ended before everybody was told")));
    await expect(createWorkersCache(async () => poolOf(refusing)).carryOut(order)).rejects.toThrow("the gateway ended");
    await expect(createWorkersCache(async () => poolOf()).carryOut(order)).rejects.toThrow("no worker serves any more");
  });

  it("is explained by all who answer, and leaves out who cannot", async () => {
    const explained = (entries: number) => ({
      parts: [{ subgraph: "orders", fetch: "Order", isKept: true, entries, oldestSeconds: entries }],
      answer: { isKept: true, because: "all of its parts are kept" },
    });
    const pool = poolOf(
      worker(1, async () => explained(1)),
      worker(2, () => Promise.reject(new FollowerLost("worker 2 ended"))),
      worker(3, async () => explained(4)),
    );
    expect(await createWorkersCache(async () => pool).explain({ query: "{ a }" })).toMatchObject({
      parts: [{ entries: 5, oldestSeconds: 4 }],
    });
  });
});
