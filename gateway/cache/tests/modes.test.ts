/** What is done with what subgraphs answer: kept and served, kept and only compared, or let go; for each of them. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway, user } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const query = "{ books { title copies } }";
const shadowed = (shop: CachedGateway, result: "hit" | "stale"): Promise<number> =>
  shop.metric("mesh_cache_shadow_total", { subgraph: "stock", result });

describe("in shadow mode", () => {
  it("nothing is served of what is kept, and what it would have been is counted", async () => {
    const data = library();
    await using shop = await openCachedGateway({ subgraphs: data.subgraphs, cache: { mode: "shadow" } });
    const first = await shop.ask(query);
    expect(first.headers).toMatchObject({ "cache-control": "no-store" });
    expect(await shadowed(shop, "hit")).toBe(0);
    for (let time = 1; time <= 5; time++) {
      const asked = await shop.asked(async () => expect((await shop.ask(query)).data).toEqual(first.data));
      expect(asked).toEqual(["catalog", "stock"]);
      expect([await shadowed(shop, "hit"), await shadowed(shop, "stale")]).toEqual([3 * time, 0]);
    }
    data.addBook("b2", { copies: 77 });
    const { data: changed } = await shop.ask(query);
    expect(changed).toMatchObject({ books: [{ copies: 3 }, { copies: 77 }, { copies: 3 }] });
    expect([await shadowed(shop, "hit"), await shadowed(shop, "stale")]).toEqual([17, 1]);
    await shop.ask(query);
    expect([await shadowed(shop, "hit"), await shadowed(shop, "stale")]).toEqual([20, 1]);
    expect(await shop.metric("mesh_cache_lookups_total", { result: "memory" })).toBe(0);
    expect(await shop.metric("mesh_cache_responses_total", { result: "memory" })).toBe(0);
  });

  it("what is beyond its time, or was ended, would not have been served", async () => {
    const data = library();
    await using shop = await openCachedGateway({ subgraphs: data.subgraphs, cache: { mode: "shadow" } });
    await shop.ask(query);
    data.addBook("b1", { copies: 9 });
    shop.advance(60);
    await shop.ask(query);
    data.addBook("b1", { copies: 10 });
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "type", type: "Book" }] });
    await shop.ask(query);
    expect([await shadowed(shop, "hit"), await shadowed(shop, "stale")]).toEqual([0, 0]);
    await shop.ask(query);
    expect([await shadowed(shop, "hit"), await shadowed(shop, "stale")]).toEqual([3, 0]);
  });

  // `StepLookup.underWay` has to look at the shelf's mode: what comes is not used, so nobody need wait for it.
  it("nobody waits for what somebody else asks for", async () => {
    await using shop = await openCachedGateway({ subgraphs: library().subgraphs, cache: { mode: "shadow" } });
    await shop.ask(query);
    const gate = Promise.withResolvers<void>();
    shop.behave("stock", async (_, answer) => {
      await gate.promise;
      return answer();
    });
    shop.fetched.length = 0;
    const asking = ["ada", "bob"].map((id) => shop.ask(query, { as: user(id) }));
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    const asked = shop.fetched.filter(({ subgraph }) => subgraph === "stock").length;
    gate.resolve();
    await Promise.all(asking);
    expect(asked).toBe(2);
  });

  it("a subgraph that fails is not stood in for", async () => {
    await using shop = await openCachedGateway({
      subgraphs: library().subgraphs,
      cache: { mode: "shadow" },
      says: "public, max-age=10, stale-if-error=100",
    });
    await shop.ask(query);
    shop.advance(20);
    shop.behave("stock", () => {
      throw new Error("gone");
    });
    expect((await shop.ask(query)).errors).toHaveLength(3);
  });
});

describe("a mode", () => {
  it("is each subgraph's own", async () => {
    await using shop = await openCachedGateway({
      subgraphs: library().subgraphs,
      cache: { mode: "on", modes: { stock: "shadow", ratings: "off" } },
    });
    const all = "{ books { title copies stars author { name } } }";
    for (let time = 0; time < 4; time++) {
      const { headers } = await shop.ask(all);
      expect(headers).toMatchObject({ "cache-control": "no-store" });
    }
    const counts = Map.groupBy(shop.fetched, ({ subgraph }) => subgraph);
    expect([...counts].map(([name, list]) => [name, list.length])).toEqual(
      expect.arrayContaining([
        ["catalog", 1],
        ["people", 1],
        ["stock", 4],
        ["ratings", 4],
      ]),
    );
    expect(await shop.metric("mesh_cache_stores_total", { subgraph: "ratings" })).toBe(0);
    expect(await shop.metric("mesh_cache_lookups_total", { subgraph: "ratings" })).toBe(0);
  });

  it("of off keeps nothing, and says nothing of being kept", async () => {
    await using shop = await openCachedGateway({ subgraphs: library().subgraphs, cache: { mode: "off" } });
    for (let time = 0; time < 4; time++) {
      const asked = await shop.asked(async () => {
        const { headers, extensions } = await shop.ask(query);
        expect(headers).toMatchObject({ "cache-control": "no-store" });
        expect(headers).not.toHaveProperty("age");
        expect(JSON.stringify(extensions)).not.toContain("keptSeconds");
      });
      expect(asked).toEqual(["catalog", "stock"]);
    }
    expect(await shop.metric("mesh_cache_stores_total")).toBe(0);
  });

  it("may be on for one and off for all others", async () => {
    await using shop = await openCachedGateway({
      subgraphs: library().subgraphs,
      cache: { mode: "off", modes: { stock: "on" } },
    });
    for (let time = 0; time < 4; time++) {
      expect(await shop.asked(() => shop.ask(query))).toEqual(time === 0 ? ["catalog", "stock"] : ["catalog"]);
    }
  });
});
