import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { toAbortSignal } from "./cancellation.ts";
import type { HttpHandler } from "./message.ts";
import { createNodeListener } from "./node-listener.ts";
import { createTestHandler } from "./schema-service.fixture.ts";

const servers: Server[] = [];
async function serve(handler: HttpHandler, maxBodyBytes?: number): Promise<string> {
  const server = createServer(createNodeListener(handler, maxBodyBytes === undefined ? {} : { maxBodyBytes }));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const headers = { "content-type": "application/json" };

describe("a handler behind plain node:http", () => {
  test("answers GraphQL", async () => {
    const url = await serve(createTestHandler());
    const response = await fetch(url, { method: "POST", headers, body: '{"query":"{ hello }"}' });
    expect([response.status, await response.json()]).toEqual([200, { data: { hello: "Hello you" } }]);
    const head = await fetch(`${url}?query={hello}`, { method: "HEAD", headers: { "mesh-preflight": "1" } });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "30"]);
  });

  test.each([1, 8_190, 8_192, 8_193])("sends all %i bytes of a body as they are", async (length) => {
    // Every byte there is, in a part of a larger buffer.
    const body = Uint8Array.from({ length: length + 7 }, (_, at) => at % 256).subarray(7);
    const url = await serve(async () => ({ status: 200, headers: { "content-type": "x/y" }, body }));
    const response = await fetch(url);
    expect(response.headers.get("content-length")).toBe(`${length}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  test("refuses a body over the limit, announced or not", async () => {
    const url = await serve(createTestHandler(), 1000);
    const body = "x".repeat(5000);
    expect((await fetch(url, { method: "POST", headers, body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body: stream, duplex: "half" };
    expect((await fetch(url, init)).status).toBe(413);
  });

  test("passes the client's going away on", async () => {
    const entered = Promise.withResolvers<AbortSignal>();
    const url = await serve(async ({ signal }) => {
      const aborting = toAbortSignal(signal);
      entered.resolve(aborting);
      await once(aborting, "abort");
      return { status: 499, headers: {}, body: "" };
    });
    const client = new AbortController();
    const answer = fetch(url, { signal: client.signal });
    const signal = await entered.promise;
    client.abort();
    await expect(answer).rejects.toThrow();
    if (!signal.aborted) await once(signal, "abort");
    expect(signal.aborted).toBe(true);
  });

  test("sends what follows a body as it is made, at the pace of a client that reads slowly", async () => {
    const chunk = "x".repeat(200_000);
    let made = 0;
    const url = await serve(async () => ({
      status: 200,
      headers: { "content-type": "text/plain" },
      body: "begin ",
      more: (async function* () {
        for (; made < 100; made++) yield chunk;
        yield " end";
      })(),
    }));
    const response = await fetch(url);
    expect(response.headers.get("content-length")).toBeNull();
    const reader = response.body?.getReader();
    let length = (await reader?.read())?.value?.length ?? 0;
    // What nobody reads fills the buffers of the connection, not the process.
    let before = -1;
    while (made !== before) {
      before = made;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(made).toBeLessThan(100);
    let last = "";
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      length += read.value.length;
      last = Buffer.from(read.value).toString("utf8");
    }
    expect([length, last.endsWith(" end")]).toEqual([6 + 100 * chunk.length + 4, true]);
  });

  test("stops making what follows when the client goes away, and breaks off what cannot be made", async () => {
    const stopped = Promise.withResolvers<void>();
    const endless = await serve(async () => ({
      status: 200,
      headers: {},
      body: "begin",
      more: (async function* () {
        try {
          for (;;) {
            yield "more";
            await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          stopped.resolve();
        }
      })(),
    }));
    const client = new AbortController();
    const response = await fetch(endless, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await stopped.promise;

    const broken = await serve(async () => ({
      status: 200,
      headers: {},
      body: "begin",
      // biome-ignore lint/correctness/useYield: it fails before it has anything to give
      more: (async function* () {
        throw new Error("no");
      })(),
    }));
    await expect(fetch(broken).then((answer) => answer.text())).rejects.toThrow();
  });

  test("hides what a handler throws", async () => {
    const response = await fetch(await serve(() => Promise.reject(new Error("secret"))));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });
});
