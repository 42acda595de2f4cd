/** What is beyond its time: served while it is read anew, or when its source fails, and never as if it were new. */
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({
  subgraphs: data.subgraphs,
  says: "public, max-age=10, stale-while-revalidate=20, stale-if-error=50",
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  data.addBook("b1");
  await shop.reset();
});

const query = '{ book(id: "b1") { copies } }';
const copies = async (): Promise<unknown> => {
  const { data: answered, errors } = await shop.ask(query);
  expect(errors).toEqual([]);
  return (answered?.book as { copies: unknown } | undefined)?.copies;
};
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
};
const gone = (): never => {
  throw new Error("gone");
};

describe("what is beyond its time", () => {
  it("is served at once and read anew once, in the background, however many ask", async () => {
    expect(await copies()).toBe(3);
    data.addBook("b1", { copies: 4 });
    shop.advance(15);
    const gate = Promise.withResolvers<void>();
    shop.behave("stock", async (_, answer) => gate.promise.then(answer));
    shop.fetched.length = 0;
    for (let time = 0; time < 10; time++) expect(await copies()).toBe(3);
    expect(shop.fetched.map(({ subgraph }) => subgraph).sort()).toEqual(["catalog", "stock"]);
    gate.resolve();
    await settled();
    expect(await shop.asked(async () => expect(await copies()).toBe(4))).toEqual([]);
    shop.advance(9);
    expect(await shop.asked(copies)).toEqual([]);
  });

  it("is waited for when its window is over", async () => {
    await copies();
    data.addBook("b1", { copies: 4 });
    shop.advance(29.9);
    expect(await copies()).toBe(3);
    shop.advance(30);
    expect(await copies()).toBe(4);
  });

  it("is told to be as old as it is, and kept by nobody else", async () => {
    await copies();
    shop.advance(15);
    shop.behave("catalog", gone);
    shop.behave("stock", gone);
    const { headers, extensions } = await shop.ask(query);
    expect(headers).toMatchObject({ "cache-control": "no-store", age: "15" });
    expect(headers.etag).toBeUndefined();
    expect(extensions.products).toMatchObject({ stock: { keptSeconds: 15 }, catalog: { keptSeconds: 15 } });
  });

  it("stays as it is when it cannot be read anew, and is tried again by the next who asks", async () => {
    await copies();
    shop.advance(15);
    shop.behave("stock", gone);
    expect(await copies()).toBe(3);
    await settled();
    data.addBook("b1", { copies: 4 });
    shop.behave("stock", async (_, answer) => ({ ...(await answer()), errors: [{ message: "no" }] }));
    expect(await copies()).toBe(3);
    await settled();
    shop.behave("stock", undefined);
    expect(await copies()).toBe(3);
    await settled();
    expect(await copies()).toBe(4);
  });

  it("is not brought back by what was read anew before it was ended", async () => {
    await copies();
    shop.advance(15);
    const gate = Promise.withResolvers<void>();
    shop.behave("stock", async (_, answer) => {
      const old = await answer();
      await gate.promise;
      return old;
    });
    expect(await copies()).toBe(3);
    await settled();
    shop.behave("stock", undefined);
    data.addBook("b1", { copies: 4 });
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "entity", type: "Book", key: { id: "b1" } }] });
    gate.resolve();
    await settled();
    expect(await copies()).toBe(4);
    expect(await copies()).toBe(4);
  });

  it("is read anew with the renamed and aliased fields that it was asked with", async () => {
    const odd = "{ media { id ... on Book { sold: copies(sold: true) copies } ... on Film { named: title } } }";
    const first = await shop.ask(odd);
    expect(first.errors).toEqual([]);
    shop.advance(15);
    expect((await shop.ask(odd)).data).toEqual(first.data);
    await settled();
    expect(await shop.asked(async () => expect((await shop.ask(odd)).data).toEqual(first.data))).toEqual([]);
  });
});

