/**
 * Promise 3 of the port, whatever happens on the way: once an announcement is complete, nobody uses a copy of what was true
 * before. Members here do what the gateway does: they ask a source, keep what it said as long as they may, and drop it when
 * they are told.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { noticeOf } from "../coherence.suite.ts";
import { type Coherence, type CoherenceTimings, defaultTimings } from "../coherence.ts";
import { RedisCoherence } from "./redis-coherence.ts";
import { SimulatedRedis, type SimulatedWays, type Way } from "./simulated-redis.fixture.ts";

const now = (): number => performance.now();
const silent = { info: () => undefined, warn: () => undefined };

/** What changes, and what is known not to be used any more. */
interface Source {
  version: number;
  /** Older ones are used by nobody. */
  floor: number;
  readonly violations: string[];
}

class Member {
  readonly ways: SimulatedWays;
  readonly coherence: Coherence;
  readonly #name: string;
  readonly #source: Source;
  readonly #timings: CoherenceTimings;
  readonly #random: () => number;
  #copy: { readonly version: number; readonly askedAt: number } | undefined;
  #gaps = 0;
  #wasIsolated = true;

  constructor(name: string, redis: SimulatedRedis, source: Source, timings: CoherenceTimings, random: () => number) {
    this.#name = name;
    this.#source = source;
    this.#timings = timings;
    this.#random = random;
    this.ways = redis.connect(name);
    const onGap = (): void => {
      if (this.coherence.isCurrent()) source.violations.push(`${name} has a gap while it is current`);
      this.#wasIsolated = false;
      this.#drop();
    };
    const parts = { id: name, ...this.ways, seal: undefined, timings, now, logger: silent };
    this.coherence = new RedisCoherence(parts, {
      onNotice: () => {
        this.#drop();
        return 0;
      },
      onGap,
    });
  }

