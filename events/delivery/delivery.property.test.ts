/**
 * Whatever processes come, go, die and are cut off, and whatever handlers reject: no event is lost, and none is handed over
 * before those of its key that were published before it are settled.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventBus } from "../bus.ts";
import { defaultBusOptions } from "../bus-options.ts";
import type { MeshEvent } from "../envelope.ts";
import type { EventLog } from "../event-log.ts";
import { eventOf, silentLogger } from "../events.fixture.ts";
import { createMemoryLog } from "../memory/memory-log.ts";
import { createBus } from "./create-bus.ts";
import { type Unruly, unruly } from "./unruly-log.fixture.ts";
import { VirtualClock } from "./virtual-clock.fixture.ts";

const topic = "topic";
const keys = ["a", "b", "c", "d", "e"];
const options = { ...defaultBusOptions, partitions: 3, leaseMs: 1_000 };

type Action =
  | { readonly kind: "publish"; readonly keys: readonly number[] }
  | { readonly kind: "join"; readonly group: number; readonly maxBatch: number }
  | { readonly kind: "leave" | "die"; readonly who: number }
  | { readonly kind: "cut off"; readonly who: number; readonly ms: number }
  | { readonly kind: "pass"; readonly ms: number };

const publish = fc.record({
  kind: fc.constant("publish" as const),
  keys: fc.array(fc.nat(keys.length - 1), { minLength: 5, maxLength: 40 }),
});
const join = fc.record({
  kind: fc.constant("join" as const),
  group: fc.constantFrom(0, 0, 0, 1),
  maxBatch: fc.integer({ min: 1, max: 6 }),
});
const who = fc.nat(5);
const action: fc.Arbitrary<Action> = fc.oneof<fc.MaybeWeightedArbitrary<Action>[]>(
  { weight: 4, arbitrary: publish },
  { weight: 3, arbitrary: join },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("leave" as const, "die" as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("cut off" as const), who, ms: fc.integer({ min: 500, max: 5_000 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 2_000 }) }) },
);

interface World {
  readonly actions: readonly Action[];
  readonly seed: number;
  /** Share of calls that fail. */
  readonly failing: number;
  /** Longest time that a handler takes. */
  readonly slowness: number;
  /** Share of hand-overs that are rejected. */
  readonly rejecting: number;
  /** Events that are always rejected. */
  readonly poison: readonly number[];
}

const world: fc.Arbitrary<World> = fc.record({
  actions: fc
    .tuple(fc.array(join, { minLength: 1, maxLength: 4 }), publish, fc.array(action, { maxLength: 25 }))
    .map(([joining, publishing, then]) => [...joining, publishing, ...then]),
  seed: fc.integer(),
  failing: fc.constantFrom(0, 0, 0.02, 0.2),
  slowness: fc.constantFrom(30, 1_000, 4_000),
  rejecting: fc.constantFrom(0, 0.1, 0.4),
  poison: fc.array(fc.nat(60), { maxLength: 2 }),
});

describe("delivery", () => {
  it("loses nothing and keeps the order of a key, whatever happens", async () => {
    await fc.assert(fc.asyncProperty(world, live), { numRuns: Number(process.env.DELIVERY_CASES ?? 300) });
  });
});

interface Member {
  readonly bus: EventBus;
  readonly process: Unruly;
  isDead: boolean;
  /** Until when nothing that it asks for succeeds. */
  cutOffUntil: number;
  /** Whether that was ever long enough for others to take over. */
  wasCutOff: boolean;
}

/** What a group saw. */
interface Seen {
  readonly handled: Set<string>;
  /** Those that were handed over before an earlier one of their key was handled. */
  readonly early: { readonly earlier: string; readonly later: string }[];
  /** Keys that are handled now, by whom. */
  readonly working: Map<string, Member>;
  readonly overlaps: string[];
}

