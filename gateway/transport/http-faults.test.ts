/** What becomes of answers that no well-behaved server sends, over real sockets. */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Cancel } from "#http";
import { type RawServer, response, serveRaw } from "../fixtures/raw-server.fixture.ts";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { createHttpClient, type HttpClientOptions } from "./http.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";
import { withTimeout } from "./with-timeout.ts";

const good = '{"data":{"a":1}}';

async function withRaw<T>(
  answer: (socket: Socket, request: number) => void,
  use: (client: SubgraphClient, server: RawServer) => Promise<T>,
  options: Partial<HttpClientOptions> = {},
): Promise<T> {
  await using server = await serveRaw(answer);
  const { url } = server;
  const client = createHttpClient({
    name: "orders",
    url,
    maxConnections: 1,
    maxResponseBytes: 10_000,
    tokens: undefined,
    ...options,
  });
  try {
    return await use(client, server);
  } finally {
    await client.close();
  }
}

const ask = (client: SubgraphClient, a = 1, until = new Cancel()) =>
  client.execute(requestWith({ variables: { a } }), until);

async function failureOf(asking: Promise<unknown>): Promise<SubgraphFailure> {
  const failure = await asking.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof SubgraphFailure)) throw new Error(`Expected a SubgraphFailure, got ${String(failure)}`);
  return failure;
}