  #drop(): void {
    this.#gaps++;
    this.#copy = undefined;
  }

  hasCopy(): boolean {
    return this.#copy !== undefined;
  }

  /** Asks the source, which may take its time. */
  read(): void {
    const [gaps, askedAt] = [this.#gaps, now()];
    setTimeout(() => {
      const { version } = this.#source;
      setTimeout(() => {
        // What was invalidated meanwhile is not kept.
        if (this.#gaps === gaps && this.coherence.mayKeep()) this.#copy = { version, askedAt };
        this.check();
      }, this.#random() * 100);
    }, this.#random() * 100);
  }

  async change(): Promise<boolean> {
    const version = ++this.#source.version;
    this.#drop();
    const { isComplete } = await this.coherence.announce(noticeOf("it"));
    if (isComplete) this.#source.floor = Math.max(this.#source.floor, version);
    return isComplete;
  }

  check(): void {
    const isCurrent = this.coherence.isCurrent();
    if (isCurrent && this.#wasIsolated) this.#source.violations.push(`${this.#name} is current again without a gap`);
    if (!isCurrent) this.#wasIsolated = true;
    const copy = this.#copy;
    if (copy === undefined || copy.version >= this.#source.floor) return;
    if (!isCurrent && now() - copy.askedAt >= this.#timings.isolatedMs) return;
    this.#source.violations.push(`${this.#name} uses version ${copy.version} of ${this.#source.floor} at ${now()}`);
  }
}

type Action =
  | { readonly kind: "change"; readonly member: number; readonly ms: number }
  | {
      readonly kind: "commands" | "subscription" | "both";
      readonly member: number;
      readonly way: Way;
      readonly ms: number;
    }
  | { readonly kind: "slow"; readonly member: number; readonly slowMs: number; readonly ms: number }
  | { readonly kind: "clock goes back"; readonly byMs: number; readonly ms: number }
  | { readonly kind: "restart"; readonly ago: number | null; readonly ms: number }
  | { readonly kind: "forget"; readonly ms: number };

/** What happens, and then time passes. */
const ms = fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 600 }), fc.nat({ max: 2_500 }));
const member = fc.nat({ max: 2 });
/** Most of the time all is well: where all are in trouble, nothing is ever complete. */
const way = fc.constantFrom<Way[]>(...Array<Way>(8).fill("open"), "silent", "silent", "cut", "lossy", "moved");
const change: fc.Arbitrary<Action> = fc.record({ kind: fc.constant("change"), member, ms });
const troubles: readonly fc.Arbitrary<Action>[] = [
  fc.record({ kind: fc.constant("commands"), member, way, ms }),
  fc.record({ kind: fc.constant("subscription"), member, way, ms }),
  fc.record({ kind: fc.constant("both"), member, way, ms }),
  fc.record({ kind: fc.constant("slow"), member, slowMs: fc.constantFrom(2, 2, 40, 400, 3_000), ms }),
  fc.record({ kind: fc.constant("clock goes back"), byMs: fc.constantFrom(10, 1_000, 100_000), ms }),
  fc.record({ kind: fc.constant("restart"), ago: fc.option<number>(fc.nat({ max: 40 })), ms }),
  fc.record({ kind: fc.constant("forget"), ms }),
];
/** Few kinds of trouble in one run, likewise. */
const actions = fc.subarray([...troubles], { minLength: 1, maxLength: 3 }).chain((some) =>
  fc.array(fc.oneof({ weight: 2, arbitrary: change }, { weight: 1, arbitrary: fc.oneof(...some) }), {
    minLength: 15,
    maxLength: 60,
  }),
);
const timing = fc.constantFrom<CoherenceTimings[]>(
  { ...defaultTimings, isolationMs: 0 },
  { ...defaultTimings, isolationMs: 8_000, isolatedMs: 500 },
  { ...defaultTimings, isolationMs: 4_000, leaseMs: 1_000, heartbeatMs: 250, isolatedMs: 3_000 },
);

beforeAll(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

it("once an announcement is complete, nobody uses what was true before", async () => {
  const outcomes = { complete: 0, incomplete: 0 };
  const property = fc.asyncProperty(actions, timing, fc.integer(), async (steps, timings, seed) => {
    const random = randomFrom(seed);
    let behindMs = 0;
    const redis = new SimulatedRedis(() => now() - behindMs, random, timings);
    const source: Source = { version: 1, floor: 0, violations: [] };
    const members = ["a", "b", "c"].map((name) => new Member(name, redis, source, timings, random));
    let runs = 0;
    const history = [redis.list.entries];

    const change = async (by: Member | undefined): Promise<void> => {
      const isComplete = await by?.change();
      outcomes[isComplete ? "complete" : "incomplete"]++;
      for (const each of members) each.check();
    };
    const pass = async (time: number): Promise<void> => {
      for (let left = time; left > 0; left -= 50) {
        await vi.advanceTimersByTimeAsync(Math.min(left, 50));
        history.push(new Map(redis.list.entries));
        for (const each of members) {
          each.check();
          if (random() < (each.hasCopy() ? 0.02 : 0.5)) each.read();
        }
      }
    };

    await pass(timings.leaseMs + timings.isolatedMs + timings.isolationMs);
    for (const step of steps) {
      const ways = "member" in step ? members[step.member]?.ways : undefined;
      if (step.kind === "change") void change(members[step.member]);
      if (step.kind === "commands" || step.kind === "both") ways?.setCommands(step.way);
      if (step.kind === "subscription" || step.kind === "both") ways?.setSubscription(step.way);
      if (step.kind === "slow" && ways !== undefined) ways.slowMs = step.slowMs;
      if (step.kind === "forget") redis.list.server = undefined;
      if (step.kind === "clock goes back") behindMs += step.byMs;
      if (step.kind === "restart") {
        const before = step.ago === null ? undefined : history.at(-1 - step.ago);
        redis.restart(`run ${++runs}`, before ?? new Map());
      }
      await pass(step.ms);
    }

    // When all is well again, all are current, and told.
    for (const { ways } of members) {
      ways.setCommands("open");
      ways.setSubscription("open");
      ways.slowMs = 2;
    }
    await pass(4 * (timings.leaseMs + timings.isolatedMs) + timings.isolationMs);
    expect(members.map(({ coherence }) => coherence.isCurrent())).toEqual([true, true, true]);
    const last = members[0]?.coherence.announce(noticeOf("it"));
    await pass(100);
    expect(await last).toEqual({ isComplete: true, acknowledgedBy: 2 });
    for (const { coherence } of members) void coherence.close();
    await pass(100);
    vi.clearAllTimers();
    expect(source.violations).toEqual([]);
  });
  await fc.assert(property, { numRuns: Number(process.env.COHERENCE_CASES ?? 200) });
  // The property says nothing where nothing is ever complete.
  expect(outcomes.complete).toBeGreaterThan(outcomes.incomplete);
});

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
