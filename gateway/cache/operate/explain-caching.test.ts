import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import type { Fetch } from "../../plan/plan.ts";
import type { GenerationCache } from "../generation-cache.ts";
import { lookUp, type OpenCoreOptions, openCore } from "../open-core.fixture.ts";
import { MemoryStorage } from "../shared/memory-storage.fixture.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { Shelf } from "../shelf/shelf.ts";
import { explainCaching } from "./explain-caching.ts";

const fetchOf = (given: Partial<Fetch> = {}): Fetch =>
  // No more of it is read.
  ({ id: 0, subgraph: "orders", operation: "query", ...given }) as unknown as Fetch;

function open(options: OpenCoreOptions = {}) {
  const opened = openCore(options);
  const explain = (shelves: readonly (Shelf | undefined)[], fetches = shelves.map(() => fetchOf())) => {
    let position = 0;
    // No more of a generation is asked.
    const cache = { core: opened.core, shelfOf: () => shelves[position++] } as unknown as GenerationCache;
    return explainCaching(cache, fetches);
  };
  return {
    ...opened,
    explain,
    /** The only part of it. */
    part: (shelf: Shelf) => explain([shelf]).parts[0],
    fetch(shelf: Shelf, cacheControl?: string, values: readonly ({ a: 1 } | undefined)[] = [{ a: 1 }]): void {
      const { lookup } = lookUp(opened.core, shelf);
      lookup.find(0, "1");
      const fill = lookup.begin([lookup.missing(0, "1") ?? []].flat());
      fill.keep({ values, cacheControl, age: undefined, about: undefined });
    },
  };
}

const silent = { hint: undefined, isExpected: false } as const;

