import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defaultTimings } from "../coherence.ts";
import { Announcement, limitMs } from "./announcement.ts";
import type { Evicted, Listed, Told } from "./member-list.ts";

const { leaseMs, isolatedMs, ackMs } = defaultTimings;
/** Of the list's clock, which is another one. */
const listTime = 1_700_000_000_000;

/** An announcement of whose list the test says what it answers. */
class Setup {
  readonly told: number[] = [];
  readonly evicted: (readonly Listed[])[] = [];
  readonly toldAt: number[] = [];
  isComplete: boolean | undefined;
  readonly announcement: Announcement;
  answer: () => Promise<Told> = async () => this.list();
  evict: () => Promise<Evicted> = async () => this.evictedUntil(new Map());

  constructor() {
    const list = {
      announce: (number: number) => {
        this.told.push(number);
        return this.answer();
      },
      evict: (members: readonly Listed[]) => {
        this.evicted.push(members);
        return this.evict();
      },
    };
    this.announcement = new Announcement(7, "text", () => void this.toldAt.push(performance.now()), {
      list,
      timings: defaultTimings,
      now: () => performance.now(),
    });
    // When the test has said what the answers are.
    void Promise.resolve()
      .then(() => this.announcement.run())
      .then((isComplete) => {
        this.isComplete = isComplete;
      });
  }

  now(): number {
    return listTime + performance.now();
  }

  /** Those with a fresh lease. */
  list(...ids: string[]): Told {
    const members = ids.map((id) => ({ id, join: 1, leaseEnd: this.now() + leaseMs }));
    return { now: this.now(), since: listTime - 10_000_000, members };
  }

  evictedUntil(leaseEndById: ReadonlyMap<string, number>): Evicted {
    return { now: this.now(), since: listTime - 10_000_000, leaseEndById };
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

it("is complete at once where nobody else is", async () => {
  const made = new Setup();
  await pass(0);
  expect(made.isComplete).toBe(true);
  expect(made.evicted).toEqual([]);
});

it("is complete when the last one has acknowledged, and not before", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a", "b");
  await pass(0);
  made.announcement.onAck("a", 0);
  await pass(1);
  expect(made.isComplete).toBeUndefined();
  made.announcement.onAck("b", 0);
  await pass(0);
  expect(made.isComplete).toBe(true);
  expect(made.announcement.acknowledgedBy).toBe(2);
});

it("counts acks that arrive before the list has answered", async () => {
  const made = new Setup();
  const answer = Promise.withResolvers<Told>();
  made.answer = () => answer.promise;
  made.announcement.onAck("a", 0);
  answer.resolve(made.list("a"));
  await pass(0);
  expect(made.isComplete).toBe(true);
});

it("waits for who is silent until its last lease, and the isolation after it, are over", async () => {
  const made = new Setup();
  made.answer = async () => ({ ...made.list("a"), members: [{ id: "a", join: 3, leaseEnd: made.now() + 10 }] });
  // It has renewed meanwhile.
  made.evict = async () => made.evictedUntil(new Map([["a", made.now() + leaseMs]]));
  await pass(0);
  made.announcement.onEcho();
  await pass(ackMs + 1);
  expect(made.evicted).toEqual([[expect.objectContaining({ id: "a", join: 3 })]]);
  await pass(leaseMs + isolatedMs);
  expect(made.isComplete).toBeUndefined();
  // And a little more, since clocks differ.
  await pass(100);
  expect(made.isComplete).toBe(true);
  expect(made.announcement.acknowledgedBy).toBe(0);
});

it("does not wait any longer when who was evicted acknowledges after all", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a", "b");
  made.evict = async () => made.evictedUntil(new Map(["a", "b"].map((id) => [id, made.now() + leaseMs])));
  await pass(0);
  made.announcement.onEcho();
  await pass(ackMs + 1);
  made.announcement.onAck("a", 0);
  await pass(10);
  expect(made.isComplete).toBeUndefined();
  made.announcement.onAck("b", 0);
  await pass(0);
  expect(made.isComplete).toBe(true);
});

it("does not wait for who has left meanwhile", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a");
  await pass(0);
  made.announcement.onEcho();
  await pass(ackMs + 1);
  expect(made.isComplete).toBe(true);
});

it("evicts nobody while it does not hear its own notice, and tells again", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a");
  await pass(3 * ackMs);
  expect(made.evicted).toEqual([]);
  expect(new Set(made.told)).toEqual(new Set([7]));
  expect(made.told.length).toBeGreaterThan(1);
  made.announcement.onAck("a", 0);
  await pass(0);
  expect(made.isComplete).toBe(true);
});

it("tells again when the list has begun anew between telling and evicting", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a");
  made.evict = async () => ({ ...made.evictedUntil(new Map()), since: made.now() });
  await pass(0);
  made.announcement.onEcho();
  made.answer = async () => ({ ...made.list(), since: made.now() });
  await pass(ackMs + 1);
  expect(made.told.length).toBe(2);
  expect(made.isComplete).toBeUndefined();
});

it("does not trust a list before all who may be missing from it have ended", async () => {
  const made = new Setup();
  const since = made.now() - 1_000;
  made.answer = async () => ({ ...made.list(), since });
  await pass(leaseMs + isolatedMs - 1_000);
  expect(made.isComplete).toBeUndefined();
  await pass(100);
  expect(made.isComplete).toBe(true);
});

it("tries again while there is no answer, and gives up in the end", async () => {
  const made = new Setup();
  made.answer = () => Promise.reject(new Error("no answer"));
  await pass(leaseMs);
  const tried = made.told.length;
  expect(tried).toBeGreaterThan(2);
  expect(made.isComplete).toBeUndefined();
  await pass(limitMs(defaultTimings));
  expect(made.isComplete).toBe(false);
  const tries = made.told.length;
  await pass(60_000);
  expect(made.told.length).toBe(tries);
});

it("is not complete when somebody may use something for longer than it may take", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a");
  made.evict = async () => made.evictedUntil(new Map([["a", made.now() + 60_000]]));
  await pass(0);
  made.announcement.onEcho();
  await pass(limitMs(defaultTimings));
  expect(made.isComplete).toBe(false);
});

it("is not complete when it is given up", async () => {
  const made = new Setup();
  made.answer = async () => made.list("a");
  await pass(0);
  made.announcement.onEcho();
  made.announcement.giveUp();
  await pass(ackMs + 1);
  expect(made.isComplete).toBe(false);
  expect(made.evicted).toEqual([]);
});
