/** What one gateway has fetched, another one finds: it asks subgraphs for the rest alone. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../../fixtures/library.fixture.ts";
import { forgetful, openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

const service = await redis();

describe.skipIf(service.missing !== undefined)(`gateways that share ${service.missing ?? "a Redis"}`, () => {
  const data = library();
  let shared: SharedRedis;
  let one: CachedGateway;
  let other: CachedGateway;
  let reader: CachedGateway;
  beforeAll(async () => {
    shared = await openSharedRedis(service.url);
    one = await shared.open({ subgraphs: data.subgraphs });
    other = await shared.open({ subgraphs: data.subgraphs });
    reader = await shared.open({ subgraphs: data.subgraphs, cache: forgetful });
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    for (const gateway of [one, other, reader]) await gateway.reset();
    await shared.removeEntries();
  });

  const representationsOf = ({ fetched }: CachedGateway): unknown[] =>
    fetched.flatMap(({ variables }) =>
      Object.entries(variables).flatMap(([name, value]) =>
        name.startsWith("representations") ? (value as unknown[]) : [],
      ),
    );

  it("answer from what another one keeps, of all subgraphs", async () => {
    const query = "{ books { title copies stars weight author { name motto } place { free } } }";
    const before = await other.metric("mesh_cache_lookups_total", { result: "shared" });
    const first = await one.ask(query);
    expect(first.errors).toEqual([]);
    await shared.untilStored(1 + 3 + 3 + 3 + 2 + 1);
    expect(await other.asked(async () => expect((await other.ask(query)).data).toEqual(first.data))).toEqual([]);
    expect(await other.metric("mesh_cache_lookups_total", { result: "shared" })).toBe(before + 13);
    // It keeps what it has found: the Redis is asked once.
    expect(await other.asked(async () => expect((await other.ask(query)).data).toEqual(first.data))).toEqual([]);
    expect(await other.metric("mesh_cache_lookups_total", { result: "shared" })).toBe(before + 13);
  });

  it("serve it as it was fetched, with its age, and no longer than who fetched it", async () => {
    one.say("people", "public, max-age=60", 20);
    const query = "{ author { name } }";
    await one.ask(query);
    await shared.untilStored(2);
    expect(Number((await other.ask(query, { method: "GET" })).headers.age)).toBeGreaterThanOrEqual(20);
    const lives = await Promise.all((await shared.keysOf("e")).map((key) => shared.admin.pttl(key)));
    expect(Math.min(...lives)).toBeLessThanOrEqual(40_000);
    expect(Math.max(...lives)).toBeGreaterThan(40_000);
    expect(Math.max(...lives)).toBeLessThanOrEqual(60_000);
  });

  it("ask for the entities of a list that nobody has, and for no other", async () => {
    await one.ask('{ books(ids: ["b2"]) { copies } }');
    await shared.untilStored(2);
    const { data: answered } = await other.ask('{ books(ids: ["b1", "b2", "b3", "b1"]) { copies } }');
    expect(answered).toEqual({ books: [{ copies: 3 }, { copies: 3 }, { copies: 3 }, { copies: 3 }] });
    expect(other.fetched.map(({ subgraph }) => subgraph)).toEqual(["catalog", "stock"]);
    expect(representationsOf(other)).toEqual([
      { __typename: "Book", isbn: "isbn-b1" },
      { __typename: "Book", isbn: "isbn-b3" },
    ]);
    // And give back what they had to ask for.
    await shared.untilStored(5);
    expect(await one.asked(() => one.ask('{ books(ids: ["b3", "b1", "b2"]) { copies } }'))).toEqual(["catalog"]);
  });

  it("find what was shared before a publication that did not change it", async () => {
    one.behave("stock", async (_, answer) => ({
      ...(await answer()),
      extensions: { products: { stock: { dataVersion: 1 } } },
    }));
    const query = '{ books(ids: ["b1", "b2"]) { copies } }';
    await one.ask(query);
    await shared.untilStored(3);
    await other.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Book", key: { isbn: "isbn-b2" }, product: "stock" }],
      versions: new Map([["stock", { version: 2, at: Date.now() }]]),
    });
    expect(await other.asked(() => other.ask(query))).toEqual(["stock"]);
    expect(representationsOf(other)).toEqual([{ __typename: "Book", isbn: "isbn-b2" }]);
  });

  it("put what they find, have and fetch in its place", async () => {
    for (const [id, copies] of [
      ["b1", 1],
      ["b2", 2],
      ["b3", 3],
    ] as const)
      data.addBook(id, { copies });
    await one.ask('{ book(id: "b3") { copies } }');
    await shared.untilStored(2);
    await other.ask('{ book(id: "b1") { copies } }');
    await shared.untilStored(4);
    const answered = await other.ask('{ books(ids: ["b3", "b2", "b1", "b3"]) { copies } }');
    expect(answered.data).toEqual({ books: [3, 2, 1, 3].map((copies) => ({ copies })) });
    for (const id of ["b1", "b2", "b3"]) data.addBook(id, id === "b2" ? { author: "a2" } : {});
  });

  it("know that there is no such entity", async () => {
    data.authors.delete("a2");
    const query = '{ book(id: "b2") { author { name } } }';
    const first = await one.ask(query);
    expect(first.data).toEqual({ book: { author: null } });
    await shared.untilStored(2);
    expect(await other.asked(async () => expect((await other.ask(query)).data).toEqual(first.data))).toEqual([]);
    data.authors.set("a2", { id: "a2", name: "Bob", motto: null });
    await one.invalidator.invalidate({ cause: "event", what: [{ kind: "entity", type: "Author", key: { id: "a2" } }] });
    expect((await other.ask(query)).data).toEqual({ book: { author: { name: "Bob" } } });
  });

  it("share nothing of what subgraphs do not let them", async () => {
    const query = "{ author { name } }";
    one.say("people", "no-store");
    await one.ask(query);
    await shared.untilStored(1);
    expect(await other.asked(() => other.ask(query))).toEqual(["people"]);
  });

  it("share nothing with who has another schema", async () => {
    const query = "{ author { name } }";
    await one.ask(query);
    await shared.untilStored(2);
    const renamed = data.subgraphs.map((subgraph) => ({
      ...subgraph,
      sdl: subgraph.sdl.replace("parcels: Int", "packets: Int"),
    }));
    const newer = await shared.open({ subgraphs: renamed });
    expect(await newer.asked(() => newer.ask(query))).toEqual(["catalog", "people"]);
  });

  it("ask for a list in one command, and for its fences in another", async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    for (const id of ids) data.addBook(id);
    const query = "query($ids: [ID!]) { books(ids: $ids, first: 100) { copies } }";
    await one.ask(query, { variables: { ids } });
    await shared.untilStored(61);
    await vi.waitFor(async () => expect(await shared.keysOf("l")).toEqual([]));
    const watched = await shared.watch(async () => {
      expect(await reader.asked(() => reader.ask(query, { variables: { ids } }))).toEqual([]);
    });
    const ofStock = watched.filter((command) => command.some((word) => word.includes("{stock.0}")));
    expect(ofStock.map(([name]) => name).sort()).toEqual(["evalsha", "mget"]);
    expect(ofStock.find(([name]) => name === "mget")).toHaveLength(1 + 60);
    for (const id of ids) data.books.delete(id);
  });
});
