/** What is said to be no longer true is used no more, and nothing that began before is kept; everything else is. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";
import type { Invalidated } from "../index.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  data.books.clear();
  for (const id of ["b1", "b2", "b3"]) data.addBook(id, id === "b2" ? { author: "a2" } : {});
  await shop.reset();
});

const all = [
  "{ books { title } }",
  '{ book(id: "b1") { title } }',
  "{ media { title } }",
  "{ search { __typename } }",
  "{ shelf { id } }",
  "{ stocked }",
  "{ authors { name } }",
  '{ book(id: "b1") { author { name } } }',
  '{ book(id: "b2") { author { name } } }',
  '{ book(id: "b1") { stars } }',
  '{ book(id: "b2") { stars } }',
  '{ book(id: "b1") { copies } }',
  '{ book(id: "b2") { copies } }',
  '{ book(id: "b1") { weight } }',
];

/** Of all these, what has to be asked for again after it: each with the subgraph. */
async function ended(...what: Invalidated[]): Promise<readonly string[]> {
  for (const query of all) expect((await shop.ask(query)).errors).toEqual([]);
  for (const query of all) expect(await shop.asked(() => shop.ask(query)), query).toEqual([]);
  await shop.invalidator.invalidate({ cause: "event", what });
  const again: string[] = [];
  for (const query of all) {
    for (const subgraph of await shop.asked(() => shop.ask(query))) again.push(`${subgraph} ${query}`);
  }
  return again;
}

const from = (subgraph: string, ...queries: string[]): string[] => queries.map((query) => `${subgraph} ${query}`);

describe("an end of", () => {
  it("everything is one of everything", async () => {
    const again = await ended({ kind: "all" });
    for (const query of all)
      expect(
        again.some((each) => each.endsWith(query)),
        query,
      ).toBe(true);
  });

  it("a product is one of all that it answered, and of nothing else", async () => {
    expect(await ended({ kind: "product", product: "people" })).toEqual([
      ...from("people", "{ authors { name } }", '{ book(id: "b1") { author { name } } }'),
      ...from("people", '{ book(id: "b2") { author { name } } }'),
    ]);
    expect(await ended({ kind: "product", product: "stock" })).toEqual([
      "stock { stocked }",
      ...from("stock", '{ book(id: "b1") { copies } }', '{ book(id: "b2") { copies } }'),
    ]);
    expect(await ended({ kind: "product", product: "unknown" })).toEqual([]);
  });

  it("a type is one of all that holds its objects, or those of its interfaces and unions", async () => {
    const again = await ended({ kind: "type", type: "Book" });
    expect(again).toEqual(
      expect.arrayContaining([
        "catalog { books { title } }",
        "catalog { media { title } }",
        "catalog { search { __typename } }",
        'ratings { book(id: "b2") { stars } }',
        'stock { book(id: "b2") { copies } }',
        'post { book(id: "b1") { weight } }',
      ]),
    );
    expect(again.join()).not.toMatch(/people|stocked/);
    expect(await ended({ kind: "type", type: "Book", product: "stock" })).toEqual(
      from("stock", '{ book(id: "b1") { copies } }', '{ book(id: "b2") { copies } }'),
    );
    expect(await ended({ kind: "type", type: "Author", product: "people" })).toEqual([
      ...from("people", "{ authors { name } }", '{ book(id: "b1") { author { name } } }'),
      ...from("people", '{ book(id: "b2") { author { name } } }'),
    ]);
    expect(await ended({ kind: "type", type: "Unknown" })).toEqual([]);
  });

  it("an entity is one of it alone, and of what is made from several rows", async () => {
    expect(await ended({ kind: "entity", type: "Author", key: { id: "a1" }, product: "people" })).toEqual([
      "people { authors { name } }",
      'people { book(id: "b1") { author { name } } }',
    ]);
    const again = await ended({ kind: "entity", type: "Book", key: { id: "b1" } });
    expect(again).toContain('ratings { book(id: "b1") { stars } }');
    expect(again).not.toContain('ratings { book(id: "b2") { stars } }');
    expect(again).toContain('stock { book(id: "b1") { copies } }');
    expect(again.join()).not.toContain("people");
  });

  it("an entity that nobody has is one of lists, where it may have come to be", async () => {
    const again = await ended({ kind: "entity", type: "Author", key: { id: "new" }, product: "people" });
    expect(again).toEqual(["people { authors { name } }"]);
  });

  it("rows is one of lists, and of what holds objects of their type", async () => {
    expect(await ended({ kind: "rows", type: "Book", product: "stock" })).toEqual([
      "stock { stocked }",
      ...from("stock", '{ book(id: "b1") { copies } }', '{ book(id: "b2") { copies } }'),
    ]);
  });

  it("a tag is one of what has it", async () => {
    expect(await ended({ kind: "tag", tag: "author-a1" })).toEqual(['people { book(id: "b1") { author { name } } }']);
    expect(await ended({ kind: "tag", tag: "author-a1", product: "stock" })).toEqual([]);
    expect(await ended({ kind: "tag", tag: "author-" })).toEqual([]);
    expect(await ended({ kind: "tag", tag: "author" })).toEqual([]);
  });

  it("several things is one of each", async () => {
    const again = await ended(
      { kind: "tag", tag: "author-a2" },
      { kind: "product", product: "post" },
      { kind: "type", type: "Unknown" },
    );
    expect(again).toEqual(['people { book(id: "b2") { author { name } } }', 'post { book(id: "b1") { weight } }']);
  });

  it("nothing is none", async () => {
    expect(await ended()).toEqual([]);
  });
});