describe("an answer over HTTP that is cut short", () => {
  it.each<[string, (socket: Socket) => void, SubgraphFailure["reason"]]>([
    ["a reset instead of an answer", (s) => s.resetAndDestroy(), "unreachable"],
    ["an end instead of an answer", (s) => s.end(), "unreachable"],
    ["half a status line", (s) => s.end("HTTP/1.1 2"), "unreachable"],
    ["another protocol", (s) => s.end("220 mail.example.org ESMTP\r\n"), "unreachable"],
    ["half a header", (s) => s.end("HTTP/1.1 200 OK\r\ncontent-type: applic"), "unreachable"],
    ["a reset in the body", (s) => s.write(response(good).slice(0, -4), () => s.resetAndDestroy()), "interrupted"],
    ["less than its content-length", (s) => s.end(response(good, { "content-length": "100" })), "interrupted"],
    [
      "a chunk without its end",
      (s) => s.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{"da'),
      "interrupted",
    ],
    ["half a JSON text of the right length", (s) => s.write(response(good.slice(0, 9))), "invalid-json"],
    [
      "half a JSON text that ends with the connection",
      (s) => s.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${good.slice(0, 9)}`),
      "invalid-json",
    ],
  ])("fails on %s, and the next one is fine", (_, answer, reason) =>
    withRaw(
      (socket, request) => (request === 0 ? answer(socket) : socket.write(response(good))),
      async (client) => {
        const failure = await failureOf(ask(client));
        expect(failure).toMatchObject({ reason, subgraph: "orders", code: "DOWNSTREAM_SERVICE_ERROR" });
        expect(failure.message).not.toMatch(/127\.0\.0\.1|example\.org|data/);
        expect(await ask(client)).toMatchObject({ data: { a: 1 } });
      },
    ),
  );
});

describe("an unusual answer over HTTP", () => {
  it("is taken when it has no length and ends with the connection", () =>
    withRaw(
      (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${good}`),
      async (client, { connections }) => {
        expect(await ask(client)).toMatchObject({ data: { a: 1 } });
        expect(await ask(client)).toMatchObject({ data: { a: 1 } });
        expect(connections()).toBe(2);
      },
    ));

  it("is taken when it comes byte by byte, and after informational responses", () =>
    withRaw(
      (socket) => {
        const bytes = `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${response(good)}`;
        socket.setNoDelay(true);
        const send = (at: number): void => {
          if (at < bytes.length) socket.write(bytes.charAt(at), () => send(at + 1));
        };
        send(0);
      },
      async (client) => expect(await ask(client)).toMatchObject({ data: { a: 1 } }),
    ));

  it("is taken with bytes that are no UTF-8, which become replacement characters", () =>
    withRaw(
      (socket) => {
        const [before, after] = [Buffer.from('{"data":{"a":"'), Buffer.from('"}}')];
        const body = Buffer.concat([before, Buffer.from([0xc3, 0x28, 0xff]), after]);
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`);
        socket.write(body);
      },
      async (client) => expect(await ask(client)).toMatchObject({ data: { a: "\ufffd(\ufffd" } }),
    ));

  it.each<[string, string, object]>([
    ["no content", "HTTP/1.1 204 No Content\r\n\r\n", { reason: "media-type", status: 204 }],
    [
      "a redirect",
      response("", { location: "http://127.0.0.1:1/elsewhere" }, "307 Temporary Redirect"),
      { reason: "http-status", status: 307 },
    ],
    [
      "a redirect without a media type",
      "HTTP/1.1 301 Moved Permanently\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
      { reason: "http-status", status: 301 },
    ],
    ["two media types", response(good, { "content-type": "application/json, text/html" }), { reason: "media-type" }],
    ["prototypes for members", response('{"__proto__":{"data":{"a":1}}}'), { reason: "invalid-response" }],
  ])("fails on %s, and keeps the connection", (_, answer, expected) =>
    withRaw(
      (socket, request) => socket.write(request === 0 ? answer : response(good)),
      async (client, { connections }) => {
        expect(await failureOf(ask(client))).toMatchObject(expected);
        expect(await ask(client)).toMatchObject({ data: { a: 1 } });
        expect(connections()).toBe(1);
      },
    ),
  );

  it("fails on a compressed answer, since none was asked for", () =>
    withRaw(
      (socket) => {
        const body = gzipSync(good);
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
        );
        socket.write(body);
      },
      async (client) =>
        expect(await failureOf(ask(client))).toMatchObject({
          reason: "media-type",
          message: expect.stringContaining("encoded, though it was asked not to"),
        }),
    ));

  it("is not taken for the answer to the next request", () =>
    withRaw(
      (socket, request) =>
        socket.write(
          request === 0 ? response(good) + response('{"data":{"a":"smuggled"}}') : response('{"data":{"a":2}}'),
        ),
      async (client) => {
        expect(await ask(client)).toMatchObject({ data: { a: 1 } });
        expect(await ask(client)).toMatchObject({ data: { a: 2 } });
      },
    ));
});

describe("an answer over HTTP that is too much", () => {
  it("is given up at once when its length says so", () =>
    withRaw(
      (socket) =>
        void socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10001\r\n\r\n"),
      async (client, { closed }) => {
        expect(await failureOf(ask(client))).toMatchObject({ reason: "too-large" });
        await closed(0);
      },
    ));

  it("is given up when it exceeds the limit, though it never ends", () =>
    withRaw(
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
        const send = (): void => void socket.write(`400\r\n${"x".repeat(1_024)}\r\n`, (error) => !error && send());
        send();
      },
      async (client, { closed }) => {
        expect(await failureOf(ask(client))).toMatchObject({ reason: "too-large" });
        await closed(0);
      },
    ));

  it("is given up when it is an error page that never ends", () =>
    withRaw(
      (socket) => {
        socket.write("HTTP/1.1 500 Oops\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n");
        const send = (): void => void socket.write(`400\r\n${"x".repeat(1_024)}\r\n`, (error) => !error && send());
        send();
      },
      async (client, { closed }) => {
        expect(await failureOf(ask(client))).toMatchObject({ reason: "http-status", status: 500 });
        await closed(0);
      },
    ));

  it("is given up at the timeout when it only trickles", () =>
    withRaw(
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n");
        const trickle = setInterval(() => socket.write(" "), 5);
        socket.once("close", () => clearInterval(trickle));
      },
      async (client, { closed }) => {
        const failure = await failureOf(ask(withTimeout(client, 50)));
        expect(failure).toMatchObject({ reason: "timeout", code: "GATEWAY_TIMEOUT" });
        await closed(0);
      },
    ));
});

describe("a request over HTTP that waits for a connection", () => {
  it("is never sent once it is given up, and its connection is kept", async () => {
    let finishFirst: () => void = () => undefined;
    await withRaw(
      (socket, request) => {
        if (request > 0) socket.write(response('{"data":{"a":3}}'));
        else finishFirst = () => void socket.write(response(good));
      },
      async (client, { bodies, connections }) => {
        const cancel = new Cancel();
        const first = ask(client, 1);
        const second = failureOf(ask(client, 2, cancel));
        const third = ask(client, 3);
        cancel.abort(undefined);
        expect(await second).toMatchObject({ reason: "aborted" });
        while (bodies.length === 0) await new Promise(setImmediate);
        finishFirst();
        expect(await first).toMatchObject({ data: { a: 1 } });
        expect(await third).toMatchObject({ data: { a: 3 } });
        expect(bodies.map((body) => JSON.parse(body).variables.a)).toEqual([1, 3]);
        expect(connections()).toBe(1);
      },
    );
  });
});
