import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WorkerCalls } from "./calls.ts";
import type { Channel } from "./channel.ts";
import { FollowerLost } from "./followers.ts";
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

interface Fake extends WorkerProcess {
  load(): void;
  end(how: string): void;
  killed: string | undefined;
  asked: string[];
}

let processes: Fake[] = [];

/** A process that does what it is told. */
function startFake(place: number): Fake {
  const loaded = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  loaded.promise.catch(() => undefined);
  let isLoaded = false;
  const process: Fake = {
    place,
    pid: 1_000 + processes.length,
    asked: [],
    killed: undefined,
    // The pool asks for nothing but the end.
    channel: {
      call: (name: string) => {
        process.asked.push(name);
        return Promise.resolve();
      },
      close: () => undefined,
    } as unknown as Channel<WorkerCalls>,
    coherence: { send: () => undefined, onMessage: () => () => undefined },
    loaded: loaded.promise,
    isLoaded: () => isLoaded,
    ended: ended.promise,
    kill(reason) {
      process.killed = reason;
      process.end(reason);
    },
    load() {
      isLoaded = true;
      loaded.resolve();
    },
    end(how) {
      loaded.reject(new FollowerLost(how));
      ended.resolve(how);
    },
  };
  processes.push(process);
  return process;
}

const last = (): Fake => processes.at(-1) as Fake;

async function pool(change: Partial<WorkerPoolOptions> = {}): Promise<WorkerPool> {
  const creating = createWorkerPool({
    count: 2,
    start: startFake,
    join: () => Promise.resolve(),
    leave: () => undefined,
    onGivenUp: () => undefined,
    logger: pino({ level: "silent" }),
    ...change,
  });
  for (const process of processes) process.load();
  const created = await creating;
  created.begin();
  return created;
}

beforeEach(() => {
  processes = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("a pool of workers", () => {
  it("starts one that ended again, after pauses that grow while it fails", async () => {
    const running = await pool();
    expect(running.states()).toEqual([
      { worker: 1, state: "serving", pid: 1_000, restarts: 0 },
      { worker: 2, state: "serving", pid: 1_001, restarts: 0 },
    ]);
    processes[0]?.end("SIGKILL");
    await vi.advanceTimersByTimeAsync(99);
    expect(running.states()[0]).toEqual({ worker: 1, state: "ended", restarts: 0, reason: "SIGKILL" });
    expect(running.serving()).toEqual([processes[1]]);

    for (const pauseMs of [1, 200, 400, 800]) {
      const count = processes.length;
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect(processes.length).toBe(count);
      await vi.advanceTimersByTimeAsync(1);
      expect(processes.length).toBe(count + 1);
      last().end("exit code 1");
      await vi.advanceTimersByTimeAsync(0);
    }
    await vi.advanceTimersByTimeAsync(1_600);
    last().load();
    await vi.advanceTimersByTimeAsync(0);
    expect(running.states()[0]).toEqual({ worker: 1, state: "serving", pid: last().pid, restarts: 5 });
  });

  it("begins with the short pause again after one has served for long", async () => {
    const running = await pool();
    for (let time = 0; time < 3; time++) {
      await vi.advanceTimersByTimeAsync(60_000);
      running.serving().map((process) => (process.place === 1 ? (process as Fake).end("SIGSEGV") : undefined));
      await vi.advanceTimersByTimeAsync(100);
      last().load();
      await vi.advanceTimersByTimeAsync(0);
      expect(running.serving().length).toBe(2);
    }
  });

  it("kills one that cannot join, and says why", async () => {
    let fails = false;
    const running = await pool({ join: () => (fails ? Promise.reject(new Error("no memory")) : Promise.resolve()) });
    fails = true;
    processes[1]?.end("SIGKILL");
    await vi.advanceTimersByTimeAsync(100);
    last().load();
    await vi.advanceTimersByTimeAsync(0);
    expect([last().killed, running.states()[1]]).toMatchObject(["no memory", { state: "ended", reason: "no memory" }]);
  });

  it("fails the start when one ends before all have loaded, and leaves none", async () => {
    const creating = pool({
      start: (place) => {
        const process = startFake(place);
        if (place === 2) process.end("exit code 1");
        return process;
      },
    });
    const failing = expect(creating).rejects.toThrow("exit code 1");
    await vi.advanceTimersByTimeAsync(0);
    await failing;
    expect(processes[0]?.killed).toBe("it did not stop in time");
  });

  it("gives up when nobody serves and nobody can be started, and not while one serves", async () => {
    const gaveUp = vi.fn();
    await pool({ onGivenUp: gaveUp });
    const failAgain = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        await vi.advanceTimersByTimeAsync(30_000);
        last().end("exit code 1");
        await vi.advanceTimersByTimeAsync(0);
      }
    };
    processes[0]?.end("SIGKILL");
    await failAgain(20);
    expect(gaveUp).not.toHaveBeenCalled();
    // The other one gets as many attempts of its own.
    processes[1]?.end("SIGKILL");
    for (let time = 0; time < 20 && gaveUp.mock.calls.length === 0; time++) {
      await vi.advanceTimersByTimeAsync(30_000);
      for (const process of processes) process.end("exit code 1");
      await vi.advanceTimersByTimeAsync(0);
      expect(time).toBeLessThan(6);
    }
    expect(gaveUp).toHaveBeenCalledOnce();
    const count = processes.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(processes.length).toBe(count);
  });

  it("gives one that serves as soon as there is one, and says so when there will be none any more", async () => {
    const running = await pool({ count: 1 });
    expect(await running.whenServing()).toBe(processes[0]);
    processes[0]?.end("SIGKILL");
    await vi.advanceTimersByTimeAsync(0);
    const next = running.whenServing();
    await vi.advanceTimersByTimeAsync(100);
    last().load();
    expect(await next).toBe(last());
    last().end("SIGKILL");
    await vi.advanceTimersByTimeAsync(0);
    const none = expect(running.whenServing()).rejects.toThrow("no worker serves any more");
    await running.stop(0);
    await none;
    await expect(running.whenServing()).rejects.toThrow("no worker serves any more");
  });

  it("is whole when all serve, and does not wait for one that fails again and again", async () => {
    const running = await pool();
    await running.whole();
    let isWhole = false;
    processes[0]?.end("SIGKILL");
    await vi.advanceTimersByTimeAsync(0);
    void running.whole().then(() => {
      isWhole = true;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(isWhole).toBe(false);
    last().end("exit code 1");
    await vi.advanceTimersByTimeAsync(0);
    expect(isWhole).toBe(true);
  });

  it("asks each to stop and kills who has not loaded or does not end in time; starts none any more", async () => {
    const running = await pool();
    processes[1]?.end("SIGKILL");
    await vi.advanceTimersByTimeAsync(100);
    const [first, , loading] = processes;
    let isStopped = false;
    void running.stop(5_000).then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(4_999);
    expect([first?.asked, first?.killed, loading?.killed, isStopped]).toEqual([
      ["stop"],
      undefined,
      "it was stopped",
      false,
    ]);
    await vi.advanceTimersByTimeAsync(1);
    expect([first?.killed, isStopped]).toEqual(["it did not stop in time", true]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(processes.length).toBe(3);
  });
});
