/** That there is no such entity is kept too, for a time of its own. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs, cache: { negativeMs: 5_000 } });
afterAll(() => shop[Symbol.asyncDispose]());
const ada = { id: "a1", name: "Ada", motto: "on" };
beforeEach(async () => {
  data.authors.set("a1", ada);
  await shop.reset();
});

const query = "{ books { id author { motto } } }";
const mottos = async (): Promise<unknown> => {
  const { data: answered, errors } = await shop.ask(query);
  expect(errors).toEqual([]);
  return (answered?.books as { author: unknown }[] | undefined)?.map(({ author }) => author);
};

describe("an entity that is not there", () => {
  it("is not asked for again, and is null as it was at first", async () => {
    data.authors.delete("a1");
    const first = await mottos();
    expect(first).toEqual([{ motto: null }, { motto: null }, { motto: null }]);
    for (let time = 0; time < 3; time++) {
      expect(await shop.asked(async () => expect(await mottos()).toEqual(first))).toEqual([]);
    }
    expect(await shop.metric("mesh_cache_stores_total", { result: "stored-negative" })).toBe(1);
  });

  it("is asked for again after its own time, while others are kept on", async () => {
    data.authors.delete("a1");
    await mottos();
    data.authors.set("a1", ada);
    shop.advance(4);
    expect(await mottos()).toEqual([{ motto: null }, { motto: null }, { motto: null }]);
    shop.advance(1);
    shop.fetched.length = 0;
    expect(await mottos()).toEqual([{ motto: "on" }, { motto: null }, { motto: "on" }]);
    expect(shop.fetched.map(({ variables }) => variables)).toEqual([
      { representations: [{ __typename: "Author", id: "a1" }] },
    ]);
  });

  it("is not remembered for longer than the answer allows", async () => {
    shop.say("people", "public, max-age=2");
    data.authors.delete("a1");
    await mottos();
    shop.advance(2);
    expect(await shop.asked(mottos)).toEqual(["people"]);
    shop.say("people", "no-store");
    shop.advance(2);
    await mottos();
    expect(await shop.asked(mottos)).toEqual(["people"]);
  });

  it("is there as soon as somebody says so", async () => {
    data.authors.delete("a1");
    await mottos();
    data.authors.set("a1", ada);
    await shop.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Author", key: { id: "a1" } }],
    });
    expect(await mottos()).toEqual([{ motto: "on" }, { motto: null }, { motto: "on" }]);
  });

  it("has an error where it must not be null, each time", async () => {
    data.authors.delete("a1");
    const names = '{ book(id: "b1") { author { name } } }';
    const first = await shop.ask(names);
    expect(first.errors).toMatchObject([{ path: ["book", "author", "name"] }]);
    expect(first.data).toEqual({ book: { author: null } });
    for (let time = 0; time < 3; time++) {
      const again = await shop.ask(names);
      expect(again.data).toEqual(first.data);
      expect(again.errors.map(({ path }) => path)).toEqual(first.errors.map(({ path }) => path));
      expect(again.headers["cache-control"]).toBe("no-store");
    }
  });
});
