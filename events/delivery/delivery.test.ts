/** What the bus does with time, with processes that die and with servers that are cut off: on a clock that is turned by hand. */
import { beforeEach, describe, expect, it } from "vitest";
import type { EventBus, EventHandler, SubscribeOptions } from "../bus.ts";
import { defaultBusOptions } from "../bus-options.ts";
import type { MeshEvent } from "../envelope.ts";
import type { EventLog, Hold } from "../event-log.ts";
import { eventOf, eventsOf, idsOf, recorder, silentLogger } from "../events.fixture.ts";
import { createMemoryLog } from "../memory/memory-log.ts";
import { createBus } from "./create-bus.ts";
import { unruly } from "./unruly-log.fixture.ts";
import { VirtualClock } from "./virtual-clock.fixture.ts";

const options = { ...defaultBusOptions, partitions: 2, leaseMs: 9_000 };
const topic = "topic";
const group = "group";

let clock: VirtualClock;
let log: EventLog;
let lines: string[];

interface Process {
  readonly bus: EventBus;
  die(): void;
  cutOff(isCutOff: boolean): void;
}

function start(): Process {
  let isCut = false;
  const { log: seen, die } = unruly(log, { clock, random: () => 0.5, maxDelayMs: 2, failing: () => (isCut ? 1 : 0) });
  const note = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return {
    bus: createBus(seen, options, { logger: { info: note, warn: note } }, clock),
    die,
    cutOff(is) {
      isCut = is;
    },
  };
}

const subscribe = ({ bus }: Process, handle: EventHandler, more: Partial<SubscribeOptions> = {}) =>
  bus.subscribe({ topic, group, ...more }, handle);
const publish = (ids: readonly string[]): Promise<void> =>
  createBus(log, options, { logger: silentLogger }, clock).publish(
    topic,
    ids.map((id) => eventOf(id, "k")),
  );
/** Of a promise, in virtual time. */
async function arrival<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
  let isThere = false;
  const settled = promise.finally(() => {
    isThere = true;
  });
  settled.catch(() => undefined);
  await clock.runUntil(() => isThere, limitMs);
  return settled;
}

beforeEach(() => {
  clock = new VirtualClock();
  log = createMemoryLog(options, clock);
  lines = [];
});

