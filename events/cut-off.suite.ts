/** What `bus.ts` promises also holds when the server is not there, goes, is silent and comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { TcpProxy } from "../test/tcp-proxy.ts";
import type { BusServer } from "./bus.suite.ts";
import type { EventBus } from "./bus.ts";
import type { BusLogger } from "./bus-options.ts";
import type { MeshEvent } from "./envelope.ts";
import { eventOf, eventsOf, idsOf, ownName, recorder } from "./events.fixture.ts";

const keys = ["a", "b", "c"];
const waitMs = 20_000;
const unavailable = expect.objectContaining({ code: "BUS_UNAVAILABLE" });

export function cutOffSuite(
  name: string,
  start: () => Promise<BusServer>,
  startProxy: (url: string) => Promise<TcpProxy>,
  missing?: string,
): void {
  const title = `when the server of the event bus ${name} is cut off${missing === undefined ? "" : ` (${missing})`}`;
  describe.skipIf(missing !== undefined)(title, () => {
    let server: BusServer;
    let proxy: TcpProxy;
    let lines: string[];
    const opened: EventBus[] = [];
    /** By way of the proxy. */
    const open = async (): Promise<EventBus> => {
      const note = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
      const logger: BusLogger = { info: note, warn: note };
      const bus = await server.open({ url: proxy.url, leaseMs: 1_500, timeoutMs: 300, logger });
      opened.push(bus);
      return bus;
    };
    const until = (check: () => void | Promise<void>): Promise<void> =>
      vi.waitFor(check, { timeout: waitMs, interval: 10 });
    /** As an outbox does it: again, until it is kept. */
    const publish = async (bus: EventBus, topic: string, events: readonly MeshEvent[]): Promise<void> => {
      for (;;) {
        try {
          return await bus.publish(topic, events);
        } catch (error) {
          expect(error).toEqual(unavailable);
          await sleep(50);
        }
      }
    };

    beforeAll(async () => {
      server = await start();
    });
    beforeEach(async () => {
      lines = [];
      proxy = await startProxy(server.url);
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
      await proxy.close();
    });
    afterAll(() => server.close());

    it("a bus can be opened and subscribed to; it begins when the server is there", async () => {
      const topic = ownName("topic");
      await proxy.cut();
      const bus = await open();
      const got = recorder();
      const { started, caughtUp } = bus.subscribe({ topic, group: "group" }, got.handle);
      await expect(bus.publish(topic, [eventOf("early", "k")])).rejects.toThrow(unavailable);
      await expect(bus.deadLetters(topic, "group").list(1)).rejects.toThrow(unavailable);
      const unstarted = bus.subscribe({ topic, group: "other" }, got.handle);
      await unstarted.close();
      await expect(unstarted.started).rejects.toThrow(unavailable);
      await proxy.restore();
      await Promise.all([started, caughtUp]);
      await publish(bus, topic, [eventOf("late", "k")]);
      await until(() => expect(got.ids()).toEqual(["late"]));
      expect(lines.length).toBeLessThan(10);
      expect(lines.join()).not.toMatch(/early|late|127\.0\.0\.1/);
    });

    it("nothing is lost and the order is kept while it comes and goes, and all goes on by itself", async () => {
      const topic = ownName("topic");
      const [far, near] = [await open(), await server.open({ leaseMs: 1_500 })];
      opened.push(near);
      const got = recorder(() => sleep(5));
      far.subscribe({ topic, group: "group", maxBatch: 4 }, got.handle);
      const published: MeshEvent[] = [];
      let isOver = false;
      const publishing = (async () => {
        for (let i = 0; !isOver; i++) {
          const events = eventsOf(6, keys, i * 2);
          await publish(far, topic, events);
          published.push(...events);
          await sleep(5);
        }
      })();
      for (const pauseMs of [100, 700]) {
        await sleep(150);
        await proxy.cut();
        await sleep(pauseMs);
        await proxy.restore();
      }
      const before = published.length;
      await until(() => expect(published.length).toBeGreaterThan(before + 30));
      isOver = true;
      await publishing;
      await near.subscribe({ topic, group: "group" }, got.handle).caughtUp;
      await until(() => expect(new Set(got.ids())).toEqual(new Set(idsOf(published))));
      for (const key of keys) {
        const first = [...new Set(got.ids())].filter((id) => id.startsWith(`${key}:`));
        expect(first).toEqual(idsOf(published).filter((id) => id.startsWith(`${key}:`)));
      }
    });

    it("others take over from who is cut off, and share with it again when it is back", async () => {
      const topic = ownName("topic");
      const [far, near] = [await open(), await server.open({ leaseMs: 1_500 })];
      opened.push(near);
      const [one, two] = [recorder(), recorder()];
      const here = far.subscribe({ topic, group: "group" }, one.handle);
      await here.started;
      const there = near.subscribe({ topic, group: "group" }, two.handle);
      await there.started;
      await proxy.cut();
      const many = eventsOf(
        40,
        Array.from({ length: 40 }, (_, i) => `key-${i}`),
      );
      await near.publish(topic, many);
      await until(() => expect(two.ids()).toHaveLength(40));
      await proxy.restore();
      let round = 0;
      await until(async () => {
        await near.publish(
          topic,
          eventsOf(
            40,
            Array.from({ length: 40 }, (_, i) => `key-${i}`),
            ++round,
          ),
        );
        await sleep(50);
        expect(one.ids().length).toBeGreaterThan(0);
      });
    });

    it("a silent server costs no more than the time of a command, and is left for a new connection", async () => {
      const topic = ownName("topic");
      const bus = await open();
      const got = recorder();
      await bus.subscribe({ topic, group: "group" }, got.handle).started;
      await bus.publish(topic, [eventOf("1", "k")]);
      await until(() => expect(got.ids()).toEqual(["1"]));
      proxy.silence(true);
      const asked = performance.now();
      await expect(bus.publish(topic, [eventOf("2", "k")])).rejects.toThrow(unavailable);
      expect(performance.now() - asked).toBeLessThan(2_000);
      await sleep(300);
      proxy.silence(false);
      await publish(bus, topic, [eventOf("3", "k")]);
      await until(() => expect(got.ids()).toContain("3"));
    });
  });
}
