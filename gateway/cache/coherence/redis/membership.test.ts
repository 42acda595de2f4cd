import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defaultTimings } from "../coherence.ts";
import type { Beat } from "./member-list.ts";
import { Membership } from "./membership.ts";

const { leaseMs, heartbeatMs } = defaultTimings;

/** A membership whose beats the test answers. */
class Setup {
  readonly sent: (Beat & { readonly answer: (isListed: boolean) => void; readonly fail: () => void })[] = [];
  /** `gap`, or `unheard`; with whether it was current. */
  readonly events: string[] = [];
  readonly log: string[] = [];
  readonly membership: Membership;

  constructor() {
    const note = (_fields: unknown, message: string): void => void this.log.push(message);
    this.membership = new Membership({
      list: {
        beat: (beat) =>
          new Promise((answer, reject) => this.sent.push({ ...beat, answer, fail: () => reject(new Error("none")) })),
        announce: () => Promise.reject(new Error("not asked for")),
        evict: () => Promise.reject(new Error("not asked for")),
        acknowledge: () => Promise.reject(new Error("not asked for")),
        leave: () => Promise.reject(new Error("not asked for")),
      },
      listener: {
        onNotice: () => 0,
        onGap: () => this.events.push(this.membership.isCurrent() ? "gap while current" : "gap"),
      },
      timings: defaultTimings,
      now: () => performance.now(),
      logger: { info: note, warn: note },
      // As the ear does.
      onUnheard: () => {
        this.events.push("unheard");
        this.membership.onDeaf();
      },
    });
  }

  get last(): Setup["sent"][number] {
    const last = this.sent.at(-1);
    if (last === undefined) throw new Error("nothing was sent");
    return last;
  }

  /** Answered, and heard. */
  succeed(beat: Setup["sent"][number] = this.last): void {
    beat.answer(true);
    this.membership.onPing(beat.number);
  }

  /** With a lease that ends between two beats. */
  static async current(): Promise<Setup> {
    const made = new Setup();
    await pass(100);
    made.membership.onListening();
    made.succeed();
    return made;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
});
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

it("joins when it listens, and is current when that has come back, after a gap", async () => {
  const made = new Setup();
  await pass(10 * heartbeatMs);
  expect(made.sent).toEqual([]);
  made.membership.onListening();
  expect(made.last).toMatchObject({ number: 1, join: 1 });
  made.last.answer(true);
  await pass(0);
  expect(made.membership.isCurrent()).toBe(false);
  made.membership.onPing(1);
  expect(made.membership.isCurrent()).toBe(true);
  expect(made.events).toEqual(["gap"]);
  await made.membership.whenCurrent;
});

it("renews with each beat that comes back, without a gap", async () => {
  const made = await Setup.current();
  for (let beat = 0; beat < 20; beat++) {
    await pass(heartbeatMs);
    expect(made.last.join).toBe(1);
    made.succeed();
    expect(made.membership.isCurrent()).toBe(true);
  }
  expect(made.events).toEqual(["gap"]);
  expect(made.log).toEqual([]);
});

it("a lease begins when its beat was sent", async () => {
  const made = await Setup.current();
  await pass(heartbeatMs - 100);
  const beat = made.last;
  await pass(1_000);
  // Sent a second ago.
  made.succeed(beat);
  await pass(leaseMs - 1_000 - 1);
  expect(made.membership.isCurrent()).toBe(true);
  await pass(1);
  expect(made.membership.isCurrent()).toBe(false);
});

it("a beat that comes back later than its lease lasts is none", async () => {
  const made = new Setup();
  made.membership.onListening();
  const beat = made.last;
  await pass(leaseMs);
  made.membership.onPing(beat.number);
  expect(made.membership.isCurrent()).toBe(false);
  expect(made.events).not.toContain("gap");
});

it("an answer alone is not a lease: it has to be heard", async () => {
  const made = await Setup.current();
  while (made.membership.isCurrent()) {
    await pass(100);
    for (const beat of made.sent) beat.answer(true);
  }
  expect(made.events).toEqual(["gap", "unheard"]);
});

it("is not current again without a gap when the lease has ended, and be it by a moment", async () => {
  const made = await Setup.current();
  await pass(leaseMs - 1);
  const beat = made.last;
  await pass(1);
  expect(made.membership.isCurrent()).toBe(false);
  made.membership.onPing(beat.number);
  expect(made.membership.isCurrent()).toBe(false);
  expect(made.last.join).toBe(made.last.number);
  made.succeed();
  expect(made.membership.isCurrent()).toBe(true);
  expect(made.events).toEqual(["gap", "gap"]);
});

it("gives up its lease and joins anew as soon as it hears that it was evicted", async () => {
  const made = await Setup.current();
  await pass(heartbeatMs);
  made.last.answer(false);
  await pass(0);
  expect(made.membership.isCurrent()).toBe(false);
  expect(made.last).toMatchObject({ number: 3, join: 3 });
  made.succeed();
  expect(made.membership.isCurrent()).toBe(true);
  expect(made.events).toEqual(["gap", "gap"]);
});

it("gives up its lease with its subscription, and joins anew with the next one", async () => {
  const made = await Setup.current();
  await pass(heartbeatMs);
  const before = made.last;
  made.membership.onDeaf();
  expect(made.membership.isCurrent()).toBe(false);
  made.membership.onListening();
  // What was sent before counts for nothing.
  made.membership.onPing(before.number);
  before.answer(false);
  await pass(0);
  expect(made.membership.isCurrent()).toBe(false);
  made.succeed();
  expect(made.membership.isCurrent()).toBe(true);
  expect(made.events).toEqual(["gap", "gap"]);
  expect(made.log).toHaveLength(2);
});

it("goes on when beats get no answer, and joins by a later one", async () => {
  const made = new Setup();
  made.membership.onListening();
  made.last.fail();
  await pass(heartbeatMs);
  expect(made.sent).toHaveLength(2);
  // The join never got there.
  made.last.answer(false);
  await pass(0);
  expect(made.last).toMatchObject({ number: 3, join: 3 });
  made.succeed();
  expect(made.membership.isCurrent()).toBe(true);
});

it("is never current again when it is closed", async () => {
  const made = await Setup.current();
  const sent = made.sent.length;
  made.membership.close();
  expect(made.membership.isCurrent()).toBe(false);
  made.membership.onListening();
  made.membership.onPing(1);
  await pass(10 * heartbeatMs);
  expect(made.sent).toHaveLength(sent);
  expect(made.membership.isCurrent()).toBe(false);
});
