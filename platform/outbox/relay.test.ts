import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rowChanged } from "#events";
import { engines } from "../serving/engines.fixture.ts";
import { product } from "../serving/serving.fixture.ts";
import { createDuckDBStorage } from "../storage/duckdb.ts";
import { appendToOutbox } from "../storage/outbox.ts";
import type { OutboxRow, Storage } from "../storage/port.ts";
import { busUnavailable, createRecordingBus, type RecordingBus } from "./recording-bus.fixture.ts";
import { type Relay, type RelayOptions, reasonOf, startRelay } from "./relay.ts";

const source = { domain: "sales", product: "orders", time: new Date(0) };

type Change = (row: Omit<OutboxRow, "position">) => object;

/** Publishes a version that tells of so many rows. */
async function publishTo(storage: Storage, version: number, count = 1, change: Change = (it) => it): Promise<void> {
  await storage.publish(async (draft) => {
    await draft.createOutput("rows", [{ name: "a", type: { kind: "integer" } }], { key: [], indexed: [] }, "select 1");
    const rows = Array.from({ length: count }, (_, index) => {
      const row = {
        product: "orders",
        entity: "Order",
        change: "updated",
        version,
        key: { id: String(index) },
      } as const;
      const event = rowChanged(source, row);
      const { id, type, partitionkey: aggregateid } = event;
      const written = { id, aggregatetype: "changes", aggregateid, type, payload: JSON.stringify(event) };
      return { ...written, ...change(written) };
    });
    await appendToOutbox(draft, rows);
    return { fingerprint: String(version), publishedAt: new Date() };
  });
}

const [, postgres] = engines;

it.skipIf(postgres?.missing !== undefined)(
  "what another process published and left behind is handed on by those that live",
  async () => {
    const opened = await postgres?.open(product("orders", []));
    if (opened?.beside === undefined) throw new Error("no PostgreSQL");
    const bus = createRecordingBus();
    const relay = (storage: Storage): Relay =>
      startRelay({ product: "orders", storage, bus, batchSize: 2, lookEveryMs: 20 });
    const relays = [relay(opened.storage)];
    try {
      await relays[0]?.drained(5_000);
      const gone = await opened.beside();
      await publishTo(gone, 1, 3);
      await gone.close();
      await expect.poll(() => bus.taken.length).toBe(3);
      // Two that live share the work.
      relays.push(relay(await opened.beside()));
      for (const version of [2, 3, 4]) {
        await publishTo(opened.storage, version, 3);
        for (const each of relays) each.wake();
      }
      for (const each of relays) await each.drained(5_000);
      const versions = bus.taken.map(({ data }) => (data as { version: number }).version);
      expect(versions).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    } finally {
      for (const each of relays) await each.close(1_000);
      await opened.discard();
    }
  },
);