describe("why a part is kept, or not", () => {
  it("is said of each way of fetching once, in the order of the plan", () => {
    const { explain } = open();
    const [orders, parts] = [plainShelf(), plainShelf({ id: "p", subgraph: "parts", title: "Part" })];
    const { parts: told } = explain([orders, parts, orders]);
    expect(told.map(({ subgraph, fetch }) => [subgraph, fetch])).toEqual([
      ["orders", "Order"],
      ["parts", "Part"],
    ]);
  });

  it("is that it is no query, or switched off", () => {
    const { explain } = open();
    const fetches = [
      fetchOf({ id: 1, operation: "mutation" }),
      fetchOf({ id: 2, requires: [] }),
      fetchOf({ id: 3, operation: "subscription" }),
    ];
    const { parts, answer } = explain([undefined, undefined, undefined], fetches);
    expect(parts.map(({ fetch, isKept, because, mode }) => [fetch, isKept, because, mode])).toEqual([
      ["mutation", false, "it is a mutation", "off"],
      ["entities", false, "keeping is switched off for the product", "off"],
      ["subscription", false, "it is a subscription", "off"],
    ]);
    expect(answer.isKept).toBe(false);
  });

  it("is the schema's word in advance, and the answers' where it has none", () => {
    const { part, fetch } = open();
    expect(part(plainShelf())).toMatchObject({ isKept: true, seconds: 60, because: "@cacheControl of Order" });
    const shelf = plainShelf({ ...silent, id: "silent" });
    expect(part(shelf)).toMatchObject({ isKept: "unknown", seconds: undefined });
    fetch(shelf, "no-store");
    expect(part(shelf)).toMatchObject({
      isKept: false,
      because: "the last answer was not: the subgraph says no-store",
    });
    fetch(shelf, "public, max-age=5");
    expect(part(shelf)).toMatchObject({ isKept: true, because: "answers say how long", seconds: undefined });
    fetch(shelf, "public, max-age=5", [undefined]);
    expect(part(shelf)).toMatchObject({
      isKept: false,
      because: "the last answer was not: the subgraph answered with errors",
    });
    const never = plainShelf({ id: "never", hint: { maxAge: 0, isPrivate: false, limitedBy: "Order.a" } });
    expect(part(never)).toMatchObject({ isKept: false, because: "@cacheControl of Order.a", seconds: undefined });
  });

  it("comes with how much there is, and how old the oldest is", () => {
    const { part, fetch, advance } = open();
    const shelf = plainShelf();
    expect(part(shelf)).toMatchObject({ entries: 0, oldestSeconds: undefined });
    fetch(shelf);
    fetch(plainShelf({ id: "other" }));
    advance(1_260);
    expect(part(shelf)).toMatchObject({ entries: 1, oldestSeconds: 1.3 });
  });

  it("comes with what it goes with, in words without a line's end", () => {
    const { part } = open();
    const told = part(plainShelf({ scopes: ["p:orders", "c:orders", "t:orders\nOrder"] }));
    expect(told?.dependsOn).toEqual([
      "everything of orders",
      "any change of rows in orders",
      "type Order of orders",
      "the Order with its key",
    ]);
  });

  it.each<[string, Partial<Shelf>, string]>([
    ["everybody", {}, "everybody"],
    [
      "some callers, by policies",
      { variation: () => ({ name: "east", limitsRows: true }) },
      "callers whom the policies let see the same rows",
    ],
    ["one, by the schema", { hint: { maxAge: 60, isPrivate: true, limitedBy: "Order" } }, "one caller"],
    ["one, by what was answered", { learnt: { isPrivate: true, hasKept: true, lastRefusal: undefined } }, "one caller"],
  ])("is the same for %s", (_, given, sameFor) => {
    expect(open().part(plainShelf(given))?.sameFor).toBe(sameFor);
  });

  it("comes with whether gateways share it, and how: just as they do", () => {
    const keys = createKeyRing([{ id: "k1", createdAt: new Date(0), secret: randomBytes(32) }]);
    const empty = createKeyRing([]);
    const kinds: readonly Partial<Shelf>[] = [
      {},
      { namesPersons: true },
      { personal: ["contact"] },
      { personal: ["contact", "health"] },
      { hint: { maxAge: 60, isPrivate: true, limitedBy: "Order" } },
    ];
    const told = (options: OpenCoreOptions) => {
      const { core, part } = open(options);
      return kinds.map((given) => {
        const shelf = plainShelf(given);
        const isShared = part(shelf)?.shared;
        const isPrivate = shelf.hint?.isPrivate === true;
        const opened = { shelf, rest: "", prefix: "", limitsRows: false, isPrivate, isSharable: true };
        expect(isShared !== "no").toBe(core.shared?.admits(opened) ?? false);
        expect(part(shelf)?.sharedBecause === undefined).toBe(isShared !== "no");
        return isShared;
      });
    };
    expect(told({})).toEqual(["no", "no", "no", "no", "no"]);
    expect(told({ storage: new MemoryStorage() })).toEqual(["as it is", "no", "no", "no", "no"]);
    expect(told({ storage: new MemoryStorage(), keys: empty })).toEqual(["as it is", "no", "no", "no", "no"]);
    expect(told({ storage: new MemoryStorage(), keys })).toEqual(["as it is", "as it is", "sealed", "no", "sealed"]);
    const shadow = plainShelf({ mode: "shadow" });
    expect(open({ storage: new MemoryStorage(), keys }).part(shadow)?.shared).toBe("no");
  });
});

describe("why an answer is kept as a whole, or not", () => {
  const kept = plainShelf();
  const unknown = plainShelf({ ...silent, id: "u", title: "Part" });
  const never = plainShelf({ id: "n", title: "Line", hint: { maxAge: 0, isPrivate: false, limitedBy: "Line" } });
  const shadow = plainShelf({ id: "s", title: "Shade", mode: "shadow" });

  it.each<[string, readonly Shelf[], OpenCoreOptions, boolean | "unknown", RegExp]>([
    ["all parts are", [kept], {}, true, /all of its parts/],
    ["nobody is asked", [], {}, false, /no subgraph/],
    ["one part never is", [kept, never], {}, false, /^not all .*: Line of orders$/],
    ["one part may be", [kept, unknown], {}, "unknown", /depends.* Part of orders$/],
    ["one part may be and one never is", [unknown, never], {}, false, /Part of orders, Line of orders$/],
    ["one part is only compared", [kept, shadow], {}, false, /: Shade of orders$/],
    ["whole answers are switched off", [kept], { responseBytes: 0 }, false, /switched off/],
  ])("is that %s", (_, shelves, options, isKept, because) => {
    const { answer } = open(options).explain(shelves);
    expect(answer.isKept).toBe(isKept);
    expect(answer.because).toMatch(because);
  });
});
