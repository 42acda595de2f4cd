import { GraphQLError } from "graphql";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "../../observability/logger.ts";
import { createMetrics } from "../../observability/metrics.ts";
import { createPlanQueue, type PlanQueue, type PlanQueueOptions } from "./plan-queue.ts";
import { type PlanThread, PlanThreadEnded } from "./plan-thread.ts";

const timeoutMs = 1_000;
const idleMs = 300_000;

/** A thread whose answers the test gives. */
class FakeThread implements PlanThread {
  readonly facts = { apiSdl: "", overrideLabels: [], plannerVersion: "" };
  readonly asked: string[] = [];
  hasEnded = false;
  #answer: PromiseWithResolvers<string> | undefined;

  ask({ text }: { readonly text: string }): Promise<string> {
    if (this.hasEnded) throw new PlanThreadEnded(undefined);
    this.asked.push(text);
    this.#answer = Promise.withResolvers();
    return this.#answer.promise;
  }

  async answer(plan: string): Promise<void> {
    this.#answer?.resolve(plan);
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.#answer?.reject(error);
    await settle();
  }

  async crash(): Promise<void> {
    this.hasEnded = true;
    await this.fail(new PlanThreadEnded(new Error("out of memory")));
  }

  async end(): Promise<void> {
    await this.crash();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

interface Setup {
  readonly queue: PlanQueue;
  /** In the order of their start. */
  readonly threads: FakeThread[];
  readonly started: { fail: Error | undefined };
  counts(): Promise<Readonly<Record<string, number>>>;
}

function setup(options: Partial<PlanQueueOptions> = {}): Setup {
  const threads = [new FakeThread()];
  const started: Setup["started"] = { fail: undefined };
  const metrics = createMetrics();
  const queue = createPlanQueue(threads[0] as FakeThread, {
    async start() {
      if (started.fail !== undefined) throw started.fail;
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
    timeoutMs,
    idleMs,
    logger: silentLogger,
    metrics,
    ...options,
  });
  const counts = async () => {
    const { values } = await metrics.planSeconds.get();
    const outcomes = values.filter(({ metricName }) => metricName?.endsWith("_count"));
    return Object.fromEntries(outcomes.map(({ labels, value }) => [labels.outcome, value]));
  };
  return { queue, threads, started, counts };
}

describe("a plan queue", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks one question at a time, in the order in which they came", async () => {
    const { queue, threads, counts } = setup();
    const answers = Promise.all(["a", "b", "c"].map((text) => queue.plan(text, {})));
    await settle();
    expect(threads[0]?.asked).toEqual(["a"]);
    await threads[0]?.answer("A");
    expect(threads[0]?.asked).toEqual(["a", "b"]);
    await threads[0]?.answer("B");
    await threads[0]?.answer("C");
    expect(await answers).toEqual(["A", "B", "C"]);
    expect(await counts()).toEqual({ planned: 3 });
  });

  it("hands on what the planner threw and goes on with the same thread", async () => {
    const { queue, threads, counts } = setup();
    const error = new GraphQLError("no subgraph");
    const refused = expect(queue.plan("a", {})).rejects.toBe(error);
    const planned = queue.plan("b", {});
    await settle();
    await threads[0]?.fail(error);
    await refused;
    await threads[0]?.answer("B");
    expect(await planned).toBe("B");
    expect(threads).toHaveLength(1);
    expect(await counts()).toEqual({ failed: 1, planned: 1 });
  });

  it("gives one operation its time, then a new thread to those that wait", async () => {
    const { queue, threads, counts } = setup();
    const slow = expect(queue.plan("slow", {})).rejects.toMatchObject({ code: "PLANNING_TIMEOUT", status: 400 });
    const next = queue.plan("next", {});
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(threads[0]?.hasEnded).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await slow;
    expect(threads[0]?.hasEnded).toBe(true);
    // It has waited for the other's second and has its own now.
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    await threads[1]?.answer("N");
    expect(await next).toBe("N");
    expect(threads[0]?.asked).toEqual(["slow"]);
    expect(threads[1]?.asked).toEqual(["next"]);
    expect(await counts()).toEqual({ timeout: 1, planned: 1 });
  });

  it("refuses an operation that cost a thread without asking for it again, until its time is over", async () => {
    const { queue, threads } = setup({ refuseForMs: 60_000, now: () => Date.now() });
    const first = expect(queue.plan("slow", {})).rejects.toMatchObject({ code: "PLANNING_TIMEOUT" });
    const waited = expect(queue.plan("slow", {})).rejects.toMatchObject({ code: "PLANNING_TIMEOUT" });
    await vi.advanceTimersByTimeAsync(timeoutMs);
    await Promise.all([first, waited]);
    await expect(queue.plan("slow", {})).rejects.toMatchObject({ code: "PLANNING_TIMEOUT" });
    expect(threads).toHaveLength(1);
    // The same text with other conditions is another operation to plan.
    const other = queue.plan("slow", { conditions: new Map([["a", true]]) });
    await settle();
    await threads[1]?.answer("O");
    expect(await other).toBe("O");
    await vi.advanceTimersByTimeAsync(60_000);
    const again = queue.plan("slow", {});
    await settle();
    await threads[1]?.answer("S");
    expect(await again).toBe("S");
  });

  it("loses only the operation that was planned when a thread crashes", async () => {
    const { queue, threads, counts } = setup();
    const lost = expect(queue.plan("lost", {})).rejects.toBeInstanceOf(PlanThreadEnded);
    const next = queue.plan("next", {});
    await settle();
    await threads[0]?.crash();
    await lost;
    await expect(queue.plan("lost", {})).rejects.toBeInstanceOf(PlanThreadEnded);
    await threads[1]?.answer("N");
    expect(await next).toBe("N");
    expect(await counts()).toEqual({ crashed: 1, planned: 1 });
  });

  it("starts a thread anew when the last one ended unasked", async () => {
    const { queue, threads } = setup();
    await threads[0]?.crash();
    const planned = queue.plan("a", {});
    await settle();
    await threads[1]?.answer("A");
    expect(await planned).toBe("A");
  });

  it("tells all that wait when no thread can be started, and tries again for the next", async () => {
    const { queue, threads, started } = setup();
    await threads[0]?.crash();
    started.fail = new Error("no memory");
    const both = [queue.plan("a", {}), queue.plan("b", {})].map((plan) => expect(plan).rejects.toBe(started.fail));
    await settle();
    await Promise.all(both);
    started.fail = undefined;
    const planned = queue.plan("a", {});
    await settle();
    await threads[1]?.answer("A");
    expect(await planned).toBe("A");
  });

  it("lets so many wait and refuses the rest for now", async () => {
    const { queue, threads } = setup({ maxWaiting: 1 });
    const first = queue.plan("a", {});
    await settle();
    const second = queue.plan("b", {});
    await expect(queue.plan("c", {})).rejects.toMatchObject({ code: "PLANNING_QUEUE_FULL", status: 503 });
    await threads[0]?.answer("A");
    await threads[0]?.answer("B");
    expect(await Promise.all([first, second])).toEqual(["A", "B"]);
  });

  it("ends a thread that had nothing to do for a while, and starts one for the next operation", async () => {
    const { queue, threads } = setup();
    await vi.advanceTimersByTimeAsync(idleMs - 1);
    const planned = queue.plan("a", {});
    await settle();
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    await threads[0]?.answer("A");
    expect(await planned).toBe("A");
    await vi.advanceTimersByTimeAsync(idleMs - 1);
    expect(threads[0]?.hasEnded).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(threads[0]?.hasEnded).toBe(true);
    const next = queue.plan("b", {});
    await settle();
    await threads[1]?.answer("B");
    expect(await next).toBe("B");
  });

  it("ends the thread when it is closed, and whoever waits is told that the gateway closes", async () => {
    const { queue, threads } = setup();
    const plans = ["a", "b"].map((text) =>
      expect(queue.plan(text, {})).rejects.toMatchObject({ code: "SHUTTING_DOWN" }),
    );
    await settle();
    await queue.close();
    await Promise.all(plans);
    expect(threads.map(({ hasEnded }) => hasEnded)).toEqual([true]);
    await expect(queue.plan("c", {})).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  });
});
