/** For how long an answer is kept, and what clients are told of it: whoever says the least holds. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { cacheControlDefinition, meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { type CachedGateway, openCachedGateway, type Subgraph } from "../../fixtures/cached-gateway.fixture.ts";
import { subgraphOf } from "../../fixtures/shop.fixture.ts";

const link = (more: string): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible", "@shareable"${more}])`;
const weatherSdl = `${link("")} ${cacheControlDefinition}
  type Query {
    silent: Int
    hinted: Int @cacheControl(maxAge: 30)
    station: Station @cacheControl(maxAge: 50)
    mine: Station @cacheControl(maxAge: 50, scope: PRIVATE)
  }
  type Station @key(fields: "id") @cacheControl(maxAge: 40) {
    id: ID!
    wind: Int @cacheControl(maxAge: 10)
    place: Place @cacheControl(inheritMaxAge: true)
    owner: Owner
  }
  type Place { town: String }
  type Owner { name: String }
`;
const heightsSdl = `${link("")} ${cacheControlDefinition}
  type Query { heights: Int }
  type Station @key(fields: "id") @cacheControl(maxAge: 20) { id: ID! height: Int }
`;
/** A data product, whose data are at most 25 seconds old. */
const riversSdl = `${link(', "@composeDirective"')} ${meshSchemaExtension()} ${meshDirectiveDefinitions}
  type Query { river: River }
  type Station @key(fields: "id") @dataProduct(name: "rivers", domain: "d", version: "1.0.0", freshness: 25) { id: ID! level: Int }
  type River @key(fields: "id") @dataProduct(name: "rivers", domain: "d", version: "1.0.0", freshness: 25) { id: ID! flow: Int }
`;
const stationOf = () => ({ id: "s1", wind: 3, height: 100, level: 2, place: { town: "T" }, owner: { name: "O" } });
const Station = { __resolveReference: stationOf };
const subgraphs: readonly Subgraph[] = [
  subgraphOf("weather", weatherSdl, {
    Query: { silent: () => 1, hinted: () => 1, station: stationOf, mine: stationOf },
    Station,
  }),
  subgraphOf("heights", heightsSdl, { Query: { heights: () => 1 }, Station }),
  subgraphOf("rivers", riversSdl, { Query: { river: () => ({ id: "r1", flow: 1 }) }, Station }),
];
const shop: CachedGateway = await openCachedGateway({ subgraphs, says: undefined });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => shop.reset());

/** For how many seconds it is kept: 0 for not at all. Moves the clock. */
async function secondsKept(query: string): Promise<number> {
  // Asked once each time: what is asked for often is read anew before it ends.
  const isKeptFor = async (seconds: number): Promise<boolean> => {
    await shop.invalidator.invalidate({ cause: "operator", what: [{ kind: "all" }] });
    const answer = await shop.ask(query);
    expect(answer.errors).toEqual([]);
    shop.advance(seconds);
    return (await shop.asked(() => shop.ask(query))).length === 0;
  };
  let seconds = 0;
  while (seconds < 200 && (await isKeptFor(seconds))) seconds += 5;
  return seconds;
}
const told = async (query: string): Promise<readonly unknown[]> => {
  const { headers } = await shop.ask(query);
  return [headers["cache-control"], headers.age];
};

describe("the schema's word", () => {
  it.each([
    ["{ silent }", 0],
    ["{ hinted }", 30],
    ["{ hinted silent }", 0],
    ["{ station { id } }", 50],
    ["{ station { id wind } }", 10],
    ["{ station { place { town } } }", 50],
    ["{ station { id owner { name } } }", 0],
    ["{ station { height } }", 20],
    ["{ hinted station { wind height } }", 10],
    ["{ station { level } }", 25],
  ])("holds for the whole: %s is kept for %d s", async (query, seconds) => {
    expect(await secondsKept(query)).toBe(seconds);
    await shop.invalidator.invalidate({ cause: "operator", what: [{ kind: "all" }] });
    expect(await told(query)).toEqual(seconds === 0 ? ["no-store", undefined] : [`private, max-age=${seconds}`, "0"]);
    if (seconds === 0) return;
    shop.advance(5);
    expect(await told(query)).toEqual([`private, max-age=${seconds}`, "5"]);
  });
});

