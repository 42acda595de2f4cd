import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type EventBus, type EventHandler, rowChanged, type SubscribeOptions } from "#events";
import type { InvalidationOrder } from "#gateway";
import { type EventsToFollow, followEvents } from "./follow-events.ts";

/** A bus that starts, and is caught up with, when it is told. */
function createBus() {
  const started = Promise.withResolvers<void>();
  const caughtUp = Promise.withResolvers<void>();
  let handle: EventHandler = () => Promise.reject(new Error("nobody has subscribed"));
  let options: SubscribeOptions | undefined;
  let isClosed = false;
  const bus: Pick<EventBus, "subscribe"> = {
    subscribe(given, handler) {
      options = given;
      handle = handler;
      return {
        started: started.promise,
        caughtUp: caughtUp.promise,
        async close() {
          isClosed = true;
        },
      };
    },
  };
  return {
    bus,
    start: () => started.resolve(),
    catchUp: () => caughtUp.resolve(),
    hand: (...events: Parameters<EventHandler>[0]) => handle(events),
    group: () => options?.group,
    isClosed: () => isClosed,
  };
}

const changed = rowChanged(
  { domain: "sales", product: "orders", time: new Date(0) },
  { product: "orders", entity: "Order", key: { orderId: "1" }, change: "updated", version: 2 },
);

function setup(change: Partial<EventsToFollow> = {}) {
  const told = createBus();
  const orders: InvalidationOrder[] = [];
  const follow = (carryOut = async (order: InvalidationOrder): Promise<void> => void orders.push(order)) =>
    followEvents(
      { bus: told.bus, isInProcess: false, isSharedWork: true, productsHere: () => ["orders", "parts"], ...change },
      carryOut,
      { limitMs: 20 },
    );
  return { told, orders, follow };
}

describe("following the event bus", () => {
  it("carries out what is told, and is caught up when that is done", async () => {
    const { told, orders, follow } = setup();
    told.start();
    const following = await follow();
    await told.hand(changed);
    expect(orders).toMatchObject([{ cause: "event" }]);
    let isCaughtUp = false;
    void following.caughtUp.then(() => {
      isCaughtUp = true;
    });
    await turn();
    expect(isCaughtUp).toBe(false);
    told.catchUp();
    await following.caughtUp;
    expect(orders.length).toBe(1);
  });

  it.each([
    { isSharedWork: true, group: "gateway-cache" },
    { isSharedWork: false, group: undefined },
  ])(
    "shares the work with those whom it tells, and with nobody else: $isSharedWork",
    async ({ isSharedWork, group }) => {
      const { told, follow } = setup({ isSharedWork });
      told.start();
      await follow();
      expect(told.group()).toBe(group);
    },
  );

  it("does not wait long for a bus that is not there, and ends everything when it comes: nobody told meanwhile", async () => {
    const { told, orders, follow } = setup();
    const following = await follow();
    expect(orders).toEqual([]);
    told.start();
    told.catchUp();
    await following.caughtUp;
    expect(orders).toEqual([{ cause: "event", what: [{ kind: "all" }] }]);
  });

  it("ends what is shared of the products here when the bus began with the process", async () => {
    const { told, orders, follow } = setup({ isInProcess: true });
    told.start();
    told.catchUp();
    await (await follow()).caughtUp;
    expect(orders).toEqual([
      {
        cause: "event",
        what: [
          { kind: "product", product: "orders" },
          { kind: "product", product: "parts" },
        ],
      },
    ]);
    const alone = setup({ isInProcess: true, isSharedWork: false });
    alone.told.start();
    alone.told.catchUp();
    await (await alone.follow()).caughtUp;
    expect(alone.orders).toEqual([]);
  });

  it("lets nobody wait when it is closed: what is not done yet is handed out again", async () => {
    const { told, follow } = setup();
    told.start();
    const following = await follow(() => new Promise(() => undefined));
    const handed = told.hand(changed);
    await following.close();
    await expect(handed).rejects.toThrow("the gateway is closing");
    expect(told.isClosed()).toBe(true);
  });
});
