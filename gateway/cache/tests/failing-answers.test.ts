/** Of what goes wrong nothing is kept; what stands beside it is. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type Behaviour, type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => shop.reset());

const query = "{ books { id copies } }";
const good = { books: [1, 2, 3].map((number) => ({ id: `b${number}`, copies: 3 })) };
const entitiesOf = (answer: { readonly data?: Record<string, unknown> | null }): unknown[] =>
  (answer.data?._entities ?? []) as unknown[];

/** What the client gets while the subgraph behaves so, and for how many entities it is asked when it behaves again. */
async function askedAgain(behaviour: Behaviour): Promise<{ readonly copies: unknown; readonly again: unknown }> {
  shop.behave("stock", behaviour);
  const { data: answered } = await shop.ask(query);
  const copies = (answered?.books as { copies: unknown }[] | undefined)?.map((book) => book.copies);
  shop.behave("stock", undefined);
  shop.fetched.length = 0;
  const again = await shop.ask(query);
  expect(again.errors).toEqual([]);
  expect(again.data).toEqual(good);
  const sent = shop.fetched.map(({ variables }) => variables.representations as { isbn: string }[]);
  expect(await shop.asked(() => shop.ask(query))).toEqual([]);
  return { copies, again: sent.map((list) => list.map(({ isbn }) => isbn)) };
}

const all = [["isbn-b1", "isbn-b2", "isbn-b3"]];

describe("an answer with something wrong", () => {
  it.each<[string, Behaviour, unknown, unknown]>([
    [
      "an error for one of its entities",
      async (_, answer) => {
        const { data: _data, ...rest } = await answer();
        const entities = entitiesOf({ data: _data ?? null });
        return {
          ...rest,
          data: { _entities: [entities[0], null, entities[2]] },
          errors: [{ message: "lost", path: ["_entities", 1] }],
        };
      },
      [3, null, 3],
      [["isbn-b2"]],
    ],
    [
      "an error below one of its entities",
      async (_, answer) => {
        const given = await answer();
        return { ...given, errors: [{ message: "lost", path: ["_entities", 2, "copies"] }] };
      },
      [3, 3, 3],
      [["isbn-b3"]],
    ],
    [
      "an error that does not say where",
      async (_, answer) => ({ ...(await answer()), errors: [{ message: "lost" }] }),
      [3, 3, 3],
      all,
    ],
    [
      "an error for the whole list",
      async (_, answer) => ({ ...(await answer()), errors: [{ message: "lost", path: ["_entities"] }] }),
      [3, 3, 3],
      all,
    ],
    [
      "no data",
      async () => ({ data: null, errors: [{ message: "lost" }], cacheControl: "max-age=60" }),
      [null, null, null],
      all,
    ],
    [
      "an entity too few",
      async (_, answer) => {
        const given = await answer();
        return { ...given, data: { _entities: entitiesOf(given).slice(1) } };
      },
      [null, null, null],
      all,
    ],
    [
      "an entity too many",
      async (_, answer) => {
        const given = await answer();
        return { ...given, data: { _entities: [...entitiesOf(given), { copies: 9 }] } };
      },
      [null, null, null],
      all,
    ],
    [
      "an entity that is no object",
      async (_, answer) => {
        const given = await answer();
        return { ...given, data: { _entities: [7, ...entitiesOf(given).slice(1)] } };
      },
      [null, 3, 3],
      [["isbn-b1"]],
    ],
    ["no list", async (_, answer) => ({ ...(await answer()), data: {} }), [null, null, null], all],
    [
      "nobody answering",
      () => {
        throw new Error("gone");
      },
      [null, null, null],
      all,
    ],
  ])("leaves nothing of it: %s", async (_, behaviour, copies, again) => {
    expect(await askedAgain(behaviour)).toEqual({ copies, again });
  });

  it("keeps nothing of a root answer with an error, wherever it is", async () => {
    shop.behave("catalog", async (_, answer) => ({
      ...(await answer()),
      errors: [{ message: "lost", path: ["books", 1, "title"] }],
    }));
    await shop.ask("{ books { title } }");
    shop.behave("catalog", undefined);
    expect(await shop.asked(() => shop.ask("{ books { title } }"))).toEqual(["catalog"]);
    expect(await shop.asked(() => shop.ask("{ books { title } }"))).toEqual([]);
  });

  it("is told of as it was without a cache, where null stands for what must not be null", async () => {
    data.authors.set("a1", { id: "a1", name: null, motto: null });
    // As a subgraph does that does not keep its own schema.
    shop.behave("people", async (_, answer) => ({
      ...(await answer()),
      data: { _entities: [{ name: null }] },
      errors: undefined as never,
    }));
    const names = '{ book(id: "b1") { title author { id name } } }';
    const first = await shop.ask(names);
    expect(first.data).toEqual({ book: { title: "Title b1", author: null } });
    expect(first.errors).toMatchObject([{ path: ["book", "author", "name"] }]);
    for (let time = 0; time < 3; time++) {
      const again = await shop.ask(names);
      expect(again.data).toEqual(first.data);
      expect(again.errors).toEqual(first.errors);
      expect(again.headers).toMatchObject({ "cache-control": "no-store" });
      expect(again.headers.etag).toBeUndefined();
    }
    data.authors.set("a1", { id: "a1", name: "Ada", motto: "on" });
  });

  it("has its errors, and no header that lets anybody keep it", async () => {
    await shop.ask(query);
    await shop.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Book", key: { isbn: "isbn-b2" }, product: "stock" }],
    });
    shop.behave("stock", () => {
      throw new Error("gone");
    });
    const { data: answered, errors, headers } = await shop.ask(query);
    expect(answered).toEqual({
      books: good.books.map((book) => (book.id === "b2" ? { ...book, copies: null } : book)),
    });
    expect(errors).toMatchObject([{ path: ["books", 1, "copies"] }]);
    expect(headers["cache-control"]).toBe("no-store");
  });
});
