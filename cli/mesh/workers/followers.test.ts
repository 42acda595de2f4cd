import { describe, expect, it } from "vitest";
import type { SharedGeneration } from "#gateway";
import { createFollowers, type Follower, FollowerLost } from "./followers.ts";

type Rules = readonly string[];

const generation = (number: number): SharedGeneration<Rules> => ({
  number,
  rules: [],
  read: {
    supergraphSdl: "",
    routes: new Map(),
    unavailable: [],
    remembered: [],
    composed: [],
    hints: [],
    cacheHints: new Map(),
  },
});

interface Fake extends Follower<Rules> {
  /** What it answers from. */
  serving: number;
  /** Built and not swapped in. */
  ready: number | undefined;
  killed: string | undefined;
  /** How the next builds go; fine when there is nothing left. */
  readonly builds: (() => Promise<void>)[];
  swaps: () => Promise<void>;
  /** As a process that dies: what it was asked is never answered. */
  die(): void;
}

function fake(name: string): Fake {
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => undefined);
  const follower: Fake = {
    name,
    serving: 0,
    ready: undefined,
    killed: undefined,
    builds: [],
    swaps: () => Promise.resolve(),
    async prepare({ number }) {
      await Promise.race([death.promise, follower.builds.shift()?.()]);
      follower.ready = number;
    },
    async commit({ number }) {
      await Promise.race([death.promise, follower.swaps()]);
      if (follower.ready !== number) throw new Error(`${number} was not prepared`);
      follower.serving = number;
      follower.ready = undefined;
    },
    async release({ number }) {
      if (follower.ready === number) follower.ready = undefined;
    },
    kill(reason) {
      follower.killed ??= reason;
      follower.die();
    },
    die: () => death.reject(new FollowerLost(`${name} ended`)),
  };
  return follower;
}

const never = (): Promise<void> => new Promise(() => undefined);
const cannot = (reason: string) => () => Promise.reject(new Error(reason));
const serving = (...followers: readonly Fake[]): readonly number[] => followers.map((follower) => follower.serving);

/** Two that serve the first generation. */
async function two(options: Partial<Parameters<typeof createFollowers>[0]> = {}) {
  const followers = createFollowers<Rules>({ whole: () => Promise.resolve(), ...options });
  const [a, b] = [fake("a"), fake("b")];
  await followers.join(a);
  await followers.join(b);
  await followers.prepare(generation(1));
  await followers.commit(generation(1));
  expect(serving(a, b)).toEqual([1, 1]);
  return { followers, a, b };
}

describe("followers", () => {
  it("swap only when all have built", async () => {
    const { followers, a, b } = await two();
    const gate = Promise.withResolvers<void>();
    b.builds.push(() => gate.promise);
    let isPrepared = false;
    const preparing = followers.prepare(generation(2)).then(() => {
      isPrepared = true;
    });
    await new Promise(setImmediate);
    expect([a.ready, isPrepared]).toEqual([2, false]);
    gate.resolve();
    await preparing;
    expect(serving(a, b)).toEqual([1, 1]);
    await followers.commit(generation(2));
    expect(serving(a, b)).toEqual([2, 2]);
  });

  it("stay as they are when one cannot build, and say which and why; when nobody can, only why", async () => {
    const { followers, a, b } = await two();
    b.builds.push(cannot("no memory"));
    await expect(followers.prepare(generation(2))).rejects.toThrow("b: no memory");
    await followers.release(generation(2));
    expect([serving(a, b), a.ready, b.ready]).toEqual([[1, 1], undefined, undefined]);

    a.builds.push(cannot("no such type"));
    b.builds.push(cannot("no such type"));
    await expect(followers.prepare(generation(2))).rejects.toThrow(/^no such type$/);

    await followers.prepare(generation(3));
    await followers.commit(generation(3));
    expect(serving(a, b)).toEqual([3, 3]);
  });

  it("try again with the successor of one that dies while it builds, once", async () => {
    const successor = fake("b again");
    const { followers, a, b } = await two({
      whole: async () => {
        followers.leave(b);
        await followers.join(successor);
      },
    });
    b.builds.push(async () => b.die());
    b.builds.push(never);
    await followers.prepare(generation(2));
    // The one that joined meanwhile serves the old one until all swap.
    expect(serving(a, successor)).toEqual([1, 1]);
    await followers.commit(generation(2));
    expect(serving(a, successor)).toEqual([2, 2]);
  });

  it("give up when one dies each time", async () => {
    const { followers, a, b } = await two();
    b.die();
    await expect(followers.prepare(generation(2))).rejects.toThrow(FollowerLost);
    expect(serving(a, b)).toEqual([1, 1]);
  });

  it("do not wait for one that dies while it swaps, and kill one that does not swap", async () => {
    const dying = await two();
    dying.b.swaps = async () => dying.b.die();
    await dying.followers.prepare(generation(2));
    await dying.followers.commit(generation(2));
    expect(dying.a.serving).toBe(2);

    const hanging = await two({ limits: { commitMs: 1 } });
    hanging.b.swaps = never;
    await hanging.followers.prepare(generation(2));
    await hanging.followers.commit(generation(2));
    expect([hanging.a.serving, hanging.b.killed]).toEqual([2, "it did not answer within 1 ms"]);
  });

  it("kill one that builds for ever, and do not swap", async () => {
    const { followers, a, b } = await two({ limits: { prepareMs: 1 } });
    b.builds.push(never, never);
    await expect(followers.prepare(generation(2))).rejects.toThrow(FollowerLost);
    expect([serving(a, b), a.killed, b.killed]).toEqual([[1, 1], undefined, "it did not answer within 1 ms"]);
  });

  it("bring who joins to the committed generation, never between the halves of a swap", async () => {
    const { followers, a, b } = await two();
    const late = fake("late");
    await followers.prepare(generation(2));
    const joining = followers.join(late);
    await new Promise(setImmediate);
    expect(late.ready).toBeUndefined();
    await followers.commit(generation(2));
    await joining;
    expect(serving(a, b, late)).toEqual([2, 2, 2]);
    await followers.prepare(generation(3));
    await followers.commit(generation(3));
    expect(serving(a, b, late)).toEqual([3, 3, 3]);
  });

  it("refuse the first generation when one cannot build it or cannot serve it", async () => {
    const building = createFollowers<Rules>({ whole: () => Promise.resolve() });
    const bad = fake("bad");
    bad.builds.push(cannot("broken"));
    await building.join(bad);
    await expect(building.prepare(generation(1))).rejects.toThrow("broken");

    const listening = createFollowers<Rules>({ whole: () => Promise.resolve() });
    const busy = fake("busy");
    busy.swaps = cannot("port in use");
    await listening.join(busy);
    await listening.prepare(generation(1));
    await expect(listening.commit(generation(1))).rejects.toThrow("port in use");
  });
});
