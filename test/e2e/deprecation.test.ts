/** What is going away says so in every answer that touches it, and in the metrics. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await startExampleMesh();
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
});

describe("an operation with deprecated fields", () => {
  const query = `{ order(orderId: "CA-2016-152156") { shipMode orderLines { nodes { product { subCategoryName } } } } }`;

  it("says since when and until when in RFC 9745 and RFC 8594 headers: the earliest of each", async () => {
    const { headers } = await mesh.ask(query);
    // A date without a time ends with its day. products.sub_category_name since 2026-03-31 until 2027-03-31, orders.ship_mode three months later.
    expect(headers.get("deprecation")).toBe(`@${Date.UTC(2026, 2, 31) / 1000}`);
    expect(headers.get("sunset")).toBe("Wed, 31 Mar 2027 23:59:59 GMT");
  });

  it("names every deprecated coordinate with its reason, replacement, dates, product and owner", async () => {
    const { body } = await mesh.ask(query);
    expect(body.extensions?.deprecations).toEqual([
      expect.objectContaining({
        coordinate: "Order.shipMode",
        reason: expect.stringContaining("logistics") as string,
        product: "orders",
        owner: "order-management@superstore.example",
      }),
      expect.objectContaining({
        coordinate: "Product.subCategoryName",
        product: "products",
        owner: "merchandising@superstore.example",
      }),
    ]);
    expect(JSON.stringify(body.extensions)).toContain("Shipment.shipMode");
    expect(JSON.stringify(body.extensions)).toContain("2027-06-30");
  });

  it("is counted per client and coordinate", async () => {
    await mesh.ask(query, { client: "warehouse-board" });
    await mesh.ask(query, { client: "warehouse-board" });
    const metrics = await mesh.text("/metrics");
    const counted = metrics
      .split("\n")
      .filter((line) => line.includes("warehouse-board") && line.includes("Order.shipMode"));
    expect(counted).toHaveLength(1);
    expect(counted[0]).toMatch(/ 2$/);
  });
});

describe("an operation without deprecated fields", () => {
  it("has neither header nor extension", async () => {
    const { headers, body } = await mesh.ask(`{ order(orderId: "CA-2016-152156") { orderId } }`);
    expect(headers.get("deprecation")).toBeNull();
    expect(headers.get("sunset")).toBeNull();
    expect(body.extensions?.deprecations).toBeUndefined();
  });
});
