import { describe, expect, it } from "vitest";
import { changesTopic, type EventBus, type MeshEvent, rowChanged, versionPublished } from "#events";
import { followChanges } from "./follow-changes.ts";
import type { InvalidationOrder } from "./invalidator.ts";

type Subscribed = Parameters<EventBus["subscribe"]>[0];
type EventHandler = Parameters<EventBus["subscribe"]>[1];

/** A bus that hands over what a test gives it; and what became of that. */
function follow(group?: string) {
  const orders: InvalidationOrder[] = [];
  let handle: EventHandler = () => Promise.reject(new Error("nobody has subscribed"));
  let options: Subscribed | undefined;
  let failures = 0;
  const bus: Pick<EventBus, "subscribe"> = {
    subscribe(given, handler) {
      [options, handle] = [given, handler];
      const started = Promise.resolve();
      return { started, caughtUp: started, close: () => started };
    },
  };
  followChanges(bus, {
    group,
    async invalidate(order) {
      if (failures-- > 0) throw new Error("the gateway ends");
      orders.push(order);
    },
  });
  return {
    orders,
    options: () => options,
    hand: async (...events: readonly MeshEvent[]): Promise<void> => {
      await handle(events);
    },
    failNext: (times = 1) => {
      failures = times;
    },
  };
}

const source = (product: string, time = 1_000) => ({ domain: "sales", product, time: new Date(time) });
const published = (product: string, version: number, productVersion = "1.0.0", time?: number) =>
  versionPublished(source(product, time), { product, version, productVersion });
const row = (product: string, entity: string, key?: Readonly<Record<string, string>>) =>
  rowChanged(source(product), { product, entity, ...(key && { key }), change: "updated", version: 2 });
const firstHeard = (product: string, productVersion: string) => ({ kind: "otherVersions", product, productVersion });
const ends = { kind: "product", product: "orders" };

describe("what products tell", () => {
  it("is heard with the others of the group, from now on", () => {
    expect(follow("gateways").options()).toMatchObject({ topic: changesTopic, group: "gateways", from: "latest" });
    expect(follow().options()?.group).toBeUndefined();
  });

  it("is one invalidation for all that comes together, types once each", async () => {
    const { hand, orders } = follow();
    const id = { orderId: 'a,"b"\n__proto__' };
    await hand(
      row("orders", "Order", id),
      row("orders", "Line"),
      row("orders", "Line"),
      row("parts", "Line"),
      row("__proto__", "constructor"),
      published("orders", 3),
    );
    expect(orders).toEqual([
      {
        cause: "event",
        what: [
          { kind: "entity", type: "Order", key: id, product: "orders" },
          { kind: "rows", type: "Line", product: "orders" },
          { kind: "rows", type: "Line", product: "parts" },
          { kind: "rows", type: "constructor", product: "__proto__" },
          firstHeard("orders", "1.0.0"),
        ],
        versions: new Map([
          ["orders", { version: 3, at: 1_000 }],
          ["parts", { version: 2, at: 1_000 }],
          ["__proto__", { version: 2, at: 1_000 }],
        ]),
      },
    ]);
  });

  it("is nothing where nothing is told that concerns what is kept", async () => {
    const { hand, orders } = follow();
    const strange = { ...row("orders", "Order"), type: "io.datamesh.sales.Order.noticed.v1" };
    const broken = { ...published("orders", 1), data: { product: "orders", version: "1" } };
    await hand();
    await hand(strange, broken, { ...published("orders", 1), data: null });
    expect(orders).toEqual([]);
  });

  it("is the version that was published last, in whatever order it comes", async () => {
    const { hand, orders } = follow();
    await hand(
      published("orders", 9, "1.0.0", 10),
      published("orders", 1, "1.0.0", 30),
      published("orders", 5, "1.0.0", 20),
    );
    expect(orders[0]?.versions).toEqual(new Map([["orders", { version: 1, at: 30 }]]));
  });

  it("is told by rows that come before what tells that they were published, too", async () => {
    const { hand, orders } = follow();
    await hand(row("orders", "Order", { id: "1" }));
    expect(orders[0]?.versions).toEqual(new Map([["orders", { version: 2, at: 1_000 }]]));
  });

  it("has a time also where it was told in a second that was put in", async () => {
    const { hand, orders } = follow();
    const leap = "2016-12-31T23:59:60.5Z";
    await hand({ ...published("orders", 1), time: leap }, { ...published("parts", 1), time: "2016-12-31t23:59:60z" });
    const at = (product: string) => orders[0]?.versions?.get(product)?.at;
    expect([at("orders"), at("parts")]).toEqual([Date.UTC(2017, 0, 1) + 500, Date.UTC(2017, 0, 1)]);
  });
});

describe("a product in another version", () => {
  it("is ended as a whole, by the first that is heard of it if the graph has another, and not by the same again", async () => {
    const { hand, orders } = follow();
    await hand(published("orders", 1, "1.0.0"));
    await hand(published("orders", 2, "1.0.0"), published("parts", 1, "2.0.0"));
    await hand(published("orders", 3, "1.1.0"));
    await hand(published("orders", 4, "1.1.0"));
    expect(orders.map(({ what }) => what)).toEqual([
      [firstHeard("orders", "1.0.0")],
      [firstHeard("parts", "2.0.0")],
      [ends],
      [],
    ]);
  });

  it("is ended once for each time that it changes, within what comes together too", async () => {
    const { hand, orders } = follow();
    await hand(published("orders", 1, "1.0.0"), published("orders", 2, "1.1.0"), published("orders", 3, "1.0.0"));
    expect(orders[0]?.what).toEqual([firstHeard("orders", "1.0.0"), ends, ends]);
  });

  it("is ended when it is told again, if it could not be ended the first time", async () => {
    const { hand, orders, failNext } = follow();
    await hand(published("orders", 1, "1.0.0"));
    failNext();
    const next = published("orders", 2, "1.1.0");
    await expect(hand(next)).rejects.toThrow("the gateway ends");
    await hand(next);
    expect(orders.at(-1)?.what).toEqual([ends]);
  });
});

describe("what was lost", () => {
  it("ends everything, and does no harm when that cannot be carried out", async () => {
    const { options, orders, failNext } = follow();
    failNext();
    options()?.onLost?.();
    await Promise.resolve();
    expect(orders).toEqual([]);
    options()?.onLost?.();
    await Promise.resolve();
    expect(orders).toEqual([{ cause: "event", what: [{ kind: "all" }] }]);
  });
});
