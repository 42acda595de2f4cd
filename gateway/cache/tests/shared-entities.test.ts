/** Who is asked for what: entities and root answers that are kept are not asked for again, whatever asks for them. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => shop.reset());

const representations = (): unknown[] =>
  shop.fetched.flatMap(({ variables }) =>
    Object.entries(variables).flatMap(([name, value]) =>
      name.startsWith("representations") ? (value as unknown[]) : [],
    ),
  );

describe("what is kept", () => {
  it("is not asked for again, and makes no difference to the answer", async () => {
    const query = "{ books { title copies stars author { name } place { free } } }";
    const first = await shop.ask(query);
    expect(first.errors).toEqual([]);
    expect(shop.fetched.map(({ subgraph }) => subgraph).sort()).toEqual([
      "catalog",
      "people",
      "ratings",
      "rooms",
      "stock",
    ]);
    for (let time = 0; time < 5; time++) {
      expect(await shop.asked(async () => expect((await shop.ask(query)).text).toBe(first.text))).toEqual([]);
    }
  });

  it("is served as it was, until its time is over", async () => {
    const query = '{ book(id: "b1") { copies } }';
    await shop.ask(query);
    const book = data.addBook("b1", { copies: 9 });
    expect((await shop.ask(query)).data).toEqual({ book: { copies: 3 } });
    shop.advance(60);
    expect((await shop.ask(query)).data).toEqual({ book: { copies: 9 } });
    book.copies = 3;
  });

  it("is shared by operations that select the same of an entity, whatever leads to it", async () => {
    await shop.ask("{ books(first: 2) { stars } }");
    const others = [
      "query Named($id: ID!) { book(id: $id) { rated: id stars } }",
      "{ best { stars } }",
      '{ a: books(ids: ["b1"]) { ...F } } fragment F on Book { stars }',
    ];
    for (const query of others) {
      const asked = await shop.asked(() => shop.ask(query, { variables: { id: "b2" } }));
      expect(asked, query).toEqual(query.includes("best") ? ["ratings"] : ["catalog"]);
    }
  });

  it("is not shared between selections, not even when one holds the other", async () => {
    await shop.ask("{ author { name motto } }");
    const asked = await shop.asked(async () => {
      expect((await shop.ask("{ author { name } }")).data).toEqual({ author: { name: "Ada" } });
    });
    expect(asked).toEqual(["people"]);
    expect(await shop.asked(() => shop.ask("{ author { motto } }"))).toEqual(["people"]);
    // An alias is the client's alone.
    expect(await shop.asked(() => shop.ask("{ author { n: name } }"))).toEqual([]);
  });

  it("is left out of a request that asks for the rest of a list, once each", async () => {
    await shop.ask('{ books(ids: ["b2"]) { copies } }');
    shop.fetched.length = 0;
    const { data: answered } = await shop.ask('{ books(ids: ["b1", "b2", "b3", "b1"]) { copies } }');
    expect(answered).toEqual({ books: [{ copies: 3 }, { copies: 3 }, { copies: 3 }, { copies: 3 }] });
    expect(shop.fetched.map(({ subgraph }) => subgraph)).toEqual(["catalog", "stock"]);
    expect(representations()).toEqual([
      { __typename: "Book", isbn: "isbn-b1" },
      { __typename: "Book", isbn: "isbn-b3" },
    ]);
  });

  it("puts what is fetched in its place among what is kept", async () => {
    data.addBook("b1", { copies: 1, stars: 1 });
    data.addBook("b2", { copies: 2, stars: 2, author: "a2" });
    data.addBook("b3", { copies: 3, stars: 3 });
    const expected = new Map([
      ["b1", { copies: 1, stars: 1, author: { name: "Ada" } }],
      ["b2", { copies: 2, stars: 2, author: { name: "Bob" } }],
      ["b3", { copies: 3, stars: 3, author: { name: "Ada" } }],
    ]);
    const orders = [["b3"], ["b1", "b3"], ["b2", "b1", "b3", "b2"], ["b3", "b2", "b1"], ["b1", "b1"]];
    for (const ids of orders) {
      const { data: answered } = await shop.ask(
        "query($ids: [ID!]) { books(ids: $ids) { copies stars author { name } } }",
        { variables: { ids } },
      );
      expect(answered).toEqual({ books: ids.map((id) => expected.get(id)) });
    }
    expect(representations()).toHaveLength(3 + 3 + 2);
  });

  it("keeps the groups of one request apart", async () => {
    // Both kinds of entities of one subgraph are asked for in the same wave.
    const query = "{ books(first: 2) { place { free } } things { label } }";
    data.codes.push("x");
    const first = await shop.ask(query);
    expect(first.data).toEqual({ books: [{ place: null }, { place: null }], things: [{ label: 'string "x"' }] });
    data.addBook("b1", { place: { room: "east", row: 2 } });
    data.codes.push("y");
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "catalog" }] });
    shop.fetched.length = 0;
    expect((await shop.ask(query)).data).toEqual({
      books: [{ place: { free: 7 } }, { place: null }],
      things: [{ label: 'string "x"' }, { label: 'string "y"' }],
    });
    expect(representations()).toEqual([
      { __typename: "Place", room: "east", shelf: { row: 2 } },
      { __typename: "Thing", code: "y" },
    ]);
    data.codes.length = 0;
    data.addBook("b1");
  });

  it("is asked for by what it requires, too", async () => {
    const query = '{ book(id: "b1") { weight } }';
    expect((await shop.ask(query)).data).toEqual({ book: { weight: 200 } });
    data.addBook("b1", { pages: 7 });
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "catalog" }] });
    expect((await shop.ask(query)).data).toEqual({ book: { weight: 14 } });
    data.addBook("b1");
  });
});
