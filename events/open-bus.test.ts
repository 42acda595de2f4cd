import { describe, expect, it } from "vitest";
import { eventOf, recorder, silentLogger } from "./events.fixture.ts";
import { openEventBus } from "./open-bus.ts";

const observer = { logger: silentLogger };

describe("opening the bus", () => {
  it("without an address is one in this process", async () => {
    const bus = await openEventBus(undefined, {}, observer);
    const got = recorder();
    await bus.publish("topic", [eventOf("1", "k")]);
    await bus.subscribe({ topic: "topic", group: "group" }, got.handle).caughtUp;
    expect(got.ids()).toEqual(["1"]);
    await bus.close();
  });

  it.each([
    ["kafka://one:9092", "nats://host:4222"],
    ["secret", "redis://host:6379"],
    ["redis://one:99999", "host:port"],
    ["redis+sentinel://one", "/name"],
    ["nats://one:99999", "host:port"],
    ["redis://me:se%cret@one", "%25"],
  ])("is refused for an address that cannot be read, with one that can: %s", async (url, words) => {
    const opening = openEventBus(url, {}, observer);
    await expect(opening).rejects.toThrow(expect.objectContaining({ code: "BUS_ADDRESS_INVALID" }));
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.not.toThrow("cret");
  });

  it.each(["redis://127.0.0.1:1", "redis+cluster://127.0.0.1:1", "nats://127.0.0.1:1"])(
    "ends where no server is: %s",
    async (url) => {
      const lines: object[] = [];
      const logger = { info: () => undefined, warn: (fields: object) => void lines.push(fields) };
      const bus = await openEventBus(url, {}, { logger });
      const subscription = bus.subscribe({ topic: "topic", group: "group" }, async () => undefined);
      await expect(bus.publish("topic", [eventOf("1", "k")])).rejects.toThrow(
        expect.objectContaining({ code: "BUS_UNAVAILABLE" }),
      );
      await bus.close();
      await expect(subscription.started).rejects.toThrow(expect.objectContaining({ code: "BUS_UNAVAILABLE" }));
      expect(lines.length).toBeLessThan(4);
    },
  );

  it("refuses options that mean nothing", async () => {
    for (const wrong of [{ prefix: "a:b" }, { partitions: 0 }, { leaseMs: -1 }, { maxEvents: 1.5 }]) {
      await expect(openEventBus(undefined, wrong, observer)).rejects.toThrow(TypeError);
    }
  });
});
