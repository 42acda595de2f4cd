/** A regional manager of the example mesh sees the orders, shipments and revenue of the own region, whatever the way to them. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";

const example = readFileSync(new URL("../../subgraphs/examples/09-my-region.graphql", import.meta.url), "utf8");
const manager = { as: "regional-manager" };

describe("rows of the own region", () => {
  let mesh: TestMesh;
  beforeAll(async () => {
    mesh = await startExampleMesh();
  });
  afterAll(() => mesh?.[Symbol.asyncDispose]());

  it("are what lists, counts and sums are about", async () => {
    const { orders, monthlyRevenuesAggregate } = (await mesh.data(example, manager)) as Record<string, unknown>;
    const west = await mesh.data(
      `{ orders(where: { region: { eq: WEST } }) { totalCount } monthlyRevenuesAggregate(where: { region: { eq: WEST } }) { sum { sales } } }`,
    );
    const { totalCount, nodes } = orders as { totalCount: number; nodes: readonly { region: string }[] };
    expect({ totalCount }).toEqual(west.orders);
    expect(new Set(nodes.map(({ region }) => region))).toEqual(new Set(["WEST"]));
    expect(monthlyRevenuesAggregate).toMatchObject(west.monthlyRevenuesAggregate as object[]);
  });

  it("cannot be left by a key, a filter or a relation", async () => {
    const elsewhere = (await mesh.data(
      `{ orders(first: 1, where: { region: { eq: EAST } }) { nodes { orderId customer { customerId } } } }`,
    )) as {
      orders: { nodes: readonly [{ orderId: string; customer: { customerId: string } }] };
    };
    const [{ orderId, customer }] = elsewhere.orders.nodes;
    const query = `query ($order: String!, $customer: String!) {
      order(orderId: $order) { region }
      orders(where: { region: { ne: WEST } }) { totalCount }
      orderLine: orderLines(first: 1, where: { orderId: { eq: $order } }) { nodes { order { orderId } } }
      customer(customerId: $customer) { orders { nodes { region } } }
    }`;
    const variables = { order: orderId, customer: customer.customerId };
    const data = await mesh.data(query, { ...manager, variables });
    expect(data).toMatchObject({
      order: null,
      orders: { totalCount: 0 },
      orderLine: { nodes: [{ order: null }] },
    });
    const own = data.customer as { orders: { nodes: readonly { region: string }[] } };
    expect(own.orders.nodes.every(({ region }) => region === "WEST")).toBe(true);
    expect(await mesh.data(query, { variables })).toMatchObject({ order: { region: "EAST" } });
  });
});