describe("a tag of a root field", () => {
  const kept = async (query: string, tag: string, variables = {}): Promise<boolean> => {
    await shop.ask(query, { variables });
    expect(await shop.asked(() => shop.ask(query, { variables }))).toEqual([]);
    await shop.invalidator.invalidate({ cause: "operator", what: [{ kind: "tag", tag }] });
    return (await shop.asked(() => shop.ask(query, { variables }))).length === 0;
  };

  it.each([
    ["an argument", '{ shelf(genre: "crime") { id } }', {}],
    ["a variable", "query($g: String) { shelf(genre: $g) { id } }", { g: "crime" }],
    ["a variable's default", 'query($g: String = "crime") { shelf(genre: $g) { id } }', {}],
    ["one of several", '{ shelf(genre: "crime") { id } other: shelf(genre: "prose") { id } }', {}],
  ])("has the value of %s", async (_, query, variables) => {
    expect(await kept(query, "genre-crime", variables)).toBe(false);
    expect(await kept(query, "genre-verse", variables)).toBe(true);
  });

  it("has the schema's default where none is given", async () => {
    expect(await kept("{ shelf { id } }", "genre-prose")).toBe(false);
    expect(await kept("query($g: String) { shelf(genre: $g) { id } }", "genre-prose")).toBe(false);
  });

  it("is not there where the value is null", async () => {
    expect(await kept("{ shelf(genre: null) { id } }", "genre-")).toBe(true);
    expect(await kept("{ shelf(genre: null) { id } }", "genre-null")).toBe(true);
    expect(await kept("query($g: String) { shelf(genre: $g) { id } }", "genre-prose", { g: null })).toBe(true);
  });
});

