/** Answers that are kept as a whole, through HTTP: what clients and whatever stands between get and may keep. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { withCompression } from "#http";
import { type CachedGateway, openCachedGateway, user } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({
  subgraphs: data.subgraphs,
  propagateHeaders: ["Accept-Language", "x-tenant"],
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => shop.reset());

const query = "{ books { title copies } }";
const get = { method: "GET" } as const;

describe("an answer that is kept as a whole", () => {
  it("is neither fetched nor looked up in parts again", async () => {
    const first = await shop.ask(query);
    const parts = await shop.metric("mesh_cache_lookups_total");
    for (let time = 0; time < 3; time++) {
      const again = await shop.ask(query);
      expect([again.text, again.headers]).toEqual([first.text, first.headers]);
    }
    expect(await shop.metric("mesh_cache_lookups_total")).toBe(parts);
    expect(await shop.metric("mesh_cache_responses_total", { result: "memory" })).toBe(3);
  });

  it("is that of its variables and of no others", async () => {
    const given = "query($ids: [ID!], $first: Int = 2) { books(ids: $ids, first: $first) { id } }";
    const cases: [Readonly<Record<string, unknown>>, readonly string[]][] = [
      [{}, ["b1", "b2"]],
      [{ first: 1 }, ["b1"]],
      [{ first: 3 }, ["b1", "b2", "b3"]],
      [{ ids: null }, ["b1", "b2"]],
      [{ ids: ["b3"] }, ["b3"]],
      [{ ids: "b3" }, ["b3"]],
      [{ ids: [] }, []],
      [{ ids: ["b3", "b1"] }, ["b3", "b1"]],
      [{ unknown: 1, first: 1 }, ["b1"]],
    ];
    for (let time = 0; time < 3; time++) {
      for (const [variables, ids] of cases) {
        const { data: answered } = await shop.ask(given, { variables });
        expect(answered, JSON.stringify(variables)).toEqual({ books: ids.map((id) => ({ id })) });
      }
    }
  });

  it("is that of the operation of that name", async () => {
    const both = 'query A { book(id: "b1") { title } } query B { book(id: "b2") { title } }';
    for (let time = 0; time < 3; time++) {
      for (const [operationName, title] of [
        ["A", "Title b1"],
        ["B", "Title b2"],
      ]) {
        expect((await shop.ask(both, { more: { operationName } })).data).toEqual({ book: { title } });
      }
    }
  });

  it("goes with any of its parts", async () => {
    for (const [type, key] of [
      ["Book", { isbn: "isbn-b3" }],
      ["Book", { id: "b1" }],
    ] as const) {
      await shop.ask(query);
      expect(await shop.asked(() => shop.ask(query))).toEqual([]);
      await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "entity", type, key }] });
      expect(await shop.asked(() => shop.ask(query))).not.toEqual([]);
    }
    await shop.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Author", key: { id: "a1" }, product: "people" }],
    });
    expect(await shop.asked(() => shop.ask(query))).toEqual([]);
  });

  it("goes with any of its parts also when there are many", async () => {
    for (let number = 0; number < 100; number++) data.addBook(`many${number}`);
    const all = "{ books(first: 200) { copies } }";
    await shop.ask(all);
    expect(await shop.asked(() => shop.ask(all))).toEqual([]);
    await shop.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Book", key: { isbn: "isbn-many77" }, product: "stock" }],
    });
    data.addBook("many77", { copies: 77 });
    const { data: answered } = await shop.ask(all);
    expect((answered?.books as { copies: number }[] | undefined)?.map((book) => book.copies)).toContain(77);
    for (const id of [...data.books.keys()]) if (id.startsWith("many")) data.books.delete(id);
  });

  it("is told to be older from second to second, in the body too", async () => {
    shop.behave("stock", async (_, answer) => ({
      ...(await answer()),
      extensions: { products: { stock: { version: "2.0.0", ageSeconds: 5 } } },
    }));
    const first = await shop.ask(query);
    expect(first.headers).toMatchObject({ age: "0", "cache-control": "private, max-age=60" });
    expect(first.extensions.products).toMatchObject({ stock: { version: "2.0.0", ageSeconds: 5 } });
    for (const seconds of [1, 11, 59]) {
      shop.advance(seconds - Number((await shop.ask(query)).headers.age));
      const again = await shop.ask(query);
      expect(again.data).toEqual(first.data);
      expect(again.headers).toEqual({ ...first.headers, age: String(seconds) });
      expect(again.extensions.products).toEqual({
        catalog: { version: "1.0.0", keptSeconds: seconds },
        stock: { version: "2.0.0", ageSeconds: 5 + seconds, keptSeconds: seconds },
      });
    }
    expect(await shop.metric("mesh_cache_responses_total", { result: "memory" })).toBeGreaterThanOrEqual(6);
  });

  it("is not kept when somebody has to be asked each time", async () => {
    shop.say("stock", "no-store");
    await shop.ask(query);
    for (let time = 0; time < 4; time++) {
      const asked = await shop.asked(async () => {
        const { headers } = await shop.ask(query);
        expect(headers).toMatchObject({ "cache-control": "no-store" });
        expect(headers).not.toHaveProperty("etag");
      });
      expect(asked).toEqual(["stock"]);
    }
  });

  it("is private when one of its parts is", async () => {
    shop.say("people", "private, max-age=60");
    const mixed = "{ books { title author { name } } }";
    expect((await shop.ask(mixed, { as: user("u1") })).headers["cache-control"]).toBe("private, max-age=60");
  });
});

describe("a client that has the answer already", () => {
  const etagOf = async (): Promise<string> => (await shop.ask(query, get)).headers.etag ?? "";

  it.each<[string, (etag: string) => string]>([
    ["its tag", (etag) => etag],
    ["its tag without W/", (etag) => etag.replace("W/", "")],
    ["any of several", (etag) => `"x", ${etag} , W/"y"`],
    ["whatever it has", () => "*"],
    ["several, without spaces", (etag) => `"x",${etag},"y"`],
  ])("is told so when it names %s", async (_, given) => {
    const etag = await etagOf();
    for (const method of ["GET", "HEAD"] as const) {
      const { status, text, headers } = await shop.ask(query, { method, headers: { "if-none-match": given(etag) } });
      expect([status, text]).toEqual([304, ""]);
      expect(headers).toMatchObject({ etag, "cache-control": "private, max-age=60", age: "0" });
      expect(headers.vary).toContain("authorization");
      expect(headers).not.toHaveProperty("content-type");
    }
  });

  it.each([
    ["another tag", 'W/"other"'],
    ["a part of it", 'W/"'],
    ["nothing", ""],
    ["a tag without quotes", "etag"],
  ])("gets the answer when it names %s", async (_, given) => {
    await etagOf();
    const { status, data: answered } = await shop.ask(query, { ...get, headers: { "if-none-match": given } });
    expect(status).toBe(200);
    expect(answered).not.toBeUndefined();
  });

  it("gets it by POST, whatever it names: only GET and HEAD ask for what may be there already", async () => {
    const etag = await etagOf();
    for (const given of [etag, "*"]) {
      const { status, data: answered, headers } = await shop.ask(query, { headers: { "if-none-match": given } });
      expect([status, headers.etag]).toEqual([200, etag]);
      expect(answered).not.toBeUndefined();
    }
  });

  it("is told so from the first answer on, while it is the same, and not when it has changed", async () => {
    const etag = await etagOf();
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "all" }] });
    const same = { ...get, headers: { "if-none-match": etag } };
    expect((await shop.ask(query, same)).status).toBe(304);
    data.addBook("b1", { copies: 8 });
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "all" }] });
    const { status, headers } = await shop.ask(query, same);
    expect(status).toBe(200);
    expect(headers.etag).not.toBe(etag);
    data.addBook("b1");
  });

  it("is not told so of what may not be kept, or has errors", async () => {
    shop.behave("stock", () => {
      throw new Error("gone");
    });
    const { status, headers } = await shop.ask(query, { ...get, headers: { "if-none-match": "*" } });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "cache-control": "no-store" });
    expect(headers).not.toHaveProperty("etag");
  });
});

describe("an answer that depends on headers", () => {
  it("is kept for each value of those that subgraphs see, and says so even where there is none", async () => {
    const { headers } = await shop.ask(query);
    for (const name of ["accept-language", "x-tenant", "authorization", "mesh-api-key", "mesh-purpose", "accept"]) {
      expect(headers.vary?.split(", "), name).toContain(name);
    }
    const german = { headers: { "accept-language": "de" } };
    expect(await shop.asked(() => shop.ask(query, german))).toEqual(["catalog", "stock"]);
    expect(await shop.asked(() => shop.ask(query, german))).toEqual([]);
    expect(await shop.asked(() => shop.ask(query))).toEqual([]);
    expect(await shop.asked(() => shop.ask(query, { headers: { "x-tenant": "de" } }))).toEqual(["catalog", "stock"]);
    expect(await shop.asked(() => shop.ask(query, { headers: { "x-other": "de" } }))).toEqual([]);
  });

  it("is the same whatever it is written as", async () => {
    const handle = withCompression(shop.handle, { thresholdBytes: 1 });
    const send = (encoding: string, more: Readonly<Record<string, string>> = {}) =>
      handle({
        method: "GET",
        url: `/graphql?query=${encodeURIComponent(query)}`,
        headers: new Map(
          Object.entries({
            accept: "application/graphql-response+json",
            "apollo-require-preflight": "1",
            "accept-encoding": encoding,
            ...more,
          }),
        ),
        body: undefined,
        signal: new AbortController().signal,
      });
    const plain = await send("identity");
    const zipped = await send("gzip");
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(zipped.headers.etag).toBe(plain.headers.etag);
    expect(zipped.headers.etag).toMatch(/^W\//);
    for (const { headers } of [plain, zipped]) expect(headers.vary).toContain("accept-encoding");
    // The same bytes: they were compressed once.
    expect((await send("gzip")).body).toBe(zipped.body);
    expect((await send("br")).body).not.toBe(zipped.body);
    for (const encoding of ["gzip", "identity"]) {
      const { status, body } = await send(encoding, { "if-none-match": plain.headers.etag ?? "" });
      expect([status, body]).toEqual([304, ""]);
    }
  });
});

describe("what is no answer to keep", () => {
  it("is a mutation's, an invalid operation's, a batch's", async () => {
    for (const text of ['mutation { rename(id: "b1", title: "Title b1") { id title } }', "{ nothing }", "{"]) {
      const { headers } = await shop.ask(text);
      expect(headers["cache-control"], text).toBe("no-store");
      expect(headers, text).not.toHaveProperty("etag");
    }
  });

  it("is one of which parts come later; it is kept when they do not", async () => {
    const later = "{ books { title ... @defer { copies } } }";
    const inParts = { headers: { accept: "multipart/mixed;deferSpec=20220824, application/json" } };
    const expected = { books: [1, 2, 3].map((number) => ({ title: `Title b${number}`, copies: 3 })) };
    const together = await shop.ask(later);
    expect(together.data).toEqual(expected);
    expect(together.headers["cache-control"]).toBe("private, max-age=60");
    const response = await shop.handle({
      method: "POST",
      url: "/graphql",
      headers: new Map(Object.entries({ "content-type": "application/json", ...inParts.headers })),
      body: Buffer.from(JSON.stringify({ query: later })),
      signal: new AbortController().signal,
    });
    let text = String(response.body);
    for await (const part of response.more ?? []) text += part;
    expect(text).toContain('"copies":3');
    expect(response.headers).toMatchObject({ "cache-control": "no-store" });
    expect(response.headers).not.toHaveProperty("etag");
  });
});