describe("the relay", () => {
  let storage: Storage;
  let bus: RecordingBus;
  let relay: Relay | undefined;
  const trouble: string[] = [];
  beforeEach(async () => {
    storage = createDuckDBStorage({ product: "orders", file: ":memory:" });
    await storage.open();
    bus = createRecordingBus();
    trouble.length = 0;
  });
  afterEach(async () => {
    await relay?.close(0);
    await storage.close();
  });

  const start = (options: Partial<RelayOptions> = {}): Relay => {
    relay = startRelay({
      product: "orders",
      storage,
      bus,
      firstPauseMs: 5,
      longestPauseMs: 40,
      lookEveryMs: 60_000,
      onTrouble: (error) => trouble.push(error === undefined ? "over" : reasonOf(error)),
      ...options,
    });
    return relay;
  };
  const publish = (version: number, count?: number, change?: Change): Promise<void> =>
    publishTo(storage, version, count, change);
  const versions = (): readonly number[] => bus.taken.map(({ data }) => (data as { version: number }).version);

  it("hands on what was left over when it starts, and what is published when it is woken", async () => {
    await publish(1);
    await start().drained(5_000);
    expect(versions()).toEqual([1]);
    await publish(2);
    relay?.wake();
    await expect.poll(versions).toEqual([1, 2]);
    expect(bus.calls).toBe(2);
  });

  it("looks by itself every so often", async () => {
    await start({ lookEveryMs: 20 }).drained(5_000);
    await publish(1);
    await expect.poll(versions).toEqual([1]);
  });

  it("hands on batch by batch, never two at once, and nothing while the bus has not answered", async () => {
    await publish(1, 7);
    let release: () => void = () => undefined;
    let isWorking = false;
    bus.onPublish(async (events) => {
      expect(isWorking).toBe(false);
      expect(events.length).toBeLessThanOrEqual(3);
      isWorking = true;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      isWorking = false;
    });
    start({ batchSize: 3 });
    for (const calls of [1, 2, 3]) {
      await expect.poll(() => bus.calls).toBe(calls);
      await publish(calls + 1);
      relay?.wake();
      release();
    }
    bus.onPublish(() => undefined);
    await relay?.drained(5_000);
    expect(versions()).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 3, 4]);
  });

  it("tries again after pauses that grow, in the same order, and tells of trouble once", async () => {
    const at: number[] = [];
    let failures = 5;
    bus.onPublish(() => {
      at.push(performance.now());
      if (failures-- > 0) throw busUnavailable();
    });
    await publish(1);
    await publish(2);
    start();
    await expect.poll(versions).toEqual([1, 2]);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    // 5, 10, 20, 40, 40; timers may be late, never early by more than their grain.
    [5, 10, 20, 40, 40].forEach((least, index) => {
      expect(pauses[index]).toBeGreaterThan(least - 2);
    });
    await expect.poll(() => trouble).toEqual(["BUS_UNAVAILABLE", "over"]);
  });

  it("sends again what the bus took without saying so, under the same ids", async () => {
    await publish(1, 2);
    let isFirst = true;
    bus.afterPublish(() => {
      if (isFirst) {
        isFirst = false;
        throw busUnavailable();
      }
    });
    await start().drained(5_000);
    const ids = bus.taken.map(({ id }) => id);
    expect(ids).toHaveLength(4);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  it("does not hurry because something new is published, and does for who waits", async () => {
    bus.onPublish(() => {
      throw busUnavailable();
    });
    await publish(1);
    start({ firstPauseMs: 60_000, longestPauseMs: 60_000 });
    await expect.poll(() => bus.calls).toBe(1);
    relay?.wake();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(bus.calls).toBe(1);
    bus.onPublish(() => undefined);
    await relay?.drained(5_000);
    expect(versions()).toEqual([1]);
  });

  it("says why it has not told everything in time, and goes on", async () => {
    bus.onPublish(() => {
      throw busUnavailable();
    });
    await publish(1);
    start();
    await expect(relay?.drained(30)).rejects.toMatchObject({
      code: "EVENTS_WAITING",
      message:
        'Product "orders": not all of its events are told after 30 ms (BUS_UNAVAILABLE). What it has published is told as soon as the event bus takes it.',
    });
    bus.onPublish(() => undefined);
    await expect.poll(versions).toEqual([1]);
  });

  it("takes a bus that never answers for one that has failed", async () => {
    await publish(1);
    let isFirst = true;
    bus.onPublish(() => {
      const never = isFirst ? new Promise<void>(() => undefined) : undefined;
      isFirst = false;
      return never;
    });
    await start({ answerWithinMs: 30 }).drained(5_000);
    expect(versions()).toEqual([1]);
    expect(trouble).toEqual(["TimeoutError", "over"]);
  });

  it("waits for what was published before, not for what comes after", async () => {
    await publish(1);
    start();
    let version = 1;
    bus.onPublish(async () => {
      if (version < 4) await publish(++version);
      relay?.wake();
    });
    await relay?.drained(5_000);
    expect(versions()[0]).toBe(1);
    await expect.poll(versions).toEqual([1, 2, 3, 4]);
  });

  it("leaves out what is no event any more, and says which", async () => {
    const broken: string[] = [];
    let number = 0;
    await publish(1, 4, ({ id }) => {
      number += 1;
      if (number === 2) return { payload: "{" };
      return number === 3 ? { payload: JSON.stringify({ id: `not ${id}` }) } : {};
    });
    await start({ onBroken: (id) => broken.push(id) }).drained(5_000);
    expect(bus.taken).toHaveLength(2);
    expect(broken).toHaveLength(2);
    expect(bus.taken.map(({ id }) => id)).not.toEqual(expect.arrayContaining(broken));
  });

  it("lets others go on that drain the same outbox", async () => {
    await publish(1);
    let release: () => void = () => undefined;
    const other = storage.drainOutbox(10, () => new Promise((resolve) => (release = resolve)));
    start();
    const waiting = relay?.drained(5_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(bus.calls).toBe(0);
    release();
    await other;
    await waiting;
    expect(bus.calls).toBe(0);
  });

  describe("when it is closed", () => {
    it("lets the batch end that is under way", async () => {
      await publish(1, 4);
      let release: () => void = () => undefined;
      bus.onPublish(() => new Promise((resolve) => (release = resolve)));
      start({ batchSize: 2 });
      await expect.poll(() => bus.calls).toBe(1);
      const closed = relay?.close(5_000);
      release();
      await closed;
      expect(versions()).toEqual([1, 1]);
      expect(await storage.drainOutbox(10, async () => undefined)).toBe(2);
    });

    it("does not wait for ever, and tells those who wait", async () => {
      await publish(1);
      bus.onPublish(() => new Promise(() => undefined));
      start();
      await expect.poll(() => bus.calls).toBe(1);
      const waiting = relay?.drained(60_000);
      const refused = expect(waiting).rejects.toMatchObject({ code: "EVENTS_WAITING" });
      await relay?.close(10);
      await refused;
      await expect(relay?.drained(10)).rejects.toMatchObject({ code: "EVENTS_WAITING" });
      expect(await storage.drainOutbox(10, async () => undefined)).toBe(1);
    });
  });
});
