/** What `bus.ts` promises, for every adapter. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { EventBus, SubscribeOptions } from "./bus.ts";
import type { BusLogger, EventBusOptions } from "./bus-options.ts";
import type { MeshEvent } from "./envelope.ts";
import { eventOf, eventsOf, idsOf, ownName, recorder } from "./events.fixture.ts";

/** A server, or what stands for one. */
export interface BusServer {
  readonly url: string;
  readonly prefix: string;
  /** A bus as another process would have it, by another way to the server where one is given. */
  open(options?: Partial<EventBusOptions> & { readonly url?: string; readonly logger?: BusLogger }): Promise<EventBus>;
  close(): Promise<void>;
}

const keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
const waitMs = 20_000;

/** @param missing why the server cannot be used. */
export function busSuite(name: string, start: () => Promise<BusServer>, missing?: string): void {
  describe.skipIf(missing !== undefined)(`the event bus ${name}${missing === undefined ? "" : ` (${missing})`}`, () => {
    let server: BusServer;
    const opened: EventBus[] = [];
    const open = async (options?: Partial<EventBusOptions>): Promise<EventBus> => {
      const bus = await server.open(options);
      opened.push(bus);
      return bus;
    };
    /** Topic and group that nobody else uses. */
    const place = (): Pick<SubscribeOptions, "topic"> & { readonly group: string } => ({
      topic: ownName("topic"),
      group: "group",
    });
    const until = (check: () => void | Promise<void>): Promise<void> =>
      vi.waitFor(check, { timeout: waitMs, interval: 5 });

    beforeAll(async () => {
      server = await start();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
    });
    afterAll(() => server.close());

    it("gives a group every event, those of a key in order and one after the other, however many share it", async () => {
      const { topic, group } = place();
      const buses = await Promise.all([open(), open()]);
      const got: string[] = [];
      const working = new Set<string>();
      const workers = new Set<number>();
      let overlaps = 0;
      const handleAs =
        (worker: number) =>
        async (events: readonly MeshEvent[]): Promise<void> => {
          workers.add(worker);
          const itsKeys = new Set(events.map(({ partitionkey }) => partitionkey));
          overlaps += [...itsKeys].filter((key) => working.has(key)).length;
          for (const key of itsKeys) working.add(key);
          await sleep(Math.random() * 4);
          got.push(...idsOf(events));
          for (const key of itsKeys) working.delete(key);
        };
      const subscriptions = [...buses, ...buses].map((bus, worker) =>
        bus.subscribe({ topic, group, maxBatch: 5 }, handleAs(worker)),
      );
      await Promise.all(subscriptions.map(({ started }) => started));
      const published = eventsOf(600, keys);
      for (let i = 0; i < published.length; i += 50) {
        await buses[(i / 50) % 2]?.publish(topic, published.slice(i, i + 50));
        await sleep(2);
      }
      await until(() => expect(got.length).toBeGreaterThanOrEqual(600));
      for (const key of keys) {
        const ofKey = (ids: readonly string[]): readonly string[] => ids.filter((id) => id.startsWith(`${key}:`));
        expect(ofKey(got)).toEqual(ofKey(idsOf(published)));
      }
      expect(overlaps).toBe(0);
      expect(workers.size).toBeGreaterThan(1);
    });

    it("hands over again what a handler rejects, and loses nothing", async () => {
      const { topic, group } = place();
      const bus = await open();
      let calls = 0;
      const handled: string[] = [];
      bus.subscribe({ topic, group, maxBatch: 7, firstPauseMs: 1 }, async (events) => {
        calls += 1;
        if (calls % 3 === 0) throw new Error("not now");
        handled.push(...idsOf(events));
      });
      const published = eventsOf(100, keys);
      await bus.publish(topic, published);
      await until(() => expect(new Set(handled)).toEqual(new Set(idsOf(published))));
      expect(await bus.deadLetters(topic, group).list(10)).toEqual([]);
    });

    it("waits for the handler that runs when it is closed; others go on behind it, and at once", async () => {
      const { topic, group } = place();
      const [first, second] = [await open({ leaseMs: 60_000 }), await open({ leaseMs: 60_000 })];
      const published = eventsOf(60, ["one"]);
      await first.publish(topic, published);
      const running = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const one = recorder(async () => {
        running.resolve();
        await goOn.promise;
      });
      const two = recorder();
      first.subscribe({ topic, group, maxBatch: 4 }, one.handle);
      await running.promise;
      second.subscribe({ topic, group, maxBatch: 4 }, two.handle);
      let isClosed = false;
      const closing = first.close().then(() => {
        isClosed = true;
      });
      await sleep(20);
      expect(isClosed).toBe(false);
      expect(two.ids()).toEqual([]);
      goOn.resolve();
      await closing;
      await until(() => expect(one.ids().length + two.ids().length).toBeGreaterThanOrEqual(60));
      expect([...one.ids(), ...two.ids()]).toEqual(idsOf(published));
      expect(one.calls).toHaveLength(1);
      await expect(first.publish(topic, published)).rejects.toThrow(
        expect.objectContaining({ code: "BUS_UNAVAILABLE" }),
      );
      expect(() => first.subscribe({ topic, group }, one.handle)).toThrow("closed");
    });

    it("keeps groups apart: one that can do nothing stops no other", async () => {
      const { topic } = place();
      const bus = await open();
      const other = recorder();
      bus.subscribe({ topic, group: "stuck", firstPauseMs: 60_000 }, async () => {
        throw new Error("never");
      });
      bus.subscribe({ topic, group: "other" }, other.handle);
      await bus.publish(topic, eventsOf(50, keys));
      await until(() => expect(other.ids()).toHaveLength(50));
    });

    it("keeps a group's place while nobody listens", async () => {
      const { topic, group } = place();
      const before = await open();
      const first = recorder();
      const subscription = before.subscribe({ topic, group }, first.handle);
      await subscription.started;
      await before.publish(topic, eventsOf(20, keys));
      await until(() => expect(first.ids()).toHaveLength(20));
      await before.close();
      const after = await open();
      const missed = eventsOf(20, keys, 100);
      await after.publish(topic, missed);
      const second = recorder();
      const { caughtUp } = after.subscribe({ topic, group, from: "latest" }, second.handle);
      await caughtUp;
      expect([...second.ids()].sort()).toEqual([...idsOf(missed)].sort());
    });

    it("says when a group has caught up, whoever of it did the work", async () => {
      const { topic, group } = place();
      const buses = [await open(), await open()];
      await buses[0]?.publish(topic, eventsOf(40, keys));
      const goOn = Promise.withResolvers<void>();
      const got = recorder(() => goOn.promise);
      const subscriptions = buses.map((bus) => bus.subscribe({ topic, group }, got.handle));
      const done: number[] = [];
      subscriptions.forEach(({ caughtUp }, i) => void caughtUp.then(() => done.push(i)).catch(() => undefined));
      await until(() => expect(got.calls.length).toBeGreaterThan(0));
      await sleep(20);
      expect(done).toEqual([]);
      goOn.resolve();
      await Promise.all(subscriptions.map(({ caughtUp }) => caughtUp));
      expect(new Set(got.ids()).size).toBe(40);
      // There is nothing to wait for.
      await buses[0]?.subscribe({ topic, group: "new", from: "latest" }, got.handle).caughtUp;
      const closed = buses[0]?.subscribe({ topic, group: "closed" }, () => new Promise(() => undefined));
      void closed?.close();
      await expect(closed?.caughtUp).rejects.toThrow("closed");
    });

    it("begins a new group with what there is, or with what comes", async () => {
      const { topic } = place();
      const bus = await open();
      const old = eventsOf(24, keys);
      const next = eventsOf(24, keys, 50);
      await bus.publish(topic, old);
      const [all, late] = [recorder(), recorder()];
      bus.subscribe({ topic, group: "all" }, all.handle);
      await bus.subscribe({ topic, group: "late", from: "latest" }, late.handle).started;
      await bus.publish(topic, next);
      await until(() => {
        expect([...all.ids()].sort()).toEqual([...idsOf(old), ...idsOf(next)].sort());
        expect([...late.ids()].sort()).toEqual([...idsOf(next)].sort());
      });
    });

    it("hands over many at once, and when they are rejected each by itself, so that the one at fault dies alone", async () => {
      const { topic, group } = place();
      const bus = await open();
      await bus.publish(topic, eventsOf(25, ["k"]));
      const got = recorder(async (events) => {
        if (idsOf(events).includes("k:13")) throw Object.assign(new TypeError("a secret value"), { code: 42 });
      });
      const { caughtUp } = bus.subscribe({ topic, group, maxBatch: 10, maxAttempts: 3, firstPauseMs: 1 }, got.handle);
      await caughtUp;
      const [letter, ...others] = await bus.deadLetters(topic, group).list(10);
      expect(others).toEqual([]);
      expect(letter).toMatchObject({ event: eventOf("k:13", "k"), attempts: 3, reason: "TypeError" });
      expect(Math.abs(Date.now() - Date.parse(letter?.diedAt ?? ""))).toBeLessThan(60_000);
      const sizes = got.calls.map((ids) => ids.length);
      expect(Math.max(...sizes)).toBe(10);
      const alone = got.calls.filter((ids) => ids.length === 1).flat();
      expect(alone).toEqual([
        "k:10",
        "k:11",
        "k:12",
        "k:13",
        "k:13",
        "k:13",
        "k:14",
        "k:15",
        "k:16",
        "k:17",
        "k:18",
        "k:19",
      ]);
      expect(got.calls.at(-1)).toEqual(["k:20", "k:21", "k:22", "k:23", "k:24"]);
    });

    it("counts attempts also over the end of a subscription", async () => {
      const { topic, group } = place();
      const bus = await open();
      await bus.publish(topic, [eventOf("bad", "k")]);
      const got = recorder(async () => {
        throw new RangeError("never");
      });
      const first = bus.subscribe({ topic, group, maxAttempts: 3, firstPauseMs: 60_000 }, got.handle);
      await until(() => expect(got.calls).toHaveLength(1));
      await first.close();
      await bus.subscribe({ topic, group, maxAttempts: 3, firstPauseMs: 1 }, got.handle).caughtUp;
      expect(got.calls).toHaveLength(3);
      expect(await bus.deadLetters(topic, group).list(10)).toMatchObject([{ attempts: 3, reason: "RangeError" }]);
    });

    it("lists dead letters, replays them for their group alone as the newest of their keys, and forgets them", async () => {
      const { topic, group } = place();
      const bus = await open();
      let isBroken = true;
      const got = recorder(async (events) => {
        if (isBroken && events.some(({ id }) => id.startsWith("bad"))) throw new Error("broken");
      });
      const other = recorder();
      const names = ["bad-1", "good-1", "bad-2", "good-2", "bad-3"];
      const options = { topic, group, maxAttempts: 1, maxBatch: 1, firstPauseMs: 1 };
      bus.subscribe(options, got.handle);
      bus.subscribe({ topic, group: "other" }, other.handle);
      await bus.publish(
        topic,
        names.map((id) => eventOf(id, "k", { id })),
      );
      const letters = bus.deadLetters(topic, group);
      await until(async () =>
        expect((await letters.list(10)).map(({ event }) => event.id)).toEqual(["bad-1", "bad-2", "bad-3"]),
      );
      const [one, two, three] = await letters.list(10);
      expect((await letters.list(1)).map(({ id }) => id)).toEqual([one?.id]);
      expect(await bus.deadLetters(topic, "other").list(10)).toEqual([]);
      expect(await bus.deadLetters(topic, "other").replay([one?.id ?? ""])).toBe(0);
      expect(await letters.discard([two?.id ?? "", "no such id", "0-0-0", "9-9", "0"])).toBe(1);
      isBroken = false;
      await bus.publish(topic, [eventOf("later", "k")]);
      expect(await letters.replay([three?.id ?? "", one?.id ?? "", three?.id ?? "", "no such id"])).toBe(2);
      await bus.publish(topic, [eventOf("last", "k")]);
      await until(() => expect(got.ids().slice(-4)).toEqual(["later", "bad-3", "bad-1", "last"]));
      await until(() => expect(other.ids()).toEqual([...names, "later", "last"]));
      expect(await letters.list(10)).toEqual([]);
      expect(await letters.replay([one?.id ?? ""])).toBe(0);
    });

    it("keeps many events in little time and hands them over in as little", async () => {
      const { topic, group } = place();
      const bus = await open();
      const many = eventsOf(
        10_000,
        Array.from({ length: 100 }, (_, i) => `key-${i}`),
      );
      await bus.publish(topic, many);
      const got = new Set<string>();
      const { caughtUp } = bus.subscribe({ topic, group }, async (events) => {
        for (const { id } of events) got.add(id);
      });
      await caughtUp;
      expect(got.size).toBe(10_000);
    });

    it("ends a subscription while it is idle, while it handles and while it pauses", async () => {
      const { topic } = place();
      const bus = await open();
      const idle = bus.subscribe({ topic, group: "idle" }, async () => undefined);
      await idle.started;
      await idle.close();
      await idle.close();
      const pausing = recorder(async () => {
        throw new Error("no");
      });
      const goOn = Promise.withResolvers<void>();
      const handling = recorder(() => goOn.promise);
      const [busy, patient] = [
        bus.subscribe({ topic, group: "busy", maxBatch: 1 }, handling.handle),
        bus.subscribe({ topic, group: "patient", firstPauseMs: 60_000 }, pausing.handle),
      ];
      await bus.publish(topic, eventsOf(3, ["k"]));
      await until(() => expect([handling.calls.length, pausing.calls.length]).toEqual([1, 1]));
      await patient.close();
      const closing = busy.close();
      goOn.resolve();
      await closing;
      await bus.publish(topic, eventsOf(3, ["k"], 3));
      await sleep(20);
      expect(handling.ids()).toEqual(["k:0"]);
      expect(pausing.calls).toHaveLength(1);
    });

    it("takes any key and any data, and refuses what is no event or too large before it keeps any", async () => {
      const { topic, group } = place();
      const bus = await open({ maxEventBytes: 400_000 });
      const odd = ['a,b"c', "line\nbreak\r\n", "{brace}:*>", "Ünïcödé 🐟", " ", "\u0000", "\ud800", "x".repeat(5_000)];
      const data = { text: "日本語 🐟 \u0000 \n".repeat(5_000), deep: [[[{ "": null }]]], big: "y".repeat(200_000) };
      const events = odd.map((key, i) => eventOf(`odd-${i}`, key, data));
      await bus.publish(topic, events);
      const got: MeshEvent[] = [];
      const { caughtUp } = bus.subscribe({ topic, group }, async (batch) => void got.push(...batch));
      await caughtUp;
      const byId = (one: MeshEvent, other: MeshEvent): number => (one.id < other.id ? -1 : 1);
      expect(got.sort(byId)).toEqual(events);
      const invalid = expect.objectContaining({ code: "EVENT_INVALID" });
      await expect(bus.publish(topic, [eventOf("ok", "k"), eventOf("", "k")])).rejects.toThrow(invalid);
      const large = eventOf("large", "k", "z".repeat(400_000));
      await expect(bus.publish(topic, [eventOf("ok", "k"), large])).rejects.toThrow(invalid);
      await bus.publish(topic, []);
      await bus.publish(topic, [eventOf("end", "k")]);
      await until(() => expect(got.at(-1)?.id).toBe("end"));
      expect(got).toHaveLength(odd.length + 1);
    });

    it("spreads a group's partitions over those who share it, and again when one leaves", async () => {
      const { topic, group } = place();
      const buses = [await open({ leaseMs: 60_000 }), await open({ leaseMs: 60_000 })];
      const recorders = buses.map(() => recorder());
      const subscriptions = buses.map((bus, i) =>
        bus.subscribe({ topic, group }, recorders[i]?.handle ?? (async () => {})),
      );
      await Promise.all(subscriptions.map(({ started }) => started));
      let round = 0;
      await until(async () => {
        for (const { calls } of recorders) calls.length = 0;
        const published = eventsOf(
          64,
          Array.from({ length: 64 }, (_, i) => `key-${i}`),
          round++,
        );
        await buses[0]?.publish(topic, published);
        await until(() => expect(recorders.flatMap((one) => one.ids())).toHaveLength(64));
        for (const one of recorders) expect(one.ids().length).toBeGreaterThan(10);
      });
      await subscriptions[0]?.close();
      await buses[0]?.publish(
        topic,
        eventsOf(
          64,
          Array.from({ length: 64 }, (_, i) => `key-${i}`),
          1_000,
        ),
      );
      await until(() => expect(recorders[1]?.ids().filter((id) => id.endsWith(":1000"))).toHaveLength(64));
    });

    it("gives a subscription without a group every event from then on, and keeps nothing for it", async () => {
      const { topic } = place();
      const buses = [await open(), await open()];
      await buses[0]?.publish(topic, eventsOf(12, keys));
      const recorders = [recorder(), recorder()];
      const subscriptions = buses.map((bus, i) => bus.subscribe({ topic }, recorders[i]?.handle ?? (async () => {})));
      await Promise.all(subscriptions.map(({ caughtUp }) => caughtUp));
      const next = eventsOf(24, keys, 50);
      await buses[0]?.publish(topic, next);
      await until(() => {
        for (const { ids } of recorders) expect([...ids()].sort()).toEqual([...idsOf(next)].sort());
      });
      const earlier = recorder();
      await buses[1]?.subscribe({ topic, from: "earliest" }, earlier.handle).caughtUp;
      expect(earlier.ids()).toHaveLength(36);
      const rejecting = recorder(async () => {
        throw new Error("no");
      });
      const failing = { topic, from: "earliest", maxAttempts: 1, firstPauseMs: 1 } as const;
      await buses[1]?.subscribe(failing, rejecting.handle).caughtUp;
      expect(new Set(rejecting.ids()).size).toBe(36);
    });

    it("lets a group that is too far behind know that it lost events, and goes on with the oldest that there are", async () => {
      const { topic, group } = place();
      const bus = await open({ maxEvents: 200 });
      const running = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const happened: string[] = [];
      const onLost = (): void => void happened.push("lost");
      bus.subscribe({ topic, group, maxBatch: 1, onLost }, async (events) => {
        happened.push(...idsOf(events));
        running.resolve();
        await goOn.promise;
      });
      await bus.publish(topic, [eventOf("k:0", "k")]);
      await running.promise;
      for (let i = 0; i < 4; i++) await bus.publish(topic, eventsOf(300, ["k"], 1 + i * 300));
      goOn.resolve();
      await until(() => expect(happened.at(-1)).toBe("k:1200"));
      const lostAt = happened.indexOf("lost");
      expect(lostAt).toBeGreaterThan(0);
      // What was read before they went is handed over, too.
      expect(happened.filter((it) => it === "lost")).toHaveLength(1);
      const numbers = happened.filter((it) => it !== "lost").map((id) => Number(id.slice(2)));
      expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers.length).toBeGreaterThan(200);
      expect(numbers.length).toBeLessThan(700);
    });

    it("forgets old events once all groups have handled them, and none before", async () => {
      const { topic } = place();
      const options = { keepMs: 1, partitions: 1 };
      const bus = await open(options);
      const goOn = Promise.withResolvers<void>();
      await bus.subscribe({ topic, group: "slow" }, () => goOn.promise).started;
      await bus.publish(topic, eventsOf(50, ["k"]));
      /** How many are there for a group that is new. A bus tidies up when it publishes for the first time. */
      const left = async (group: string): Promise<number> => {
        const got = recorder();
        await bus.subscribe({ topic, group, from: "earliest" }, got.handle).caughtUp;
        return got.ids().length;
      };
      await sleep(5);
      await (await open(options)).publish(topic, [eventOf("second", "k")]);
      await sleep(50);
      expect(await left("first")).toBe(51);
      goOn.resolve();
      let attempt = 0;
      await until(async () => {
        await (await open(options)).publish(topic, [eventOf(`third-${attempt}`, "k")]);
        await sleep(20);
        expect(await left(`group-${attempt++}`)).toBeLessThan(5);
      });
    });

    it("uses a topic as it is, also where it is opened with another number of partitions", async () => {
      const { topic, group } = place();
      const [two, five] = [await open({ partitions: 2 }), await open({ partitions: 5 })];
      const first = eventsOf(36, keys);
      const then = eventsOf(36, keys, 3);
      await two.publish(topic, first);
      await five.publish(topic, then);
      const got = recorder();
      await Promise.all([two, five].map((bus) => bus.subscribe({ topic, group }, got.handle).caughtUp));
      await until(() => expect(got.ids()).toHaveLength(72));
      for (const key of keys) {
        expect(got.ids().filter((id) => id.startsWith(`${key}:`))).toEqual(
          [0, 1, 2, 3, 4, 5].map((i) => `${key}:${i}`),
        );
      }
    });

    it("refuses names that no server could have", async () => {
      const bus = await open();
      const handle = async (): Promise<void> => undefined;
      for (const wrong of ["", "a.b", "a b", "a*", "ü", "x".repeat(101)]) {
        expect(() => bus.subscribe({ topic: wrong, group: "g" }, handle)).toThrow(TypeError);
        expect(() => bus.subscribe({ topic: "t", group: wrong }, handle)).toThrow(TypeError);
        expect(() => bus.deadLetters("t", wrong)).toThrow(TypeError);
        await expect(bus.publish(wrong, [])).rejects.toThrow(TypeError);
      }
      expect(() => bus.subscribe({ topic: "t", group: "g", maxBatch: 0 }, handle)).toThrow("maxBatch");
      expect(() => bus.subscribe({ topic: "t", group: "g", maxAttempts: 1.5 }, handle)).toThrow("maxAttempts");
    });
  });
}
