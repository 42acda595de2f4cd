/**
 * Whatever a client sends, through the real server and the gateway as it runs by default: each has its status, its code
 * and a message that says what to do, no subgraph hears of it, and the next request is answered.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, expectAlive, refused, send, summary } from "./ask-shop.ts";
import { type ShopServer, startShop } from "./shop-server.ts";

const repeat = (open: string, inner: string, close: string, times: number): string =>
  open.repeat(times) + inner + close.repeat(times);

describe("a request that is malformed", () => {
  let shop: ShopServer;
  beforeAll(async () => {
    shop = await startShop({ server: { headersTimeoutMs: 200, requestTimeoutMs: 400, timeoutCheckIntervalMs: 20 } });
  });
  afterEach(() => expectAlive(shop));
  afterAll(() => shop?.[Symbol.asyncDispose]());

  it.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, object]>([
    ["no JSON", '{"query": "{ me', {}, refused(400, "BAD_REQUEST", /not valid JSON/)],
    ["JSON with a comment", '{"query": "{ me { id } }"} // me', {}, refused(400, "BAD_REQUEST", /not valid JSON/)],
    ["no object", "42", {}, refused(400, "BAD_REQUEST", /must be a JSON object, not a number/)],
    [
      "a batch",
      '[{"query": "{ me { id } }"}]',
      {},
      refused(400, "BATCHING_NOT_ENABLED", /send one operation per request/),
    ],
    [
      "JSON a hundred thousand levels deep",
      repeat("[", "", "]", 100_000),
      {},
      refused(400, "BATCHING_NOT_ENABLED", /switched off/),
    ],
    [
      "a form",
      "query={me{id}}",
      { "content-type": "application/x-www-form-urlencoded", "mesh-preflight": "1" },
      refused(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        /Send content-type: application\/json; the request has application\/x-www-form-urlencoded/,
      ),
    ],
    [
      "application/graphql",
      "{ me { id } }",
      { "content-type": "application/graphql" },
      refused(415, "UNSUPPORTED_MEDIA_TYPE", /application\/json/),
    ],
    [
      "another charset",
      "{}",
      { "content-type": "application/json; charset=latin1" },
      refused(415, "UNSUPPORTED_MEDIA_TYPE", /UTF-8/),
    ],
    [
      "an accept header without hope",
      "{}",
      { accept: "image/png" },
      refused(406, "NOT_ACCEPTABLE", /ask for application\/graphql-response\+json or application\/json/),
    ],
    [
      "bytes that are no UTF-8",
      Uint8Array.of(...Buffer.from('{"query":"{ me { id } } #'), 0xc3, 0x28, ...Buffer.from('"}')),
      {},
      refused(400, "BAD_REQUEST", /not valid UTF-8/),
    ],
    [
      "UTF-16",
      new Uint8Array(Buffer.from('{"query":"{ me { id } }"}', "utf16le")),
      {},
      refused(400, "BAD_REQUEST", /not valid JSON/),
    ],
    [
      "a body of 10 MB",
      `{"query":"{ me { id } }","x":"${"x".repeat(10_000_000)}"}`,
      {},
      refused(413, "PAYLOAD_TOO_LARGE", /over the limit of 1048576 bytes/),
    ],
    [
      "variables a thousand levels deep",
      `{"query":"{ me { id } }","variables":{"a":${repeat("[", "", "]", 1_000)}}}`,
      {},
      refused(400, "BAD_REQUEST", /"variables" is nested deeper than 128 levels/),
    ],
    [
      "__proto__ in its variables",
      '{"query":"{ me { id } }","variables":{"where":{"__proto__":{"region":"EAST"}}}}',
      {},
      refused(400, "BAD_REQUEST", /a key "__proto__", which is not allowed/),
    ],
  ])("as %s", async (_what, body, headers, expected) => {
    const { length } = shop.orders.received;
    expect(summary(await send(shop, body, headers))).toEqual(expected);
    expect(shop.orders.received.length).toBe(length);
  });

  it("by a body that never comes to its end is cut off", async () => {
    const socket = connect(shop.port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk)).on("error", () => undefined);
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"query":`,
    );
    // One byte now and then, as slowly as it takes: what counts is the whole request's time.
    const drip = setInterval(() => socket.write(" "), 50);
    await once(socket, "close");
    clearInterval(drip);
    expect(Buffer.concat(received).toString()).not.toMatch(/^HTTP\/1\.1 200/);
  });

  it("by headers that never come to their end is cut off", async () => {
    const socket = connect(shop.port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk)).on("error", () => undefined);
    socket.write("POST /graphql HTTP/1.1\r\n");
    const drip = setInterval(() => socket.write("x-a: b\r\n"), 50);
    await once(socket, "close");
    clearInterval(drip);
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("an operation that asks for too much", () => {
  let shop: ShopServer;
  let wide: ShopServer;
  beforeAll(async () => {
    shop = await startShop({ server: { maxBodyBytes: 20_000_000 } });
    // What the other limits stop when these do not.
    wide = await startShop({
      gateway: { limits: { maxBytes: 20_000_000, maxTokens: 500_000, maxCost: 1_000 } },
      server: { maxBodyBytes: 40_000_000 },
    });
  });
  afterEach(async () => {
    await expectAlive(shop);
    await expectAlive(wide);
  });
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]();
    await wide?.[Symbol.asyncDispose]();
  });

  const aliases = `{ ${Array.from({ length: 10_000 }, (_, at) => `a${at}: me { id }`).join(" ")} }`;
  const tooDeep = "The operation nests too deep";
  it.each<[string, string, object, object]>([
    [
      "a text of 10 MB",
      `{ me { id } } #${"x".repeat(10_000_000)}`,
      refused(413, "MAX_BYTES_LIMIT", /262144 bytes/),
      { status: 200 },
    ],
    [
      "a query of 10 MB",
      `{ ${"me { id } ".repeat(1_000_000)} }`,
      refused(413, "MAX_BYTES_LIMIT", /262144 bytes/),
      refused(400, "GRAPHQL_PARSE_FAILED", /500000 tokens/),
    ],
    [
      "ten thousand aliases",
      aliases,
      refused(400, "GRAPHQL_PARSE_FAILED", /10000 tokens/),
      refused(400, "MAX_HEIGHT_LIMIT", /selects 20000 fields, at most 2000/),
    ],
    [
      "a thousand aliases",
      `{ ${Array.from({ length: 1_000 }, (_, at) => `a${at}: __typename`).join(" ")} }`,
      refused(400, "MAX_ALIASES_LIMIT", /uses 1000 aliases, at most 100/),
      refused(400, "MAX_ALIASES_LIMIT", /at most 100/),
    ],
    [
      "a thousand root fields",
      `{ ${"__typename ".repeat(1_000)} }`,
      refused(400, "MAX_ROOT_FIELDS_LIMIT", /has 1000 root fields, at most 50/),
      refused(400, "MAX_ROOT_FIELDS_LIMIT", /at most 50/),
    ],
    [
      "fields in fields",
      repeat("{ orders { customer ", "{ id }", "} }", 500),
      refused(400, "MAX_DEPTH_LIMIT", /1001 fields deep, at most 40/),
      refused(400, "MAX_DEPTH_LIMIT", /at most 40/),
    ],
    [
      "fields beyond the parser's stack",
      repeat("{ a ", "{ id }", "}", 200_000),
      refused(413, "MAX_BYTES_LIMIT", /262144/),
      refused(400, "GRAPHQL_PARSE_FAILED", tooDeep),
    ],
    [
      "fragments beyond the parser's stack",
      repeat("{ ... ", "{ id }", "}", 200_000),
      refused(413, "MAX_BYTES_LIMIT", /262144/),
      refused(400, "GRAPHQL_PARSE_FAILED", tooDeep),
    ],
    [
      "lists in lists",
      `{ order(id: ${repeat("[", "", "]", 1_000)}) { id } }`,
      refused(400, "MAX_DEPTH_LIMIT", /A value in the operation nests 999 levels deep, at most 128/),
      refused(400, "MAX_DEPTH_LIMIT", /at most 128/),
    ],
    [
      "objects in objects",
      `{ orders(where: ${repeat("{ and: ", "{}", "}", 1_000)}) { id } }`,
      refused(400, "MAX_DEPTH_LIMIT", /1000 levels deep, at most 128/),
      refused(400, "MAX_DEPTH_LIMIT", /at most 128/),
    ],
    [
      "lists beyond the parser's stack",
      `{ order(id: ${repeat("[", "", "]", 200_000)}) { id } }`,
      refused(413, "MAX_BYTES_LIMIT", /262144/),
      refused(400, "GRAPHQL_PARSE_FAILED", tooDeep),
    ],
    [
      "a type beyond the parser's stack",
      `query ($a: ${repeat("[", "Int", "]", 200_000)}) { order(id: $a) { id } }`,
      refused(413, "MAX_BYTES_LIMIT", /262144/),
      refused(400, "GRAPHQL_PARSE_FAILED", tooDeep),
    ],
    [
      "a cycle of fragments",
      "{ orders { ...a } } fragment a on Order { customer { ...b } } fragment b on Customer { ...b }",
      refused(400, "GRAPHQL_VALIDATION_FAILED", 'Cannot spread fragment "b" within itself.'),
      refused(400, "GRAPHQL_VALIDATION_FAILED", /within itself/),
    ],
    [
      "a cycle through another fragment",
      "{ orders { ...a } } fragment a on Order { id ...b } fragment b on Order { id ...a }",
      refused(400, "GRAPHQL_VALIDATION_FAILED", 'Cannot spread fragment "a" within itself via "b".'),
      refused(400, "GRAPHQL_VALIDATION_FAILED", /within itself/),
    ],
    [
      "fragments that double at each of a hundred levels",
      `{ orders { ...f0 } } ${Array.from({ length: 100 }, (_, at) => `fragment f${at} on Order { a: id ...f${at + 1} ...f${at + 1} }`).join(" ")} fragment f100 on Order { id }`,
      refused(400, "MAX_HEIGHT_LIMIT", /at most 2000 are allowed/),
      refused(400, "MAX_HEIGHT_LIMIT", /at most 2000/),
    ],
    ["a field a thousand times", `{ orders { ${"customer { id } ".repeat(950)} } }`, { status: 200 }, { status: 200 }],
    [
      "more rows than are allowed",
      `{ orders { products { name } } ${Array.from({ length: 9 }, (_, at) => `o${at}: orders { products { name } }`).join(" ")} }`,
      { status: 200 },
      refused(400, "COST_ESTIMATED_TOO_EXPENSIVE", /may cost 1,100, at most 1,000 is allowed: ask for fewer rows/),
    ],
  ])("such as %s", { timeout: 30_000 }, async (_what, query, byDefault, withRoom) => {
    expect(summary(await ask(shop, query))).toMatchObject(byDefault);
    expect(summary(await ask(wide, query))).toMatchObject(withRoom);
  });

  it("is planned all the same when it only looks like it", { timeout: 30_000 }, async () => {
    const chain = `{ ...f0 } ${Array.from({ length: 900 }, (_, at) => `fragment f${at} on Query { ...f${at + 1} }`).join(" ")} fragment f900 on Query { me { id } }`;
    const filter = repeat("{ and: [{}, ", "{ region: EAST }", "] }", 60);
    for (const target of [shop, wide]) {
      expect((await ask(target, repeat("{ ... ", "{ me { id } }", "}", 900))).data).toEqual({ me: { id: "c1" } });
      expect((await ask(target, chain)).data).toEqual({ me: { id: "c1" } });
      expect((await ask(target, `{ orders(first: 1, where: ${filter}) { id } }`)).data).toEqual({
        orders: [{ id: "o1" }],
      });
    }
  });
});