describe("when its source fails, what is beyond its time", () => {
  it("stands in, as old as it is", async () => {
    await copies();
    shop.advance(40);
    shop.behave("stock", gone);
    const { data: answered, errors, headers, extensions } = await shop.ask(query);
    expect(errors).toEqual([]);
    expect(answered).toEqual({ book: { copies: 3 } });
    expect(headers).toMatchObject({ "cache-control": "no-store", age: "40" });
    expect(extensions.products).toMatchObject({ stock: { keptSeconds: 40 }, catalog: { version: "1.0.0" } });
    expect(await shop.metric("mesh_cache_lookups_total", { result: "stale-if-error" })).toBe(1);
    shop.behave("stock", undefined);
    data.addBook("b1", { copies: 4 });
    expect(await copies()).toBe(4);
  });

  it("does not when its window is over", async () => {
    await copies();
    shop.advance(60);
    shop.behave("stock", gone);
    const { data: answered, errors, headers } = await shop.ask(query);
    expect(answered).toEqual({ book: { copies: null } });
    expect(errors).toMatchObject([{ path: ["book", "copies"] }]);
    expect(headers["cache-control"]).toBe("no-store");
  });

  it("does for what is kept alone; the rest is missing", async () => {
    await copies();
    shop.advance(40);
    shop.behave("stock", gone);
    const { data: answered, errors } = await shop.ask("{ books(first: 2) { copies } }");
    expect(answered).toEqual({ books: [{ copies: 3 }, { copies: null }] });
    expect(errors.map(({ path }) => path)).toEqual([["books", 1, "copies"]]);
  });

  it("does where the server says in GraphQL that it failed, and its errors are told where nothing is kept", async () => {
    await using served = await openCachedGateway({
      subgraphs: data.subgraphs,
      says: "public, max-age=10, stale-if-error=50",
      overHttp: true,
    });
    await served.ask(query);
    served.advance(40);
    const failing = { data: null, errors: [{ message: "no storage", extensions: { code: "NO_STORAGE" } }] };
    served.behave("stock", () => ({ ...failing, failedWith: 500 }));
    expect(await served.ask(query)).toMatchObject({ data: { book: { copies: 3 } }, errors: [] });
    const mixed = await served.ask("{ books(first: 2) { copies } }");
    expect(mixed.data).toEqual({ books: [{ copies: 3 }, { copies: null }] });
    expect(mixed.errors.map(({ path }) => path)).toEqual([["books", 1, "copies"]]);
    const told = [{ extensions: { code: "NO_STORAGE" } }];
    expect((await served.ask('{ book(id: "b2") { copies } }')).errors).toMatchObject(told);
    // An answer without data from a server that did not fail is an answer.
    served.behave("stock", () => failing);
    expect((await served.ask(query)).errors).toMatchObject(told);
  });

  it("does for a root answer, and for that there is no entity", async () => {
    data.authors.delete("a1");
    const author = "{ author { motto } }";
    const first = await shop.ask(author);
    data.authors.set("a1", { id: "a1", name: "Ada", motto: "on" });
    shop.advance(9);
    shop.behave("catalog", gone);
    shop.behave("people", gone);
    for (const seconds of [0, 5]) {
      shop.advance(seconds);
      const { data: answered, errors } = await shop.ask(author);
      expect(errors).toEqual(seconds === 0 ? [] : [expect.objectContaining({ path: ["author", "motto"] })]);
      expect(answered).toEqual(first.data);
    }
  });

  it("does not where it was ended, whatever its window", async () => {
    await copies();
    shop.advance(40);
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "stock" }] });
    shop.behave("stock", gone);
    expect((await shop.ask(query)).errors).toHaveLength(1);
  });

  it("does not where the answer forbade it", async () => {
    shop.say("stock", "public, max-age=10, must-revalidate, stale-while-revalidate=20, stale-if-error=50");
    await copies();
    shop.behave("stock", gone);
    shop.advance(9.9);
    expect(await copies()).toBe(3);
    shop.advance(0.1);
    expect((await shop.ask(query)).errors).toHaveLength(1);
  });
});

describe("what is used often", () => {
  it("is read anew shortly before its time is over, so that nobody waits for it", async () => {
    const hot = (name: string): string => `query ${name} { authors { name } }`;
    const first = (await shop.ask(hot("A"))).data?.authors as unknown[];
    shop.advance(8.9);
    // Each is another operation, whose whole answer is not kept yet.
    for (const name of "BCDEFGHIJ") expect(await shop.asked(() => shop.ask(hot(name)))).toEqual([]);
    data.authors.set("a9", { id: "a9", name: "Zoe", motto: null });
    shop.advance(0.6);
    expect(await shop.asked(() => shop.ask(hot("K")))).toEqual(["people"]);
    await settled();
    expect(await shop.asked(() => shop.ask(hot("L")))).toEqual([]);
    shop.advance(5);
    expect((await shop.ask(hot("M"))).data?.authors).toEqual([...first, { name: "Zoe" }]);
    data.authors.delete("a9");
  });
});