async function live({ actions, seed, failing, slowness, rejecting, poison }: World): Promise<void> {
  const clock = new VirtualClock();
  const random = randomFrom(seed);
  const log = createMemoryLog(options, clock);
  const groups = ["one", "two"];
  const seen = new Map(groups.map((group) => [group, emptySeen()]));
  const members: Member[] = [];
  let trouble = failing;
  let isCalm = false;
  const isPoison = (id: string): boolean => poison.includes(Number(id));

  const start = (): Member => {
    const failing = (): number => (clock.now() < member.cutOffUntil ? 1 : trouble);
    const process = unruly(log, { clock, random, maxDelayMs: 20, failing });
    const bus = createBus(process.log, options, { logger: silentLogger }, clock);
    const member: Member = { process, bus, isDead: false, cutOffUntil: 0, wasCutOff: false };
    members.push(member);
    return member;
  };
  const memberAt = (who: number): Member | undefined => members[1 + (who % Math.max(members.length - 1, 1))];
  const join = (group: string, maxBatch: number): Member => {
    const member = start();
    const its = seen.get(group) ?? emptySeen();
    member.bus.subscribe({ topic, group, maxBatch, maxAttempts: 3, firstPauseMs: 50 }, async (events) => {
      note(its, events, member);
      await clock.sleep(random() * slowness);
      if (member.isDead) return new Promise(() => undefined);
      for (const { partitionkey } of events) {
        if (its.working.get(partitionkey) === member) its.working.delete(partitionkey);
      }
      if (events.some(({ id }) => isPoison(id)) || (!isCalm && random() < rejecting)) {
        throw new Error("rejected");
      }
      for (const { id } of events) its.handled.add(id);
    });
    return member;
  };

  const publisher = start();
  const published: MeshEvent[] = [];
  /** In the order in which they are sure to be kept: who publishes waits, and tries again. */
  const publish = async (events: readonly MeshEvent[]): Promise<void> => {
    for (;;) {
      try {
        return await publisher.bus.publish(topic, events);
      } catch {
        await clock.sleep(100);
      }
    }
  };

  let publishing: Promise<void> = Promise.resolve();
  for (const action of actions) {
    switch (action.kind) {
      case "publish": {
        const events = action.keys.map((key, i) => eventOf(String(published.length + i), keys[key] ?? ""));
        published.push(...events);
        publishing = publishing.then(() => publish(events));
        break;
      }
      case "join":
        join(groups[action.group] ?? "", action.maxBatch);
        break;
      case "leave":
        void memberAt(action.who)?.bus.close();
        break;
      case "die": {
        const member = memberAt(action.who);
        if (member === undefined) break;
        member.isDead = true;
        member.process.die();
        break;
      }
      case "cut off": {
        const member = memberAt(action.who);
        if (member === undefined) break;
        member.cutOffUntil = clock.now() + action.ms;
        member.wasCutOff ||= action.ms > options.leaseMs / 2;
        break;
      }
      case "pass":
        await clock.run(action.ms);
        break;
    }
  }

  // The end of all trouble: somebody is there for each group, and everything arrives.
  trouble = 0;
  isCalm = true;
  for (const group of groups) join(group, 4);
  let letters = new Map<string, ReadonlySet<string>>();
  const isDone = (): boolean =>
    groups.every((group) =>
      published.every(({ id }) => seen.get(group)?.handled.has(id) || letters.get(group)?.has(id)),
    );
  const done = (async () => {
    await publishing;
    do {
      await clock.sleep(1_000);
      letters = new Map(await Promise.all(groups.map(async (group) => [group, await deadIn(log, group)] as const)));
    } while (!isDone());
  })();
  let isOver = false;
  void done.then(() => {
    isOver = true;
  });
  await clock.runUntil(() => isOver, 3_000_000);

  const somebodyDied = actions.some(({ kind }) => kind === "die" || kind === "cut off");
  for (const group of groups) {
    const { early, overlaps } = seen.get(group) ?? emptySeen();
    const dead = letters.get(group) ?? new Set();
    // What is a dead letter by now was one when the next of its key was handed over.
    expect(early.filter(({ earlier }) => !dead.has(earlier))).toEqual([]);
    // A lease ends for who does not reach the log for as long: then two may be at it.
    if (failing < 0.1) expect(overlaps).toEqual([]);
    if (rejecting === 0 && failing === 0 && !somebodyDied) {
      expect([...dead].sort()).toEqual(
        published
          .map(({ id }) => id)
          .filter(isPoison)
          .sort(),
      );
    }
  }
  await Promise.all(members.filter(({ isDead }) => !isDead).map(({ bus }) => closeIn(clock, bus)));

  function note(its: Seen, events: readonly MeshEvent[], member: Member): void {
    for (const [at, event] of events.entries()) {
      const { id, partitionkey } = event;
      const other = its.working.get(partitionkey);
      const mayBeThere = other === undefined || other === member || other.isDead || other.wasCutOff;
      if (!mayBeThere) its.overlaps.push(partitionkey);
      const before = published.filter((it) => it.partitionkey === partitionkey && Number(it.id) < Number(id));
      const inFront = new Set(events.slice(0, at).map((it) => it.id));
      for (const { id: earlier } of before) {
        if (!inFront.has(earlier) && !its.handled.has(earlier)) its.early.push({ earlier, later: id });
      }
    }
    for (const { partitionkey } of events) its.working.set(partitionkey, member);
  }
}

function emptySeen(): Seen {
  return { handled: new Set(), early: [], working: new Map(), overlaps: [] };
}

async function deadIn(log: EventLog, group: string): Promise<ReadonlySet<string>> {
  return new Set((await log.deadLetters(topic, group).list(1_000)).map(({ event }) => event.id));
}

async function closeIn(clock: VirtualClock, bus: EventBus): Promise<void> {
  let isClosed = false;
  void bus.close().then(() => {
    isClosed = true;
  });
  await clock.runUntil(() => isClosed, 60_000);
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