describe("what is rejected", () => {
  it("comes again after pauses that double, to a minute at most", async () => {
    const times: number[] = [];
    const reject = async (): Promise<void> => {
      times.push(Math.round(clock.now()));
      throw new Error("no");
    };
    await publish(["bad"]);
    const { caughtUp } = subscribe(start(), reject, { firstPauseMs: 10_000, maxAttempts: 6 });
    await arrival(caughtUp, 1_000_000);
    const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(pauses.map((pause) => Math.round(pause / 100) * 100)).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it("is told in the log without what it is, at most once a second", async () => {
    await publish(["secret-1", "secret-2", "secret-3"]);
    const handle = async (): Promise<void> => {
      throw Object.assign(new Error("secret message"), { code: "ECONNREFUSED" });
    };
    await arrival(subscribe(start(), handle, { maxAttempts: 2, firstPauseMs: 300 }).caughtUp);
    expect(lines.slice(0, 2)).toEqual([
      'a handler rejected events; they are handed to it again {"topic":"topic","group":"group","reason":"ECONNREFUSED","attempts":0}',
      'an event is a dead letter after its last attempt {"topic":"topic","group":"group","reason":"ECONNREFUSED","attempts":2}',
    ]);
    expect(lines.join()).not.toContain("secret");
    // Seven rejections and three deaths in a little more than a second.
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(lines.join()).toContain('"more":');
  });

  it.each([
    [new TypeError("secret"), "TypeError"],
    [Object.assign(new Error("secret"), { code: "BUS_UNAVAILABLE" }), "BUS_UNAVAILABLE"],
    [Object.assign(new Error("secret"), { code: "a secret\nvalue" }), "Error"],
    [Object.assign(new Error("secret"), { name: "of Ada" }), "Error"],
    ["a secret text", "Error"],
    [undefined, "Error"],
  ])("dies of a reason that holds no value: %#", async (error, reason) => {
    await publish(["bad"]);
    const handle = (): Promise<void> => Promise.reject(error);
    await arrival(subscribe(start(), handle, { maxAttempts: 1 }).caughtUp);
    expect(await log.deadLetters(topic, group).list(1)).toMatchObject([{ reason }]);
  });
});

describe("a process that dies", () => {
  it("is followed by another when its lease has ended, which goes on where it was", async () => {
    const [dying, living] = [start(), start()];
    await publish(["1", "2", "3"]);
    const got = recorder();
    subscribe(dying, async () => {
      dying.die();
      await new Promise(() => undefined);
    });
    await clock.run(100);
    const { caughtUp } = subscribe(living, got.handle);
    await clock.run(8_000);
    expect(got.ids()).toEqual([]);
    await arrival(caughtUp, 5_000);
    expect(got.ids()).toEqual(["1", "2", "3"]);
  });

  it("dies of one event: it is found, tried as often as it may, and is a dead letter, and it alone", async () => {
    await publish(["1", "2", "killer", "3", "4"]);
    const handled: string[] = [];
    let deaths = 0;
    for (let i = 0; i < 4; i++) {
      const process = start();
      const { caughtUp } = subscribe(
        process,
        async (events) => {
          if (idsOf(events).includes("killer")) {
            deaths += 1;
            process.die();
            await new Promise(() => undefined);
          }
          handled.push(...idsOf(events));
        },
        { maxAttempts: 2 },
      );
      let isOver = false;
      void caughtUp.then(() => {
        isOver = true;
      });
      await clock.runUntil(() => isOver || deaths > i, 60_000);
      if (isOver) break;
    }
    // Once among others, and twice by itself.
    expect(deaths).toBe(3);
    expect(handled).toEqual(["1", "2", "3", "4"]);
    expect(await log.deadLetters(topic, group).list(9)).toMatchObject([
      { event: { id: "killer" }, attempts: 2, reason: "PROCESS_ENDED" },
    ]);
  });
});

describe("a process that does not reach the server", () => {
  it("keeps its partitions and does nothing twice when that is short", async () => {
    const [first, second] = [start(), start()];
    await publish(["1", "2"]);
    const got = recorder(async () => {
      first.cutOff(true);
      await clock.sleep(1_000);
    });
    const others = recorder();
    subscribe(first, got.handle);
    await clock.run(500);
    subscribe(second, others.handle);
    await clock.run(3_000);
    first.cutOff(false);
    await clock.run(30_000);
    expect([got.ids(), others.ids()]).toEqual([["1", "2"], []]);
  });

  it("hands nothing over any more when others may have taken over, and shares again afterwards", async () => {
    const [first, second] = [start(), start()];
    await publish(["1", "2", "3", "4"]);
    const got = recorder(async () => {
      first.cutOff(true);
      await clock.sleep(20_000);
    });
    const others = recorder();
    subscribe(first, got.handle, { maxBatch: 1 });
    await clock.run(100);
    subscribe(second, others.handle);
    await clock.run(15_000);
    expect([got.ids(), others.ids()]).toEqual([["1"], ["1", "2", "3", "4"]]);
    await clock.run(15_000);
    first.cutOff(false);
    await clock.run(15_000);
    expect(got.ids()).toEqual(["1"]);
    await arrival(second.bus.close());
    await publish(["5"]);
    await clock.run(10_000);
    expect(got.ids()).toEqual(["1", "5"]);
  });

  it("hands nothing over when writing that down took longer than its lease", async () => {
    const { claim } = log;
    let claims = 0;
    log = {
      ...log,
      async claim(...args) {
        const hold = await claim(...args);
        claims += 1;
        const isSlow = claims <= options.partitions;
        const move: Hold["move"] = async (to) => {
          const isHeld = hold?.move(to) ?? false;
          if (isSlow) await clock.sleep(10_000);
          return isHeld;
        };
        return hold && { ...hold, move };
      },
    };
    await publish(["1", "2"]);
    const claimedBefore: number[] = [];
    await arrival(subscribe(start(), async () => void claimedBefore.push(claims)).caughtUp);
    // Not as it was claimed first, and with care then: each by itself.
    expect(claimedBefore).toEqual([options.partitions + 1, options.partitions + 1]);
  });

  it("holds on to its partition while a handler takes longer than a lease", async () => {
    const [first, second] = [start(), start()];
    await publish(["1"]);
    const got = recorder(() => clock.sleep(100_000));
    const others = recorder();
    const { caughtUp } = subscribe(first, got.handle);
    await clock.run(100);
    subscribe(second, others.handle);
    await arrival(caughtUp, 200_000);
    expect([got.ids(), others.ids()]).toEqual([["1"], []]);
  });

  it("can be closed all the same", async () => {
    const process = start();
    subscribe(process, async () => process.cutOff(true));
    await publish(["1"]);
    await clock.run(500);
    await arrival(process.bus.close(), 1_000);
  });

  it("starts a subscription when it does", async () => {
    const process = start();
    process.cutOff(true);
    const got = recorder();
    const { started, caughtUp } = subscribe(process, got.handle);
    const never = subscribe(process, got.handle, { group: "other" });
    await expect(arrival(process.bus.publish(topic, [eventOf("1", "k")]))).rejects.toThrow(
      expect.objectContaining({ code: "BUS_UNAVAILABLE" }),
    );
    await clock.run(5_000);
    await arrival(never.close());
    await expect(never.started).rejects.toThrow(expect.objectContaining({ code: "BUS_UNAVAILABLE" }));
    await expect(never.caughtUp).rejects.toThrow(expect.objectContaining({ code: "BUS_UNAVAILABLE" }));
    process.cutOff(false);
    await arrival(started, 1_000);
    await arrival(caughtUp, 1_000);
    await arrival(process.bus.publish(topic, [eventOf("1", "k")]));
    await clock.run(100);
    expect(got.ids()).toEqual(["1"]);
  });
});

describe("a log", () => {
  it("that has been made anew is read from its beginning, and its groups are told", async () => {
    await publish(["1", "2", "3"]);
    let isNew = false;
    const inner = log;
    const fresh = createMemoryLog(options, clock);
    log = {
      ...inner,
      partitions: (...args) => (isNew ? fresh : inner).partitions(...args),
      append: (...args) => (isNew ? fresh : inner).append(...args),
      async read(at, after, limit) {
        const reading = await (isNew ? fresh : inner).read(at, after, limit);
        return isNew && (await fresh.ends(at)).last < after ? { kind: "restarted" } : reading;
      },
    };
    const happened: string[] = [];
    const handle = async (events: readonly MeshEvent[]): Promise<void> => void happened.push(...idsOf(events));
    const { caughtUp } = subscribe(start(), handle, { onLost: () => happened.push("lost") });
    await arrival(caughtUp);
    // Nobody waits for what is gone.
    const behind = subscribe(start(), () => clock.sleep(100), { group: "behind", maxBatch: 1 });
    await arrival(behind.started);
    isNew = true;
    await arrival(behind.caughtUp);
    lines.length = 0;
    await clock.run(3_000);
    await publish(["4"]);
    await clock.run(3_000);
    expect(happened).toEqual(["1", "2", "3", "lost", "4"]);
    expect(lines).toEqual(['events are gone that were not handled {"topic":"topic","group":"group"}']);
  });

  it("with something in it that is no event goes on behind that, and says where it is", async () => {
    await log.append({ topic, index: 0 }, [{ event: eventOf("x", "k"), text: '{"secret":1}' }]);
    await log.append({ topic, index: 0 }, [{ event: eventOf("1", "k"), text: JSON.stringify(eventOf("1", "k")) }]);
    const got = recorder();
    await arrival(subscribe(start(), got.handle).caughtUp);
    expect(got.ids()).toEqual(["1"]);
    expect(lines).toEqual([
      'something on the event bus is no event; it is passed over {"topic":"topic","group":"group","partition":0,"position":1}',
    ]);
  });

  it("that fails in a way that nobody thought of is tried again, and the log says where, without what", async () => {
    const { read } = log;
    let reads = 0;
    log = {
      ...log,
      async read(...args) {
        reads += 1;
        if (reads < 4) throw new RangeError("a secret value");
        return read(...args);
      },
    };
    await publish(["1"]);
    const got = recorder();
    await arrival(subscribe(start(), got.handle).caughtUp);
    expect(got.ids()).toEqual(["1"]);
    expect(lines[0]).toMatch(
      /^handing events over has failed; it is tried again .*"reason":"RangeError","stack":".*delivery.test.ts/,
    );
    expect(lines.join()).not.toContain("secret");
  });

  it("is tidied at most once a minute by who publishes", async () => {
    let trims = 0;
    const { trim } = log;
    log = {
      ...log,
      trim(...args) {
        trims += 1;
        return trim(...args);
      },
    };
    const { bus } = start();
    for (let i = 0; i < 25; i++) {
      await arrival(bus.publish(topic, [eventOf(String(i), "k")]));
      await clock.run(5_000);
    }
    expect(trims).toBe(3);
  });
});

describe("a subscription that is closed", () => {
  it("hands over nothing any more, also what it was about to, and that is no attempt", async () => {
    const { claim } = log;
    const moving = Promise.withResolvers<void>();
    log = {
      ...log,
      async claim(...args) {
        const hold = await claim(...args);
        const move: Hold["move"] = async (to) => {
          moving.resolve();
          await clock.sleep(500);
          return hold?.move(to) ?? false;
        };
        return hold && { ...hold, move };
      },
    };
    await publish(["1"]);
    const [got, next] = [recorder(), recorder(() => Promise.reject(new Error("no")))];
    const subscription = subscribe(start(), got.handle);
    await arrival(moving.promise);
    await arrival(subscription.close());
    expect(got.ids()).toEqual([]);
    await arrival(subscribe(start(), next.handle, { maxAttempts: 2, firstPauseMs: 1 }).caughtUp);
    expect(next.ids()).toEqual(["1", "1"]);
  });
});

describe("a handler", () => {
  it("is called for several keys at a time, never for one", async () => {
    await createBus(log, options, { logger: silentLogger }, clock).publish(topic, eventsOf(40, ["a", "b", "c", "d"]));
    let running = 0;
    let most = 0;
    const handle = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(10);
      running -= 1;
    };
    await arrival(subscribe(start(), handle, { maxBatch: 3 }).caughtUp);
    expect(most).toBe(options.partitions);
  });
});
