/** Whatever a key consists of, an entity is found by it and no other one is. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => shop.reset());

const strange = [
  "",
  " ",
  "1",
  "1,2",
  '"',
  "\\",
  '\\"',
  "a\nb",
  "a\r\nb",
  "a\tb",
  "\u0000",
  "ü",
  "u\u0308",
  "日本",
  "🙂",
  "\ud83d",
  "\u2028",
  "{}",
  '{"__typename":"Book"}',
  "null",
  "undefined",
  "__proto__",
  "constructor",
  "x".repeat(20_000),
  `${"x".repeat(20_000)}y`,
];

describe("entities with strange keys", () => {
  it("are kept apart, and invalidated one by one", async () => {
    data.books.clear();
    for (const [stars, id] of strange.entries()) data.addBook(id, { stars, isbn: id, copies: stars });
    const query = "query($first: Int) { books(first: $first) { id stars copies } }";
    const variables = { first: 100 };
    const expected = { books: strange.map((id, stars) => ({ id, stars, copies: stars })) };
    expect((await shop.ask(query, { variables })).data).toEqual(expected);
    expect(await shop.asked(() => shop.ask(query, { variables }))).toEqual([]);

    for (const book of data.books.values()) book.stars += 1_000;
    for (const [index, id] of strange.entries()) {
      await shop.invalidator.invalidate({
        cause: "event",
        what: [{ kind: "entity", type: "Book", key: { id }, product: "ratings" }],
      });
      shop.fetched.length = 0;
      const { data: answered } = await shop.ask(query, { variables });
      const stars = (answered?.books as { stars: number }[] | undefined)?.map((book) => book.stars);
      expect(stars).toEqual(strange.map((_, at) => (at <= index ? at + 1_000 : at)));
      expect(shop.fetched.map(({ variables: sent }) => sent)).toEqual([
        { representations: [{ __typename: "Media", id }] },
      ]);
    }
    data.books.clear();
  });

  it("are kept apart where numbers and texts look alike", async () => {
    const codes = [
      1,
      "1",
      1.5,
      "1.5",
      true,
      "true",
      null,
      "null",
      [1],
      "[1]",
      { a: 1 },
      '{"a":1}',
      -0.25,
      1e21,
      "1e+21",
    ];
    // A key that is null names nothing, and is not asked for.
    data.codes.push(...codes.filter((code) => code !== null));
    const query = "{ things { code label } }";
    const expected = {
      things: codes
        .filter((code) => code !== null)
        .map((code) => ({ code, label: `${typeof code} ${JSON.stringify(code)}` })),
    };
    for (let time = 0; time < 3; time++) expect((await shop.ask(query)).data).toEqual(expected);
    const counts = shop.fetched.map(({ variables }) => (variables.representations as unknown[] | undefined)?.length);
    expect(counts).toEqual([undefined, codes.length - 1]);
    data.codes.length = 0;
  });

  it("are found by every part of a key of several", async () => {
    data.books.clear();
    const places = [
      { room: "a", row: 1 },
      { room: "a", row: 11 },
      { room: "a 1", row: 1 },
      { room: 'a","shelf":{"row":1}', row: 1 },
    ];
    for (const [index, place] of places.entries()) {
      data.addBook(`p${index}`, { place });
      data.free.set(`${place.room} ${place.row}`, index);
    }
    const query = "{ books { place { free } } }";
    const expected = () => ({
      books: places.map(({ room, row }) => ({ place: { free: data.free.get(`${room} ${row}`) } })),
    });
    expect((await shop.ask(query)).data).toEqual(expected());
    expect(await shop.asked(() => shop.ask(query))).toEqual([]);

    data.free.set("a 11", 77);
    await shop.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Place", key: { shelf: { row: 11 }, room: "a" } }],
    });
    shop.fetched.length = 0;
    expect((await shop.ask(query)).data).toEqual(expected());
    expect(shop.fetched.flatMap(({ variables }) => variables.representations ?? [])).toEqual([
      { __typename: "Place", room: "a", shelf: { row: 11 } },
    ]);
    data.books.clear();
  });

  it("are ended by any of their keys, and by a part of one", async () => {
    data.books.clear();
    data.addBook("k1", { isbn: "i1", stars: 1, copies: 1, place: { room: "east", row: 2 } });
    const query = '{ book(id: "k1") { stars copies place { free } } }';
    const ended = async (type: string, key: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      await shop.ask(query);
      await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "entity", type, key }] });
      return shop.asked(() => shop.ask(query));
    };
    // Who knows an entity by one key alone may mean any that is kept by another one.
    expect(await ended("Book", { id: "k1" })).toEqual(["catalog", "ratings", "stock"]);
    expect(await ended("Book", { isbn: "i1" })).toEqual(["catalog", "ratings", "stock"]);
    expect(await ended("Book", { id: "k1", isbn: "i1" })).toEqual(["catalog", "ratings", "stock"]);
    // An interface stands for its types, and they for it.
    expect(await ended("Media", { id: "k1" })).toContain("ratings");
    expect(await ended("Film", { id: "other" })).not.toContain("stock");
    expect(await ended("Place", { room: "east" })).toContain("rooms");
    expect(await ended("Place", { room: "west", shelf: { row: 2 } })).not.toContain("rooms");
  });
});
