import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EventBus, MeshEvent } from "#events";
import { createTestMesh, productOf, type TestMesh } from "../product.fixture.ts";
import type { ProductsOptions } from "../products.fixture.ts";
import { busUnavailable, createRecordingBus, type RecordingBus } from "./recording-bus.fixture.ts";

const manifest = (more = ""): string => `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: visits, domain: shops, team: team, version: 1.2.0 }
spec:
  inputs:
    - { name: raw, type: batch, source: visits.csv, format: csv, mode: snapshot, schema: [{ name: visit_id, type: string, required: true }, { name: customer_id, type: string }, { name: seen_on, type: date }] }
  outputs:
    - type: table
      name: visits
      schema:
        - { name: visit_id, type: string, key: true }
        - { name: customer_id, type: string, subject: true }
        - { name: seen_on, type: date }
  governance: { retention: { period: 1y, field: seen_on, action: delete }${more} }
`;
const header = "visit_id,customer_id,seen_on";

describe("a product tells what changed", () => {
  let test: TestMesh;
  let bus: RecordingBus;
  let now = new Date("2026-01-31T12:00:00Z");
  beforeEach(async () => {
    now = new Date("2026-01-31T12:00:00Z");
    bus = createRecordingBus();
    test = await createTestMesh();
    await test.write("visits/product.yaml", manifest());
    await test.write("visits/visits.csv", `${header}\nv1,customer-one,2025-12-01\nv2,customer-two,2025-06-01\n`);
  });
  afterEach(() => test.dispose());

  const start = async (options: Partial<ProductsOptions> = {}) => {
    // A product only publishes.
    const events = bus as unknown as EventBus;
    const products = await test.products(["visits"], { now: () => now, events, ...options });
    await products.start();
    return productOf(products, "visits");
  };
  const told = (): readonly string[] =>
    (bus.taken as readonly MeshEvent<{ readonly change?: string; readonly version: number }>[]).map(
      ({ subject, data }) => `${data.version} ${subject} ${data.change ?? "published"}`,
    );
  const notices = (): readonly string[] =>
    test.events.flatMap((event) => (event.kind === "notice" ? [event.message] : []));

  it("when it publishes, and nothing when it does not", async () => {
    const product = await start();
    await product.drained();
    expect(told()).toEqual(["1 Visit replaced", "1 visits published"]);
    await product.refresh();
    await product.drained();
    expect(told()).toHaveLength(2);
    await test.write("visits/visits.csv", `${header}\nv1,customer-one,2025-12-02\nv3,c3,2025-06-01\n`);
    await product.refresh();
    await product.drained();
    expect(told().slice(2)).toEqual([
      '2 Visit/[["visitId","v1"]] updated',
      '2 Visit/[["visitId","v2"]] deleted',
      '2 Visit/[["visitId","v3"]] created',
      "2 visits published",
    ]);
    expect(test.events.filter(({ kind }) => kind === "handed-on")).toMatchObject([{ events: 2 }, { events: 4 }]);
    expect(bus.taken[2]).toMatchObject({ source: "urn:mesh:shops:visits", time: "2026-01-31T12:00:00.000Z" });
    expect(test.faults).toEqual([]);
  });

  it("when a person is erased and when rows grow too old", async () => {
    const product = await start();
    await product.drained();
    await product.forget({ matcher: () => (value) => value === "customer-one" });
    now = new Date("2026-06-30T12:00:00Z");
    await product.retain();
    await product.drained();
    expect(told().slice(2)).toEqual([
      '2 Visit/[["visitId","v1"]] deleted',
      "2 visits published",
      '3 Visit/[["visitId","v2"]] deleted',
      "3 visits published",
    ]);
    // No name of the person is on the bus.
    expect(JSON.stringify(bus.taken)).not.toContain("customer-");
  });

  it("only that any row may have changed, beyond a number of rows", async () => {
    const product = await start({ maxRowEvents: 1 });
    await test.write("visits/visits.csv", `${header}\nv3,customer-one,2025-12-02\n`);
    await product.refresh();
    await product.drained();
    expect(told().slice(2)).toEqual(["2 Visit replaced", "2 visits published"]);
  });

  it("later, when the bus was away, also after a restart; and publishes and answers meanwhile", async () => {
    bus.onPublish(() => {
      throw busUnavailable();
    });
    const product = await start();
    expect(product.status).toMatchObject({ state: "serving", version: 1 });
    await test.write("visits/visits.csv", `${header}\nv1,customer-one,2025-12-01\n`);
    await product.refresh();
    expect(product.status).toMatchObject({ state: "serving", version: 2, reason: undefined });
    await expect(product.drained(20)).rejects.toMatchObject({ code: "EVENTS_WAITING" });
    expect(notices()).toEqual([
      'Events of product "visits" cannot be handed on (BUS_UNAVAILABLE). They wait in its outbox and are tried again.',
    ]);
    await product.close();
    bus.onPublish(() => undefined);
    const again = await start();
    await again.drained();
    expect(told()).toEqual([
      "1 Visit replaced",
      "1 visits published",
      '2 Visit/[["visitId","v2"]] deleted',
      "2 visits published",
    ]);
  });

  it("to nobody without a bus, and makes up for it when it gets one", async () => {
    const alone = await start({ events: undefined });
    await alone.drained();
    await alone.close();
    const product = await start();
    await product.drained();
    expect(told()).toEqual([]);
    await test.write("visits/visits.csv", `${header}\nv1,customer-one,2025-12-01\n`);
    await product.refresh();
    await product.drained();
    expect(told()).toEqual(["2 Visit replaced", "2 visits published"]);
  });

  it("closes while the bus does not answer", async () => {
    bus.onPublish(() => new Promise(() => undefined));
    const product = await start();
    await expect.poll(() => bus.calls).toBe(1);
    const begun = performance.now();
    await product.close();
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(product.status.state).toBe("closed");
  });
});
