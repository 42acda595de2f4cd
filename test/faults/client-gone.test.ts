/** A client that goes away takes its work with it: subgraphs are not left working, and nothing of it stays behind. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { shopSources } from "../../gateway/fixtures/shop.fixture.ts";
import { ask, expectAlive } from "./ask-shop.ts";
import { type ShopServer, startShop } from "./shop-server.ts";

/** The shop, whose orders are not answered until the test says so. */
async function startSlowShop() {
  const asked = Promise.withResolvers<ServerResponse>();
  const shop = await startShop({ answerOrders: (_received, response) => asked.resolve(response) });
  return { shop, asked: asked.promise };
}

/** Reloads another graph: the old generation is gone as soon as no request holds it. */
async function expectNothingHeld(shop: ShopServer): Promise<void> {
  await expect.poll(() => shop.metric("mesh_gateway_requests_in_flight")).toBe(0);
  const [orders, customers, products] = shopSources();
  if (orders === undefined || customers === undefined || products === undefined) throw new Error("the shop has three");
  const result = await shop.gateway.reload({ source: { kind: "subgraphs", subgraphs: [orders, customers, products] } });
  if (result.kind !== "swapped") throw new Error(`not swapped: ${result.kind}`);
  await result.drained;
  expect(await shop.metric("mesh_supergraph_generations_live")).toBe(1);
  await expectAlive(shop);
}

const json = { "content-type": "application/json" };

describe("a client that goes away", () => {
  it.each([
    ["a query", JSON.stringify({ query: "{ orders { id customer { name } } me { name } }" })],
    ["a mutation", JSON.stringify({ query: 'mutation { ship(id: "o1") { id } }' })],
  ])("in the middle of %s stops what subgraphs do for it", async (_what, body) => {
    const { shop, asked } = await startSlowShop();
    await using _ = shop;
    const client = new AbortController();
    const answer = fetch(shop.url, { method: "POST", headers: json, body, signal: client.signal });
    const response = await asked;
    expect(await shop.metric("mesh_gateway_requests_in_flight")).toBe(1);
    const closed = once(response, "close");
    client.abort();
    await expect(answer).rejects.toThrow();
    await closed;
    expect(response.writableFinished).toBe(false);
    await expectNothingHeld(shop);
  });

  it("while its answer is on the way leaves nothing behind", async () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => ({ id: `o${at}`, region: "EAST", total: at }));
    const body = JSON.stringify({ data: { orders: rows } }).replaceAll('"orders"', '"ORDERS"');
    await using shop = await startShop({
      // Under whatever name the gateway asks for it.
      answerOrders: ({ body: { query } }, response) => {
        const name = /(\w+)\s*:\s*orders/.exec(query)?.[1] ?? "orders";
        response.writeHead(200, json).end(body.replace("ORDERS", name));
      },
    });
    const request = JSON.stringify({ query: "{ orders { id region total } }" });
    const socket = connect(shop.port, "127.0.0.1");
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${request.length}\r\n\r\n${request}`,
    );
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString("latin1", 0, 15)).toBe("HTTP/1.1 200 OK");
    socket.destroy();
    await once(socket, "close");
    await expectNothingHeld(shop);
  });

  it("with a batch stops all of it", async () => {
    const open: ServerResponse[] = [];
    const both = Promise.withResolvers<void>();
    await using shop = await startShop({
      batching: true,
      answerOrders: (_received, response) => {
        if (open.push(response) === 2) both.resolve();
      },
    });
    const client = new AbortController();
    const body = JSON.stringify([
      { query: "{ orders { id } }" },
      { query: "{ orders { total } }" },
      { query: "{ me { id } }" },
    ]);
    const answer = fetch(shop.url, { method: "POST", headers: json, body, signal: client.signal });
    await both.promise;
    const closed = Promise.all(open.map((response) => once(response, "close")));
    client.abort();
    await expect(answer).rejects.toThrow();
    await closed;
    await expectNothingHeld(shop);
  });

  it("before it has sent everything is never heard of inside", async () => {
    const { shop } = await startSlowShop();
    await using _ = shop;
    const socket = connect(shop.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query":',
    );
    socket.destroy();
    await once(socket, "close");
    expect(await ask(shop, "{ me { name } }")).toMatchObject({ status: 200 });
    expect(shop.orders.received).toEqual([]);
    await expectNothingHeld(shop);
  });
});