describe("what is ended while it is fetched", () => {
  const slow = '{ book(id: "b1") { author { name } } }';
  const names = async (): Promise<unknown> => (await shop.ask(slow)).data;
  const whats: readonly Invalidated[] = [
    { kind: "all" },
    { kind: "product", product: "people" },
    { kind: "type", type: "Author" },
    { kind: "entity", type: "Author", key: { id: "a1" } },
    { kind: "rows", type: "Author", product: "people" },
    { kind: "tag", tag: "author-a1" },
  ];

  /** Somebody asks; the subgraph has read, and its answer comes when `during` is over. */
  async function whileFetched(during: () => Promise<unknown>): Promise<void> {
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    shop.behave("people", async (_, answer) => {
      const old = await answer();
      read.resolve();
      await gate.promise;
      return old;
    });
    const asking = shop.ask(slow);
    await read.promise;
    shop.behave("people", undefined);
    try {
      await during();
    } finally {
      gate.resolve();
      await asking;
    }
  }

  it.each(whats)("is not kept: $kind", async (what) => {
    const invalidate = (): Promise<unknown> => shop.invalidator.invalidate({ cause: "event", what: [what] });
    await whileFetched(invalidate);
    expect(await shop.asked(names)).toContain("people");
    await shop.reset();
    // Also when it was kept before, and has been asked for since by somebody else.
    await names();
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "people" }] });
    const others: Promise<unknown>[] = [];
    await whileFetched(async () => {
      await invalidate();
      others.push(shop.ask('{ book(id: "b3") { author { name } } }'));
      await invalidate();
    });
    await Promise.all(others);
    await invalidate();
    expect(await shop.asked(names)).toContain("people");
    expect(await shop.asked(names)).toEqual([]);
  });

  it("is kept when it was something else that was ended", async () => {
    await whileFetched(() =>
      shop.invalidator.invalidate({
        cause: "event",
        what: [
          { kind: "product", product: "stock" },
          { kind: "entity", type: "Author", key: { id: "a2" }, product: "people" },
          { kind: "tag", tag: "author-a2" },
          { kind: "type", type: "Unknown" },
        ],
      }),
    );
    expect(await shop.asked(names)).toEqual([]);
  });

  // `CacheCore.applyHere` has to move the fence of those who join what is under way, as a mutation's end does.
  it("is not the answer of who asks after that", async () => {
    const later: Promise<unknown>[] = [];
    await whileFetched(async () => {
      data.authors.set("a1", { id: "a1", name: "New", motto: "on" });
      await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "people" }] });
      later.push(names(), names());
    });
    data.authors.set("a1", { id: "a1", name: "Ada", motto: "on" });
    for (const answered of await Promise.all(later)) expect(answered).toEqual({ book: { author: { name: "New" } } });
  });

  it("is not kept as a whole answer either, if it was a part that had come already", async () => {
    const both = '{ book(id: "b1") { title author { name } } }';
    await whileFetched(async () => undefined);
    shop.fetched.length = 0;
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    shop.behave("people", async (_, answer) => {
      read.resolve();
      await gate.promise;
      return answer();
    });
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "people" }] });
    const asking = shop.ask(both);
    await read.promise;
    data.addBook("b1", { title: "new" });
    await shop.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Book", key: { id: "b1" }, product: "catalog" }],
    });
    gate.resolve();
    expect((await asking).data).toEqual({ book: { title: "Title b1", author: { name: "Ada" } } });
    expect((await shop.ask(both)).data).toEqual({ book: { title: "new", author: { name: "Ada" } } });
  });
});

describe("a version that was announced", () => {
  it("keeps out answers from older ones", async () => {
    let dataVersion = 4;
    shop.behave("people", async (_, answer) => ({
      ...(await answer()),
      extensions: { products: { people: { dataVersion } } },
    }));
    const query = "{ authors { motto } }";
    const announce = (version: number, at: number): Promise<unknown> =>
      shop.invalidator.invalidate({
        cause: "event",
        what: [{ kind: "product", product: "people" }],
        versions: new Map([["people", { version, at }]]),
      });
    await shop.ask(query);
    expect(await shop.asked(() => shop.ask(query))).toEqual([]);
    await announce(5, 1);
    for (let time = 0; time < 4; time++) expect(await shop.asked(() => shop.ask(query))).toEqual(["people"]);
    dataVersion = 5;
    await shop.ask(query);
    expect(await shop.asked(() => shop.ask(query))).toEqual([]);
    expect(await shop.metric("mesh_cache_stores_total", { result: "outdated" })).toBeGreaterThan(0);
  });
});
