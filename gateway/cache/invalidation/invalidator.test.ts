import { parse } from "graphql";
import { describe, expect, it, vi } from "vitest";
import type { Coherence, Notice } from "../coherence/coherence.ts";
import { readCacheFacts } from "../facts/cache-facts.ts";
import * as scope from "../fence/scopes.ts";
import { lookUp, type OpenCoreOptions, openCore } from "../open-core.fixture.ts";
import { MemoryStorage } from "../shared/memory-storage.fixture.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import { Invalidator } from "./invalidator.ts";

const factsOf = (subgraph: string, type: string) =>
  readCacheFacts(
    parse(`
      enum join__Graph { A @join__graph(name: "${subgraph}", url: "") }
      type ${type} @join__type(graph: A, key: "id") { id: ID }
    `),
    new Map(),
  );
const orders = factsOf("orders", "Order");
const parts = factsOf("parts", "Part");

/** Others who are told as a test says: `tell` gives whether they were. */
function open(tell: (notice: Notice) => boolean = () => true, options: OpenCoreOptions = {}) {
  const opened = openCore(options);
  const told: Notice[] = [];
  const coherence: Coherence = {
    isCurrent: () => true,
    mayKeep: () => true,
    async announce(notice, onTold) {
      told.push(notice);
      const isTold = tell(notice);
      onTold?.(isTold);
      return { isComplete: isTold, acknowledgedBy: isTold ? 2 : 1, removed: 3 };
    },
    close: () => Promise.resolve(),
  };
  opened.core.join(coherence);
  return { ...opened, told, invalidator: new Invalidator(opened.core) };
}

describe("whoever invalidates", () => {
  it("names what every graph knows that may still answer, and no other", async () => {
    const { invalidator, told } = open();
    const everything = { cause: "operator", what: [{ kind: "all" }] } as const;
    const scopes = async (): Promise<readonly string[] | undefined> => {
      await invalidator.invalidate(everything);
      return told.at(-1)?.scopes;
    };
    expect(await scopes()).toEqual([]);
    const forget = invalidator.know(orders);
    const again = invalidator.know(orders);
    invalidator.know(parts);
    const [ofOrders, ofParts] = ["orders", "parts"].map((name) => [scope.product(name), scope.any(name)]);
    expect(await scopes()).toEqual([scope.all, ...(ofOrders ?? []), ...(ofParts ?? [])]);
    expect([invalidator.knowsProduct("orders"), invalidator.knowsType("Order")]).toEqual([true, true]);
    forget();
    expect(await scopes()).toEqual([scope.all, ...(ofParts ?? [])]);
    expect([invalidator.knowsProduct("orders"), invalidator.knowsType("Order")]).toEqual([false, false]);
    again();
    forget();
    for (const name of ["", "__proto__", "constructor", "toString"]) {
      expect([invalidator.knowsProduct(name), invalidator.knowsType(name)], name).toEqual([false, false]);
    }
  });

  it("learns whether everybody knows, and counts it when nobody can tell", async () => {
    let isHeard = true;
    const { invalidator, counted } = open(() => isHeard);
    invalidator.know(orders);
    const order = { cause: "mutation", what: [{ kind: "product", product: "orders" }] } as const;
    expect(await invalidator.invalidate(order)).toEqual({ isComplete: true, acknowledgedBy: 2, removed: 3 });
    isHeard = false;
    expect(await invalidator.invalidate(order)).toMatchObject({ isComplete: false, acknowledgedBy: 1 });
    expect(await counted("mesh_cache_incomplete_invalidations_total", {})).toBe(1);
    expect(await counted("mesh_cache_invalidations_total", { cause: "mutation" })).toBe(2);
  });

  it("is not told to be complete while it cannot be told where gateways share", async () => {
    const storage = new MemoryStorage();
    const { invalidator } = open(undefined, { storage });
    invalidator.know(orders);
    storage.isDown = true;
    setTimeout(() => {
      storage.isDown = false;
    }, 1_100);
    expect(await invalidator.tell({ cause: "event", what: [{ kind: "product", product: "orders" }] })).toBe(false);
    expect(await invalidator.settled()).toBe(true);
  });

  it("tells it again until it is told, and lets others go on meanwhile", async () => {
    let isHeard = false;
    const { invalidator, told } = open(() => isHeard);
    setTimeout(() => {
      isHeard = true;
    }, 20);
    expect(await invalidator.carryOut({ cause: "event", what: [] })).toBe(true);
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(10);
  });

  it("gives up telling it when it is closed", async () => {
    const { invalidator, told } = open(() => false);
    const carriedOut = invalidator.carryOut({ cause: "event", what: [] });
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0));
    invalidator.close();
    expect(await carriedOut).toBe(false);
    const before = told.length;
    expect(await invalidator.carryOut({ cause: "event", what: [] })).toBe(false);
    expect(told.length).toBe(before + 1);
  });
});