describe("the answer's word", () => {
  it.each<[header: string | undefined, age: number | undefined, seconds: number]>([
    [undefined, undefined, 30],
    ["max-age=10", undefined, 10],
    ["max-age=60", undefined, 30],
    ["MAX-AGE=10", undefined, 10],
    ['max-age="10"', undefined, 10],
    ["max-age=10, max-age=5", undefined, 5],
    ["max-age=5, max-age=10", undefined, 5],
    ["max-age=5, s-maxage=10", undefined, 10],
    ["s-maxage=5, max-age=10", undefined, 5],
    ["no-store", undefined, 0],
    ["max-age=10, No-Store", undefined, 0],
    ["no-cache", undefined, 0],
    ['no-cache="set-cookie", max-age=10', undefined, 0],
    ["max-age=0", undefined, 0],
    ["max-age=-5", undefined, 0],
    ["max-age", undefined, 0],
    ["max-age=", undefined, 0],
    ["max-age=ten", undefined, 0],
    ["max-age=1e3", undefined, 0],
    ["max-age=10s", undefined, 0],
    ["max-age=10.5", undefined, 0],
    ["max-age =10", undefined, 10],
    ["max-age=99999999999999999999999", undefined, 30],
    ["max-age=10 max-age=20", undefined, 10],
    ['max-age="10', undefined, 0],
    ['max-age=10", no-store', undefined, 0],
    ["no-store,,;;=,max-age=10", undefined, 0],
    ['no-store"', undefined, 0],
    ['x="no-store", max-age=10', undefined, 10],
    ['x="\\", no-store", max-age=10', undefined, 10],
    ["", undefined, 30],
    [",,,", undefined, 30],
    ["immutable, must-understand, max-age=10, foo=bar", undefined, 10],
    ["must-revalidate, max-age=10", undefined, 10],
    ["max-age=20", 5, 15],
    ["max-age=20", 20, 0],
    ["max-age=20", 2_000, 0],
    // Whoever had it before had it for so long already.
    [undefined, 10, 20],
    ["public", 10, 20],
    [undefined, 30, 0],
    ["max-age=60", 10, 20],
  ])("%s, aged %s, is heard: kept for %d s", async (header, age, seconds) => {
    shop.say("weather", header, age);
    expect(await secondsKept("{ hinted }")).toBe(seconds);
  });

  it("goes with the age that the answer had: clients are told both", async () => {
    shop.say("weather", "max-age=20", 5);
    expect(await told("{ hinted }")).toEqual(["private, max-age=20", "5"]);
    shop.advance(10);
    expect(await told("{ hinted }")).toEqual(["private, max-age=20", "15"]);
    shop.advance(5);
    shop.say("weather", undefined, 10);
    expect(await told("{ hinted }")).toEqual(["private, max-age=30", "10"]);
  });

  it("is that of the oldest and of the shortest part", async () => {
    const query = "{ station { id height } }";
    shop.say("heights", "max-age=20", 12);
    await shop.ask("{ station { height } }");
    shop.say("heights", "max-age=20");
    shop.advance(3);
    // The entity was kept before, the root answer is new.
    expect(await told(query)).toEqual(["private, max-age=20", "15"]);
    shop.advance(5);
    // The entity is new and lives for 20 s from here, the root answer is the oldest now.
    expect(await told(query)).toEqual(["private, max-age=28", "8"]);
  });

  it("is needed where the schema says nothing: no default is made up", async () => {
    shop.say("weather", "public");
    expect(await secondsKept("{ silent }")).toBe(0);
    shop.say("weather", "public, max-age=15");
    expect(await secondsKept("{ silent }")).toBe(15);
    expect(await shop.metric("mesh_cache_stores_total", { result: "no-hint" })).toBeGreaterThan(0);
  });
});

describe("the product's word", () => {
  it("allows to keep what neither schema nor answer speaks of", async () => {
    expect(await secondsKept("{ river { flow } }")).toBe(25);
  });

  it.each<[header: string | undefined, age: number | undefined, seconds: number]>([
    ["max-age=100", undefined, 25],
    ["max-age=10", undefined, 10],
    ["max-age=100", 20, 5],
    [undefined, 20, 5],
    [undefined, 25, 0],
    ["no-store", undefined, 0],
    ["max-age=10, stale-while-revalidate=1000, stale-if-error=1000", undefined, 25],
  ])("is a limit for all others: %s, aged %s, kept for %d s", async (header, age, seconds) => {
    shop.say("rivers", header, age);
    if (header?.includes("stale")) {
      await shop.ask("{ river { flow } }");
      shop.behave("rivers", () => {
        throw new Error("gone");
      });
      shop.advance(24.9);
      expect((await shop.ask("{ river { flow } }")).data).toEqual({ river: { flow: 1 } });
      shop.advance(0.1);
      expect((await shop.ask("{ river { flow } }")).data).toEqual({ river: null });
      return;
    }
    expect(await secondsKept("{ river { flow } }")).toBe(seconds);
  });
});

describe("the gateway's word", () => {
  it("is a limit for all others", async () => {
    await using short = await openCachedGateway({
      subgraphs,
      says: "max-age=100, stale-while-revalidate=1000",
      cache: { longestMs: 5_000 },
    });
    const query = "{ hinted }";
    await short.ask(query);
    short.advance(4.9);
    expect(await short.asked(() => short.ask(query))).toEqual([]);
    short.advance(0.1);
    expect(await short.asked(() => short.ask(query))).toEqual(["weather"]);
  });
});
