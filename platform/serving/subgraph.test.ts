import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import type { Storage } from "../storage/port.ts";
import { exampleMesh, memoryStorage, ordersProduct } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";

const orders = Array.from({ length: 7 }, (_, index) => ({
  order_id: `O-${index}`,
  customer_id: index === 6 ? null : `C-${index % 3}`,
  order_date: `2024-0${(index % 3) + 1}-15`,
  shipped_at: index % 2 === 0 ? null : `2024-0${(index % 3) + 1}-16T10:00:00.000Z`,
  region: index % 2 === 0 ? "West" : "East",
  ship_mode: "First Class",
  total: `${index}.10`,
  weight: index / 2,
  priority: index,
  size_bytes: BigInt(index) * 10_000_000_000n,
  gift: index % 2 === 0,
  contact_email: `person${index}@example.com`,
  tags: ["a", "b"],
  attributes: { colour: "red" },
}));
const lines = orders.flatMap((order, index) =>
  Array.from({ length: index % 4 }, (_, line) => ({
    order_id: order.order_id,
    line_number: line + 1,
    quantity: line + 2,
    sales: "10.0050",
  })),
);

describe("a subgraph", () => {
  let storage: Storage;
  let subgraph: Subgraph;

  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders, order_lines: lines });
    subgraph = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      onError: (error) => console.error(error),
    });
  });
  afterAll(() => storage.close());

  const run = (query: string, variables?: Record<string, unknown>) =>
    subgraph.execute({ query, variables, caller: anonymous, masking: "gateway" });

  it("answers an entity with relations in both directions", async () => {
    const answer = await run(
      `{ order(orderId: "O-3") { orderId orderDate total shipMode sizeBytes tags attributes customer { customerId orders { totalCount nodes { orderId } } } lines(first: 2) { totalCount nodes { lineNumber sales order { orderId } } pageInfo { hasNextPage } } } }`,
    );
    expect(answer.errors).toBeUndefined();
  });
  it("aggregates", async () => {
    const answer = await run(
      `{ ordersAggregate(groupBy: [{column: REGION}, {column: ORDER_DATE, unit: MONTH}], orderBy: [{by: SUM, column: TOTAL, direction: DESC}]) { group { region orderDate } count sum { total priority sizeBytes weight } avg { total priority } min { orderDate shippedAt } max { total } } }`,
    );
    expect(answer.errors).toBeUndefined();
  });
});
