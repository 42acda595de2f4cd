/** What is kept takes no more memory than it may. */
import { describe, expect, it } from "vitest";
import { openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

describe("a small memory", () => {
  it("answers rightly, keeps what fits and lets the longest unused go", async () => {
    const data = library();
    data.books.clear();
    for (let number = 0; number < 150; number++) data.addBook(`n${number}`, { copies: number });
    await using shop = await openCachedGateway({
      subgraphs: data.subgraphs,
      cache: { memoryBytes: 30_000, responseBytes: 10_000 },
      replayBytes: 0,
    });
    const query = "query($id: ID!) { book(id: $id) { copies } }";
    const ask = async (number: number): Promise<void> => {
      const { data: answered } = await shop.ask(query, { variables: { id: `n${number}` } });
      expect(answered).toEqual({ book: { copies: number } });
    };
    for (let number = 0; number < 150; number++) await ask(number);
    expect(await shop.asked(() => ask(149))).toEqual([]);
    expect(await shop.asked(() => ask(0))).toEqual(["catalog", "stock"]);
    let kept = 0;
    for (let number = 149; number >= 0; number--) {
      const asked = await shop.asked(() => ask(number));
      if (asked.length === 0) kept++;
    }
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(60);
  });

  it("does not keep what is larger than one entry may be, and keeps its neighbours", async () => {
    const data = library();
    data.authors.set("a1", { id: "a1", name: "Ada", motto: "long ".repeat(2_000) });
    await using shop = await openCachedGateway({ subgraphs: data.subgraphs, cache: { maxEntryBytes: 5_000 } });
    const query = "{ books { author { motto } } }";
    const first = await shop.ask(query);
    for (let time = 0; time < 4; time++) {
      shop.fetched.length = 0;
      expect((await shop.ask(query)).text).toBe(first.text);
      // Unless everything is asked again for a run that is followed.
      const asked = shop.fetched.flatMap(({ variables }) => variables.representations ?? []);
      expect(asked).toEqual([{ __typename: "Author", id: "a1" }]);
    }
    expect(await shop.metric("mesh_cache_stores_total", { result: "too-large" })).toBe(5);
    expect(first.headers["cache-control"]).toBe("no-store");
  });

  it("ends what came together with something that there was no room for", async () => {
    const data = library();
    data.authors.set("a1", { id: "a1", name: "Ada", motto: "long ".repeat(1_000) });
    data.authors.set("a2", { id: "a2", name: "Bob", motto: "old" });
    data.addBook("b2", { author: "a2" });
    await using shop = await openCachedGateway({
      subgraphs: data.subgraphs,
      cache: { memoryBytes: 4_000, responseBytes: 0 },
      replayBytes: 0,
    });
    const mottos = (ids: readonly string[]) =>
      shop.ask("query($ids: [ID!]) { books(ids: $ids) { author { motto } } }", { variables: { ids } });
    await mottos(["b1", "b2"]);
    expect(await shop.asked(() => mottos(["b2"]))).toEqual(["catalog"]);
    expect(await shop.asked(() => mottos(["b2"]))).toEqual([]);
    data.authors.set("a2", { id: "a2", name: "Bob", motto: "new" });
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "people" }] });
    expect((await mottos(["b2"])).data).toEqual({ books: [{ author: { motto: "new" } }] });
  });

  it("keeps nothing where there is none", async () => {
    await using shop = await openCachedGateway({
      subgraphs: library().subgraphs,
      cache: { memoryBytes: 0, responseBytes: 0 },
    });
    const query = "{ books { copies } }";
    for (let time = 0; time < 4; time++) {
      expect(await shop.asked(() => shop.ask(query))).toEqual(["catalog", "stock"]);
    }
  });
});
