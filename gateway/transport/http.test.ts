import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { Cancel, type Cancellation } from "#http";
import { type HttpSubgraph, json, type Received, serveSubgraph } from "../fixtures/http-subgraph.fixture.ts";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { createHttpClient, type HttpClientOptions } from "./http.ts";
import type { SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

const request = requestWith();

async function withServer<T>(
  answer: (received: Received, response: ServerResponse) => void,
  use: (
    call: (change?: Partial<SubgraphRequest>, until?: Cancellation) => Promise<SubgraphResponse>,
    server: HttpSubgraph,
  ) => Promise<T>,
  options: Partial<HttpClientOptions> = {},
): Promise<T> {
  await using server = await serveSubgraph(answer);
  const defaults = { name: "orders", url: server.url, maxConnections: 4, maxResponseBytes: 1_000, tokens: undefined };
  const client = createHttpClient({ ...defaults, ...options });
  try {
    return await use((change, until = new Cancel()) => client.execute(requestWith(change), until), server);
  } finally {
    await client.close();
  }
}

async function failureOf(answering: Promise<unknown>): Promise<SubgraphFailure> {
  const failure = await answering.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof SubgraphFailure)) throw new Error(`Expected a SubgraphFailure, got ${String(failure)}`);
  return failure;
}

describe("the HTTP client of a subgraph", () => {
  it("posts the operation as GraphQL over HTTP and reads the answer", () =>
    withServer(
      (_, response) =>
        json(response, { data: { a: 1 }, extensions: { products: {} } }, 200, "application/graphql-response+json"),
      async (call, { received }) => {
        expect(await call()).toEqual({ data: { a: 1 }, extensions: { products: {} } });
        expect(received[0]?.body).toEqual({ query: request.query, operationName: "Q", variables: { a: 1 } });
        expect(received[0]?.headers).toMatchObject({
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json;q=0.9",
        });
      },
    ));

  it("gives the bytes of an answer that wants them, and says when they are those of an earlier one", () => {
    let answers = 0;
    const texts = [
      { data: { a: "x".repeat(300) } },
      { data: { a: "x".repeat(300) } },
      { data: { a: "y".repeat(300) } },
    ];
    return withServer(
      (_, response) => json(response, texts[answers++]),
      async (call) => {
        const first = await call({ wantsBytes: true });
        expect(Buffer.from(first.bytes ?? []).toString()).toBe(JSON.stringify(texts[0]));
        expect(await call({ remembered: first.bytes })).toEqual({ unchanged: true });
        expect(await call({ remembered: first.bytes })).toEqual(texts[2]);
      },
    );
  });

  it("sends the token that was signed for this subgraph and caller, and no other identity", () =>
    withServer(
      (_, response) => json(response, { data: {} }),
      async (call, { received }) => {
        await call({ headers: new Map([["x-trace", "t1"]]) });
        expect(received[0]?.headers).toMatchObject({ "mesh-gateway-token": "orders/anonymous", "x-trace": "t1" });
        expect(received[0]?.headers).not.toHaveProperty("authorization");
      },
      { tokens: { sign: (subgraph, caller) => Promise.resolve(`${subgraph}/${caller.principal.id}`) } },
    ));

  it("keeps its connection between requests", () =>
    withServer(
      (_, response) => json(response, { data: {} }),
      async (call, { connections }) => {
        for (let i = 0; i < 5; i++) await call();
        expect(connections()).toBe(1);
      },
      { maxConnections: 1 },
    ));

  it("takes a GraphQL response whatever its status", () =>
    withServer(
      (_, response) => json(response, { errors: [{ message: "no" }] }, 400),
      async (call) => expect(await call()).toEqual({ errors: [{ message: "no" }] }),
    ));

  it.each<[string, (response: ServerResponse) => void, SubgraphFailure["reason"]]>([
    ["an HTML page", (r) => r.writeHead(200, { "content-type": "text/html" }).end("<p>hello</p>"), "media-type"],
    ["no content type", (r) => r.writeHead(200).end("{}"), "media-type"],
    [
      "a proxy's error page",
      (r) => r.writeHead(502, { "content-type": "text/html" }).end("bad gateway"),
      "http-status",
    ],
    ["a proxy's JSON error", (r) => json(r, { error: "bad gateway" }, 502), "http-status"],
    ["broken JSON", (r) => r.writeHead(200, { "content-type": "application/json" }).end('{"data": {'), "invalid-json"],
    ["an empty body", (r) => r.writeHead(200, { "content-type": "application/json" }).end(), "invalid-json"],
    ["JSON that is no object", (r) => json(r, ["data"]), "invalid-response"],
    ["neither data nor errors", (r) => json(r, { result: 1 }), "invalid-response"],
    ["data that is a list", (r) => json(r, { data: [] }), "invalid-response"],
    ["errors that are no list", (r) => json(r, { errors: { message: "x" } }), "invalid-response"],
    ["more than it takes", (r) => json(r, { data: { a: "x".repeat(2_000) } }), "too-large"],
    ["a connection that breaks", (r) => r.destroy(), "unreachable"],
    [
      "a body that breaks off",
      (r) => {
        r.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        r.write('{"data"', () => r.destroy());
      },
      "interrupted",
    ],
  ])("fails with a reason on %s", (_, answer, reason) =>
    withServer(
      (_received, response) => answer(response),
      async (call) => {
        const failure = await failureOf(call());
        expect(failure).toMatchObject({ reason, subgraph: "orders", code: "DOWNSTREAM_SERVICE_ERROR" });
        expect(failure.message).not.toMatch(/127\.0\.0\.1|hello|bad gateway/);
      },
    ),
  );

  it("works again after a failure", () => {
    let count = 0;
    return withServer(
      (_, response) => {
        count += 1;
        if (count === 1) response.destroy();
        else json(response, { data: { ok: true } });
      },
      async (call) => {
        await failureOf(call());
        expect(await call()).toEqual({ data: { ok: true } });
      },
    );
  });

  it("fails as unreachable when nobody listens", async () => {
    const server = await serveSubgraph(() => undefined);
    await server[Symbol.asyncDispose]();
    const client = createHttpClient({
      name: "orders",
      url: server.url,
      maxConnections: 1,
      maxResponseBytes: 1,
      tokens: undefined,
    });
    expect(await failureOf(client.execute(request, new Cancel()))).toMatchObject({ reason: "unreachable" });
    await client.close();
  });

  it("fails as aborted when the request is aborted, and lets go of the connection", () => {
    const aborted = new AbortController();
    return withServer(
      () => aborted.abort(new Error("client went away")),
      async (call) => expect(await failureOf(call({}, aborted.signal))).toMatchObject({ reason: "aborted" }),
    );
  });
});
