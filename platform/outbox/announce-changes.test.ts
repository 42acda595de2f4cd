import { afterEach, describe, expect, it } from "vitest";
import type { MeshEvent } from "#events";
import type { LinkedProduct } from "#schema";
import { engines } from "../serving/engines.fixture.ts";
import { buildServedProduct } from "../serving/model/build-served-product.ts";
import { meshOf, product, publishRows, table } from "../serving/serving.fixture.ts";
import type { OutboxRow, Row, Storage } from "../storage/port.ts";
import { withChangeEvents } from "./with-change-events.ts";

const key = { type: "string", key: 0, required: true } as const;
const mode = { type: "string", enum: ["First Class", "Same Day"] } as const;
const shipped = product("shop", [table("orders", { columns: { order_id: key, mode, total: { type: "integer" } } })]);
const logged = product("shop", [table("entries", { columns: { text: { type: "string" } } })]);

describe.each(engines)("a publication on $name", (engine) => {
  const discards: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const discard of discards.splice(0)) await discard();
  });
  const open = async (): Promise<Storage> => {
    const { storage, discard } = await engine.open(shipped);
    discards.push(discard);
    return storage;
  };
  const telling = (storage: Storage, of: LinkedProduct, limit = 100): Storage =>
    withChangeEvents(storage, buildServedProduct(of, meshOf(of)), limit);
  const taken = async (storage: Storage): Promise<readonly OutboxRow[]> => {
    const rows: OutboxRow[] = [];
    await storage.drainOutbox(1_000, async (all) => void rows.push(...all));
    return rows;
  };
  /** `subject change`, of rows. */
  const told = async (storage: Storage): Promise<readonly string[]> =>
    (await taken(storage)).flatMap(({ payload }) => {
      const { subject, data } = JSON.parse(payload) as MeshEvent<{ readonly change?: string }>;
      return data.change === undefined ? [] : [`${subject} ${data.change}`];
    });
  const publish = async (storage: Storage, of: LinkedProduct, rows: readonly Row[]): Promise<readonly string[]> => {
    await publishRows(telling(storage, of), of, { [of.tables[0]?.output.name ?? ""]: rows });
    return told(storage);
  };
  const one = { order_id: "1", mode: "First Class", total: 1 };
  const two = { order_id: "2", mode: "Same Day", total: 2 };
  const test = it.skipIf(engine.missing !== undefined);

  test("tells events that others can route: in Debezium's columns, as CloudEvents", async () => {
    const storage = await open();
    await publish(storage, shipped, [one]);
    await publishRows(telling(storage, shipped), shipped, { orders: [{ ...one, total: 9 }, two] });
    const rows = await taken(storage);
    expect(rows.map(({ id: _, position: __, payload, ...row }) => ({ ...row, ...JSON.parse(payload) }))).toMatchObject([
      {
        aggregatetype: "changes",
        aggregateid: 'shop/Order/[["orderId","1"]]',
        type: "io.datamesh.sales.Order.changed.v1",
        specversion: "1.0",
        source: "urn:mesh:sales:shop",
        time: "2026-01-01T00:00:00.000Z",
        data: { product: "shop", entity: "Order", key: { orderId: "1" }, change: "updated", version: 2 },
      },
      { aggregateid: 'shop/Order/[["orderId","2"]]', data: { key: { orderId: "2" }, change: "created", version: 2 } },
      {
        aggregateid: "shop",
        type: "io.datamesh.sales.shop.published.v1",
        data: { product: "shop", version: 2, productVersion: "1.2.0" },
      },
    ]);
    for (const { id, payload } of rows) expect((JSON.parse(payload) as MeshEvent).id).toBe(id);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
  });

  test("tells what is the same nowhere, and still that it is published", async () => {
    const storage = await open();
    await publish(storage, shipped, [one, two]);
    await publishRows(telling(storage, shipped), shipped, { orders: [two, one] });
    expect((await taken(storage)).map(({ type }) => type)).toEqual(["io.datamesh.sales.shop.published.v1"]);
  });

  test("counts equal rows of a table without a key", async () => {
    const storage = await open();
    const [x, y] = [{ text: "x" }, { text: "y" }];
    expect(await publish(storage, logged, [x, x, y])).toEqual(["Entry replaced"]);
    expect(await publish(storage, logged, [y, x, x])).toEqual([]);
    expect(await publish(storage, logged, [x, y, y])).toEqual(["Entry replaced"]);
    expect(await publish(storage, logged, [y, y])).toEqual(["Entry replaced"]);
    expect(await publish(storage, logged, [])).toEqual(["Entry replaced"]);
    expect(await publish(storage, logged, [])).toEqual([]);
  });

  test("tells rows of nothing but a key", async () => {
    const storage = await open();
    const bare = product("shop", [table("orders", { columns: { order_id: key, line: { ...key, key: 1 } } })]);
    const [a, b] = [
      { order_id: "1", line: "a" },
      { order_id: "1", line: "b" },
    ];
    await publish(storage, bare, [a]);
    expect(await publish(storage, bare, [b])).toEqual([
      'Order/[["line","a"],["orderId","1"]] deleted',
      'Order/[["line","b"],["orderId","1"]] created',
    ]);
  });

  test("tells that any row may be another one when columns changed, in storage or only in the graph", async () => {
    const storage = await open();
    const any = ["Order replaced"];
    const columns = { order_id: key, mode, total: { type: "integer" } } as const;
    const changed = (change: object): LinkedProduct =>
      product("shop", [table("orders", { columns: { ...columns, ...change } })]);
    await publish(storage, shipped, [one]);
    expect(await publish(storage, changed({ total: { type: "long" } }), [{ ...one, total: 1n }])).toEqual(any);
    expect(await publish(storage, changed({ more: { type: "string" } }), [one])).toEqual(any);
    expect(await publish(storage, shipped, [one])).toEqual(any);
    expect(await publish(storage, changed({ mode: { type: "string" } }), [one])).toEqual(any);
    expect(await publish(storage, changed({ mode: { type: "string" } }), [one])).toEqual([]);
    expect(await publish(storage, changed({ mode: { ...mode, enum: [...mode.enum, "Other"] } }), [one])).toEqual(any);
  });

  test("tells it, too, when a version was made of which nothing was told", async () => {
    const storage = await open();
    await publish(storage, shipped, [one]);
    await publishRows(storage, shipped, { orders: [two] });
    expect(await taken(storage)).toEqual([]);
    expect(await publish(storage, shipped, [two])).toEqual(["Order replaced"]);
    expect(await publish(storage, shipped, [one])).toEqual([
      'Order/[["orderId","1"]] created',
      'Order/[["orderId","2"]] deleted',
    ]);
  });

  test("tells it of an output that is new, and nothing of one that is gone", async () => {
    const storage = await open();
    const both = product("shop", [...shipped.tables, ...logged.tables]);
    await publish(storage, shipped, [one]);
    expect(await publish(storage, both, [one])).toEqual(["Entry replaced"]);
    expect(await publish(storage, shipped, [one])).toEqual([]);
  });

  test("tells it of a column that is sealed, unless it was copied as it is", async () => {
    const storage = await open();
    const sealed = product("shop", [
      table("orders", { columns: { order_id: key, secret: { type: "string", encrypt: true } } }),
    ]);
    await publish(storage, sealed, [{ order_id: "1", secret: "one nonce" }]);
    expect(await publish(storage, sealed, [{ order_id: "1", secret: "one nonce" }])).toEqual([]);
    expect(await publish(storage, sealed, [{ order_id: "1", secret: "another nonce" }])).toEqual(["Order replaced"]);
  });

  test("tells it of a key that the graph cannot show", async () => {
    const storage = await open();
    const odd = product("shop", [
      table("orders", { columns: { order_id: { ...key, enum: ["a"] }, total: { type: "integer" } } }),
    ]);
    await publish(storage, odd, [{ order_id: "a", total: 1 }]);
    expect(await publish(storage, odd, [{ order_id: "a", total: 2 }])).toEqual(['Order/[["orderId","A"]] updated']);
    expect(await publish(storage, odd, [{ order_id: "b", total: 2 }])).toEqual(["Order replaced"]);
  });

  test("tells nothing when it fails", async () => {
    const storage = await open();
    await publish(storage, shipped, [one]);
    // The output is not made.
    const failing = telling(storage, shipped).publish(async () => ({ fingerprint: "f", publishedAt: new Date() }));
    await expect(failing).rejects.toThrow();
    expect(storage.published()?.version).toBe(1);
    expect(await publish(storage, shipped, [one, two])).toEqual(['Order/[["orderId","2"]] created']);
  });
});
