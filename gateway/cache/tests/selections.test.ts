/** What a selection is made of tells entries apart: arguments, variables, what stands for variables that are not given. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const shop: CachedGateway = await openCachedGateway({ subgraphs: library().subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => shop.reset());

const copies = async (query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<unknown> => {
  const { data, errors } = await shop.ask(query, { variables });
  expect(errors).toEqual([]);
  return data?.book;
};

describe("an entry", () => {
  it("is of one argument, written or given as a variable", async () => {
    const written = (sold: boolean): string => `{ book(id: "b1") { copies(sold: ${sold}) } }`;
    const given = 'query($sold: Boolean) { book(id: "b1") { copies(sold: $sold) } }';
    for (let time = 0; time < 3; time++) {
      expect(await copies(written(true))).toEqual({ copies: -3 });
      expect(await copies(written(false))).toEqual({ copies: 3 });
      expect(await copies(given, { sold: true })).toEqual({ copies: -3 });
      expect(await copies(given, { sold: false })).toEqual({ copies: 3 });
    }
    expect(shop.fetched.filter(({ subgraph }) => subgraph === "stock")).toHaveLength(4);
  });

  it("tells a variable that is not given from null", async () => {
    const blurb = 'query($length: Int) { book(id: "b1") { blurb(length: $length) } }';
    expect(await copies(blurb)).toEqual({ blurb: "Titl" });
    expect(await copies(blurb, { length: null })).toEqual({ blurb: "" });
    expect(await copies(blurb)).toEqual({ blurb: "Titl" });
    expect(await copies(blurb, { length: 1 })).toEqual({ blurb: "T" });
  });

  it("is not that of an operation with another default for its variable", async () => {
    const blurb = (length: number): string =>
      `query($length: Int = ${length}) { book(id: "b1") { blurb(length: $length) } }`;
    expect(await copies(blurb(1))).toEqual({ blurb: "T" });
    expect(await copies(blurb(2))).toEqual({ blurb: "Ti" });
    const sold = (value: boolean): string =>
      `query($sold: Boolean = ${value}) { book(id: "b1") { copies(sold: $sold) } }`;
    expect(await copies(sold(true))).toEqual({ copies: -3 });
    expect(await copies(sold(false))).toEqual({ copies: 3 });
  });

  it("is found with variables that it does not use", async () => {
    const query = (name: string): string =>
      `query($sold: Boolean!, $${name}: Int) { book(id: "b1") { copies(sold: $sold) } a: book(id: "b2") { blurb(length: $${name}) } }`;
    await shop.ask(query("length"), { variables: { sold: true, length: 1 } });
    expect(await shop.asked(() => shop.ask(query("other"), { variables: { sold: true, other: 2 } }))).toEqual([
      "catalog",
    ]);
  });

  it("has several aliases of one field", async () => {
    const query = '{ book(id: "b1") { had: copies(sold: true) copies other: copies(sold: false) } }';
    const expected = { had: -3, copies: 3, other: 3 };
    for (let time = 0; time < 3; time++) expect(await copies(query)).toEqual(expected);
    expect(await copies('{ book(id: "b1") { copies: copies(sold: true) had: copies } }')).toEqual({
      copies: -3,
      had: 3,
    });
  });

  it("is of what is not skipped", async () => {
    const query =
      'query($more: Boolean!, $less: Boolean! = false) { book(id: "b1") { stars copies @include(if: $more) ... @skip(if: $less) { title } } }';
    for (let time = 0; time < 3; time++) {
      expect(await copies(query, { more: true })).toEqual({ stars: 5, copies: 3, title: "Title b1" });
      expect(await copies(query, { more: false })).toEqual({ stars: 5, title: "Title b1" });
      expect(await copies(query, { more: false, less: true })).toEqual({ stars: 5 });
    }
    expect(shop.fetched.filter(({ subgraph }) => subgraph === "ratings")).toHaveLength(1);
  });

  it("of a root field is of its arguments", async () => {
    for (let time = 0; time < 3; time++) {
      for (const id of ["b1", "b2", "none", "B1", " b1", "b1\n", '"b1"']) {
        const { data } = await shop.ask("query($id: ID!) { book(id: $id) { title } }", { variables: { id } });
        expect(data, JSON.stringify(id)).toEqual({ book: /^b\d$/.test(id) ? { title: `Title ${id}` } : null });
      }
    }
  });
});