describe("what is forgotten of persons", () => {
  const personal = plainShelf({
    personal: ["contact"],
    subjects: { isPersonal: true, here: [["id", ["Person.id"]]], below: [] },
  });
  const keep = (core: Parameters<typeof lookUp>[0], id: string): void => {
    const { lookup } = lookUp(core, personal);
    lookup.find(0, `{"id":"${id}"}`);
    const fill = lookup.begin([lookup.missing(0, `{"id":"${id}"}`) ?? []].flat());
    fill.keep({ values: [{ id, mail: "x" }], cacheControl: undefined, age: undefined, about: undefined });
  };

  it("is counted here and by others, and others are told whose it is", async () => {
    const { invalidator, core, told } = open();
    for (const id of ["ann", "ben"]) keep(core, id);
    const forgotten = await invalidator.forget([["Person.id", "ann"]]);
    expect(forgotten).toEqual({ copies: 1 + 3, shared: 0, isComplete: true });
    expect(told).toEqual([{ scopes: [], versions: new Map(), forgotten: [["Person.id", "ann"]] }]);
    expect([...core.memory.values()].map(({ value }) => value?.id)).toEqual(["ben"]);
  });

  it("is not complete when others cannot be told, or what is shared cannot be removed", async () => {
    expect(await open(() => false).invalidator.forget([["Person.id", "ann"]])).toMatchObject({ isComplete: false });
    const storage = new MemoryStorage();
    const { invalidator } = open(undefined, { storage });
    invalidator.know(orders);
    storage.isDown = true;
    expect(await invalidator.forget([["Person.id", "ann"]])).toEqual({
      copies: 3,
      shared: undefined,
      isComplete: false,
    });
    storage.isDown = false;
    expect(await invalidator.forget([])).toEqual({ copies: 3, shared: 0, isComplete: true });
  });
});

describe("a product in another version than the graph has", () => {
  const inVersions = (...versions: readonly string[]) => {
    const marked = versions.map(
      (version, index) => `
      type T${index} @join__type(graph: A, key: "id") @dataProduct(name: "orders", domain: "d", version: "${version}") {
        id: ID
      }`,
    );
    return readCacheFacts(
      parse(`enum join__Graph { A @join__graph(name: "orders", url: "") } ${marked.join("")}`),
      new Map(),
    );
  };
  it.each<[string, readonly (readonly string[])[], boolean]>([
    ["1.0.0", [["1.0.0"]], false],
    ["2.0.0", [["1.0.0"]], true],
    ["2.0.0", [["1.0.0", "2.0.0"]], false],
    ["2.0.0", [["2.0.0"], ["1.0.0"]], true],
    ["2.0.0", [[]], false],
  ])("%s, where graphs that may still answer have %j", async (productVersion, graphs, isEnded) => {
    const { invalidator, told, counted } = open();
    for (const versions of graphs) invalidator.know(inVersions(...versions));
    await invalidator.invalidate({
      cause: "event",
      what: [{ kind: "otherVersions", product: "orders", productVersion }],
    });
    expect(told[0]?.scopes).toEqual(isEnded ? [scope.product("orders"), scope.any("orders")] : []);
    expect(await counted("mesh_cache_invalidations_total", { cause: "event" })).toBe(isEnded ? 1 : 0);
  });
});
