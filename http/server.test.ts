import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { toAbortSignal } from "./cancellation.ts";
import type { HttpHandler } from "./message.ts";
import { createTestHandler } from "./schema-service.fixture.ts";
import { createHttpServer, type HttpServer, type HttpServerOptions } from "./server.ts";

const servers: HttpServer[] = [];
async function start(options: HttpServerOptions = {}): Promise<HttpServer> {
  const server = await createHttpServer({ port: 0, graphql: createTestHandler(), ...options });
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const post = (
  server: HttpServer,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(`${server.url}/graphql`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

/** A handler that tells when a request is in it and answers when it is told to. */
function createGate(): { handler: HttpHandler; entered: Promise<AbortSignal>; open: () => void } {
  const entered = Promise.withResolvers<AbortSignal>();
  const gate = Promise.withResolvers<void>();
  return {
    entered: entered.promise,
    open: gate.resolve,
    handler: async ({ signal }) => {
      const aborting = toAbortSignal(signal);
      entered.resolve(aborting);
      await Promise.race([gate.promise, once(aborting, "abort")]);
      return { status: 200, headers: { "content-type": "text/plain" }, body: "finished" };
    },
  };
}

/** Everything the server sends on a raw connection until it closes it. */
async function talk(server: HttpServer, text: string): Promise<string> {
  const socket = connect(server.port, server.host);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

describe("a server", () => {
  test("answers headers that are too large, and what is no HTTP, with a reason and without repeating them", async () => {
    const server = await start();
    const token = `Bearer ${"secret".repeat(4_000)}`;
    const large = await talk(server, `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${token}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
    expect(large).toContain('"code":"HEADERS_TOO_LARGE"');
    expect(large).not.toContain("secret");
    const nonsense = await talk(server, "secret stuff\r\n\r\n");
    expect(nonsense).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(nonsense).toContain('"code":"BAD_REQUEST"');
    expect(nonsense).not.toContain("secret");
  });

  test("answers GraphQL on its own machine only, at the port that it reports", async () => {
    const server = await start();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const response = await post(server, '{"query":"{ hello }"}');
    expect(await response.json()).toEqual({ data: { hello: "Hello you" } });
  });

  test("says which port is in use and what to do", async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: `port ${port} is in use: choose another with --port`,
    });
  });

  test("says that an address is not this machine's", async () => {
    await expect(start({ host: "192.0.2.1" })).rejects.toMatchObject({
      code: "CANNOT_LISTEN",
      message: expect.stringContaining("--host"),
    });
  });

  test("mounts further routes, and says what is served nowhere", async () => {
    const handler: HttpHandler = async ({ url }) => ({ status: 200, headers: {}, body: `asked ${url}` });
    const server = await start({ routes: [{ path: "/files/*", handler }] });
    expect(await (await fetch(`${server.url}/files/a/b?c=d`)).text()).toBe("asked /files/a/b?c=d");
    const missing = await fetch(`${server.url}/nothing?secret=1`);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toEqual({
      errors: [{ message: "Nothing is served at /nothing.", extensions: { code: "NOT_FOUND" } }],
    });
  });

  test("refuses a path that is no URL, in the shape of every other error", async () => {
    const server = await start();
    const response = await fetch(`${server.url}/%E0%A4`);
    expect([response.status, await response.json()]).toEqual([
      400,
      { errors: [{ message: "The request is malformed.", extensions: { code: "BAD_REQUEST" } }] },
    ]);
  });

  test("sends HEAD the headers without the body", async () => {
    const server = await start();
    const response = await fetch(`${server.url}/graphql?query={hello}`, {
      method: "HEAD",
      headers: { "mesh-preflight": "1" },
    });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "30", ""]);
  });

  test("answers other methods with 405 and those that are allowed", async () => {
    const server = await start();
    for (const method of ["PUT", "PATCH", "DELETE", "PROPFIND"]) {
      const response = await fetch(`${server.url}/graphql`, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, POST, OPTIONS"]);
    }
    expect((await fetch(`${server.url}/health/live`, { method: "POST" })).status).toBe(405);
  });

  test("compresses long answers only", async () => {
    const server = await start();
    const name = "long ".repeat(1000);
    const body = JSON.stringify({ query: "query ($name: String) { hello(name: $name) }", variables: { name } });
    const long = await post(server, body, { "accept-encoding": "br" });
    expect(long.headers.get("content-encoding")).toBe("br");
    expect(await long.json()).toEqual({ data: { hello: `Hello ${name}` } });
    const short = await post(server, '{"query":"{ hello }"}', { "accept-encoding": "br" });
    expect(short.headers.get("content-encoding")).toBeNull();
  });

  test("hides what a handler throws and reports it with the id", async () => {
    const onInternalError = vi.fn<(error: unknown, id: string) => void>();
    const failure = new Error("secret");
    const server = await start({ onInternalError, routes: [{ path: "/bad", handler: () => Promise.reject(failure) }] });
    const response = await fetch(`${server.url}/bad`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain("secret");
    expect(onInternalError).toHaveBeenCalledExactlyOnceWith(failure, expect.any(String));
  });
});

describe("a body", () => {
  test("of 10 MB is refused over the limit and taken under it", async () => {
    const body = JSON.stringify({ query: "{ hello }", extensions: { filler: "x".repeat(10_000_000) } });
    const strict = await post(await start(), body);
    expect(strict.status).toBe(413);
    expect(await strict.json()).toMatchObject({
      errors: [
        { message: "The request body is over the limit of 1048576 bytes.", extensions: { code: "PAYLOAD_TOO_LARGE" } },
      ],
    });
    expect((await post(await start({ maxBodyBytes: 20_000_000 }), body)).status).toBe(200);
  });

  test("that does not announce its length is refused as soon as it is too long", async () => {
    const server = await start({ maxBodyBytes: 1000 });
    const chunk = `3e8\r\n${"x".repeat(1000)}\r\n`;
    const head =
      "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await talk(server, head + chunk + chunk)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("that is no UTF-8 is refused, one with a byte order mark is read", async () => {
    const server = await start();
    expect((await post(server, Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d))).status).toBe(400);
    const marked = Uint8Array.of(0xef, 0xbb, 0xbf, ...Buffer.from('{"query":"{ hello }"}'));
    expect((await post(server, marked)).status).toBe(200);
  });

  test("without or with a malformed content type gets the handler's message, not the framework's", async () => {
    const server = await start();
    const withoutType = await fetch(`${server.url}/graphql`, {
      method: "POST",
      body: Uint8Array.of(0x7b, 0x7d),
      headers: { "mesh-preflight": "1" },
    });
    expect(withoutType.status).toBe(415);
    expect(await withoutType.text()).toContain("no content-type");
    const malformed = await post(server, "{}", { "content-type": "json", "mesh-preflight": "1" });
    expect(malformed.status).toBe(415);
    expect(await malformed.text()).toContain("application/json");
  });
});

describe("a client", () => {
  test("that goes away aborts its request's signal", async () => {
    const gate = createGate();
    const server = await start({ routes: [{ path: "/slow", handler: gate.handler }] });
    const client = new AbortController();
    const answer = fetch(`${server.url}/slow`, { signal: client.signal });
    const signal = await gate.entered;
    expect(signal.aborted).toBe(false);
    client.abort();
    await expect(answer).rejects.toThrow();
    if (!signal.aborted) await once(signal, "abort");
    expect(signal.aborted).toBe(true);
  });

  test("that gets its answer does not", async () => {
    const gate = createGate();
    gate.open();
    const server = await start({ routes: [{ path: "/slow", handler: gate.handler }] });
    await (await fetch(`${server.url}/slow`)).text();
    expect((await gate.entered).aborted).toBe(false);
  });

  test("that sends its headers or its body too slowly is cut off", async () => {
    const server = await start({ headersTimeoutMs: 20, requestTimeoutMs: 40, timeoutCheckIntervalMs: 10 });
    expect(await talk(server, "POST /graphql HTTP/1.1\r\nhost: a\r\n")).toMatch(/^HTTP\/1\.1 408 /);
    const unfinished =
      "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    expect(await talk(server, unfinished)).not.toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("health", () => {
  test("is alive and ready when nobody says otherwise", async () => {
    const server = await start();
    expect(await (await fetch(`${server.url}/health/live`)).json()).toEqual({ status: "UP" });
    const ready = await fetch(`${server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: "UP", reasons: [] }]);
  });

  test("says why a server is not ready, and stays alive", async () => {
    const reasons = ["product payments: no connection to PostgreSQL"];
    const server = await start({ readiness: () => ({ ready: false, reasons, details: { generation: 3 } }) });
    const ready = await fetch(`${server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "DOWN", reasons, generation: 3 }]);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  test("is not ready when it cannot be found out, and tells no secrets", async () => {
    const server = await start({ readiness: () => Promise.reject(new Error("secret")) });
    const ready = await fetch(`${server.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).not.toContain("secret");
  });
});

describe("shutdown", () => {
  test("finishes the requests in flight and takes no new ones", async () => {
    const gate = createGate();
    const server = await start({ routes: [{ path: "/slow", handler: gate.handler }] });
    const answer = fetch(`${server.url}/slow`);
    const signal = await gate.entered;
    const closed = server.close();
    await expect.poll(() => fetch(`${server.url}/health/live`).catch(() => "refused")).toBe("refused");
    gate.open();
    const response = await answer;
    expect([await response.text(), response.headers.get("connection"), signal.aborted]).toEqual([
      "finished",
      "close",
      false,
    ]);
    await closed;
  });

  test("cuts off what does not finish within the grace time, and aborts it", async () => {
    const gate = createGate();
    const server = await start({ graceMs: 10, routes: [{ path: "/slow", handler: gate.handler }] });
    const answer = fetch(`${server.url}/slow`);
    const signal = await gate.entered;
    const refused = expect(answer).rejects.toThrow();
    await server.close();
    await refused;
    await expect.poll(() => signal.aborted).toBe(true);
  });

  test("is announced by readiness before connections are refused", async () => {
    const server = await start({ drainDelayMs: 300 });
    const closed = server.close();
    const ready = await fetch(`${server.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: "DOWN", reasons: ["the server is shutting down"] },
    ]);
    expect((await post(server, '{"query":"{ hello }"}')).status).toBe(200);
    await closed;
    await expect(fetch(`${server.url}/health/ready`)).rejects.toThrow();
  });

  test("can be asked for twice", async () => {
    const server = await start();
    expect(server.close()).toBe(server.close());
  });
});
