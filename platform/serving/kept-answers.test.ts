import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  anonymous,
  type Caller,
  createRules,
  noRules,
  type RowFilter,
  type Rules,
  readGovernedCoordinates,
} from "#policies";
import type { LinkedProduct, OutputCache } from "#schema";
import type { Snapshots, Storage } from "../storage/port.ts";
import type { ExtensionFiles } from "./extension/read-extension.ts";
import { exampleLines, exampleMesh, exampleOrders, memoryStorage, ordersKeptFor } from "./serving.fixture.ts";
import { createSubgraph, type SubgraphOptions } from "./subgraph.ts";
import { createSubgraphService } from "./subgraph-service.ts";

const tenMinutes: OutputCache = { maxAgeSeconds: 600, scope: "public", staleIfErrorSeconds: 60 };
const aMinute: OutputCache = { maxAgeSeconds: 60, scope: "private" };
const kept = ordersKeptFor({ orders: tenMinutes, lines: aMinute });
const sixHours = { freshness: { maxAgeMs: 6 * 3_600_000, on: undefined } };
/** The fixture publishes at midnight. */
const now = (): Date => new Date("2026-01-01T05:00:00Z");

const extension: ExtensionFiles = {
  schema: {
    file: "schema.graphql",
    text: `
      extend type Order { size: Int  loud: String  mine: String  fetched: Int @cacheControl(maxAge: 5)  sly: Int }
      extend type Query { latest: [Order!] }`,
  },
  resolvers: {
    file: "resolvers.ts",
    resolvers: {
      Order: {
        size: { requires: ["priority"], resolve: ({ priority }: { priority: number }) => priority * 2 },
        loud: () => "!",
        mine: (_parent: object, _args: object, { caller }: { caller: Caller }) => caller.principal.id,
        fetched: () => 1,
        sly: {
          requires: ["priority"],
          resolve: (...given: readonly { caller?: unknown }[]) => (given[2]?.caller === undefined ? 1 : 2),
        },
      },
      Query: { latest: () => [{ order_id: "O-1" }] },
    },
  },
};

describe("what an answer says of how long it may be kept", () => {
  let storage: Storage;
  const faults: unknown[] = [];
  beforeAll(async () => {
    storage = await memoryStorage(kept, { orders: exampleOrders, order_lines: exampleLines });
  });
  afterAll(() => storage.close());

  const subgraphOf = (product: LinkedProduct, options: Partial<SubgraphOptions> = {}) =>
    createSubgraph({
      product,
      mesh: exampleMesh,
      snapshots: storage,
      now,
      onError: ({ cause }) => faults.push(cause),
      ...options,
    });
  const ask = async (
    product: LinkedProduct,
    query: string,
    options: Partial<SubgraphOptions> = {},
    masking: "here" | "gateway" = "gateway",
    operationName?: string,
  ) => (await subgraphOf(product, options).execute({ query, operationName, caller: anonymous, masking })).cacheControl;

  const order = `{ order(orderId: "O-1") { region } }`;
  const lines = `{ orderLines { totalCount } }`;

  it.each([
    ["of a table's settings", kept, order, "public, max-age=600, stale-if-error=60"],
    ["of the shortest of several tables", kept, "{ orders { nodes { lines { totalCount } } } }", "private, max-age=60"],
    [
      "of the shortest of several parts",
      kept,
      `{ order(orderId: "O-1") { region } orderLines { totalCount } }`,
      "private, max-age=60",
    ],
    [
      "of entities and root fields together",
      kept,
      `{ _entities(representations: [{ __typename: "Order", orderId: "O-1" }]) { ... on Order { region } } orderLines { totalCount } }`,
      "private, max-age=60",
    ],
    [
      "of entities",
      kept,
      `query ($r: [_Any!]! = [{ __typename: "Order", orderId: "O-1" }]) { a: _entities(representations: $r) { __typename ...F } } fragment F on Order { region }`,
      "public, max-age=600, stale-if-error=60",
    ],
    [
      "of what is added to another product's entities",
      kept,
      `{ _entities(representations: [{ __typename: "Customer", customerId: "C-1" }]) { ... on Customer { orders { totalCount } } } }`,
      "public, max-age=600, stale-if-error=60",
    ],
    [
      "of nothing that was found",
      kept,
      `{ order(orderId: "none") { region } }`,
      "public, max-age=600, stale-if-error=60",
    ],
    ["of nothing that was read", kept, "{ __typename }", undefined],
    [
      "of nothing that was read of a table",
      kept,
      `{ _entities(representations: []) { ... on Order { region } } }`,
      "no-store",
    ],
    ["of the SDL", kept, "{ _service { sdl } }", "no-store"],
    ["of the SDL beside rows", kept, `{ _service { sdl } order(orderId: "O-1") { region } }`, "no-store"],
    ["of the schema", kept, `{ __schema { queryType { name } } order(orderId: "O-1") { region } }`, "no-store"],
    ["of a product without settings and objective", ordersKeptFor({}), order, undefined],
    ["of a table without settings", ordersKeptFor({ orders: tenMinutes }), lines, undefined],
    [
      "of a table without settings beside one that has some",
      ordersKeptFor({ orders: tenMinutes }),
      "{ orders { nodes { lines { totalCount } } } }",
      "no-store",
    ],
    ["of an objective", ordersKeptFor({}, sixHours), order, "public, max-age=3600"],
    ["of an objective beside settings", ordersKeptFor({ orders: tenMinutes }, sixHours), lines, "public, max-age=3600"],
    [
      "of settings under an objective",
      ordersKeptFor({ orders: { maxAgeSeconds: 90_000, scope: "public", staleIfErrorSeconds: 60 } }, sixHours),
      order,
      "public, max-age=3600",
    ],
  ])("%s", async (_, product, query, expected) => {
    expect(await ask(product, query)).toBe(expected);
  });

  it("tells it of the operation that is chosen", async () => {
    const both = `query A ${order} query B ${lines}`;
    expect(await ask(kept, both, {}, "gateway", "A")).toBe("public, max-age=600, stale-if-error=60");
    expect(await ask(kept, both, {}, "gateway", "B")).toBe("private, max-age=60");
    expect(await ask(kept, both, {}, "gateway", "C")).toBeUndefined();
  });

  it("says no-store when a part is missing", async () => {
    const failing: Snapshots = {
      async snapshot() {
        const snapshot = await storage.snapshot();
        return {
          ...snapshot,
          query: (sql, ...rest) =>
            sql.includes("count(*)") ? Promise.reject(new Error("gone")) : snapshot.query(sql, ...rest),
        };
      },
    };
    const query = `{ order(orderId: "O-1") { region } orders { totalCount } }`;
    expect(await ask(kept, query, { snapshots: failing })).toBe("no-store");
  });

  it("counts the objective from the last look at the inputs, not from the last change", async () => {
    const looked: Snapshots = {
      snapshot: async () => ({ ...(await storage.snapshot()), checkedAt: new Date("2026-01-01T04:30:00Z") }),
    };
    const subgraph = subgraphOf(ordersKeptFor({}, sixHours), { snapshots: looked });
    const answer = await subgraph.execute({ query: order, caller: anonymous, masking: "gateway" });
    expect(answer.cacheControl).toBe("public, max-age=19800");
    expect(answer.extensions?.products).toMatchObject({
      orders: { publishedAt: "2026-01-01T00:00:00.000Z", checkedAt: "2026-01-01T04:30:00.000Z", ageSeconds: 18_000 },
    });
  });

  describe("with fields of the product's own", () => {
    it.each([
      ["made from columns", "size", {}, sixHours, "public, max-age=3600"],
      ["computed from anything", "loud", {}, sixHours, "no-store"],
      [
        "computed from anything with a hint",
        "fetched",
        { orders: tenMinutes },
        sixHours,
        "public, max-age=5, stale-if-error=60",
      ],
      [
        "computed from anything in a table with settings",
        "loud",
        { orders: tenMinutes },
        {},
        "public, max-age=600, stale-if-error=60",
      ],
      ["computed by who asks", "mine", { orders: tenMinutes }, {}, "private, max-age=600, stale-if-error=60"],
    ])("%s", async (_, field, caches, sla, expected) => {
      const query = `{ order(orderId: "O-1") { ${field} } }`;
      expect(await ask(ordersKeptFor(caches, sla), query, { extension })).toBe(expected);
    });

    it("that return rows: by the rows, and not by an objective alone", async () => {
      const query = "{ latest { region } }";
      expect(await ask(kept, query, { extension })).toBe("public, max-age=600, stale-if-error=60");
      expect(await ask(ordersKeptFor({}, sixHours), query, { extension })).toBe("no-store");
    });

    it("that read more than they said they would: they fail, since nobody would know when they change", async () => {
      faults.length = 0;
      expect(await ask(kept, `{ order(orderId: "O-1") { sly } }`, { extension })).toBe("no-store");
      expect(String(faults[0])).toMatch(/Order\.sly reads more than the columns under its `requires`/);
    });
  });

  describe("under policies", () => {
    const filter: RowFilter = { kind: "in", policy: "regions", column: "region", values: ["West"] };
    const limited = (filters: readonly RowFilter[], minGroup?: number): Rules => ({
      ...noRules,
      decideRows: (_, type) => (type === "Order" ? { filters, minGroup, policies: ["regions"] } : undefined),
    });

    it("says neither public nor private of rows that they limit for this caller", async () => {
      expect(await ask(kept, order, { rules: limited([filter]) })).toBe("max-age=600, stale-if-error=60");
      expect(await ask(kept, "{ orders { totalCount } }", { rules: limited([], 2) })).toBe(
        "max-age=600, stale-if-error=60",
      );
      expect(await ask(kept, order, { rules: limited([]) })).toBe("public, max-age=600, stale-if-error=60");
      // Of another table's rows they say nothing.
      expect(await ask(kept, lines, { rules: limited([filter]) })).toBe("private, max-age=60");
    });

    it("says private to whoever asks without the gateway, and no-store of what may be masked", async () => {
      const coordinates = readGovernedCoordinates(parse(subgraphOf(kept).sdl), { name: "orders", domain: "sales" });
      const email = createRules([], coordinates);
      const personal = `{ order(orderId: "O-1") { ...F } } fragment F on Order { mail: contactEmail }`;
      const rules = noRules;
      expect(await ask(kept, order, { rules }, "here")).toBe("private, max-age=600, stale-if-error=60");
      const subgraph = subgraphOf(kept, { rules: email });
      const asked = async (masking: "here" | "gateway", query: string) =>
        (await subgraph.execute({ query, caller: anonymous, masking })).cacheControl;
      expect(await asked("gateway", personal)).toBe("public, max-age=600, stale-if-error=60");
      expect(await asked("here", personal)).toBe("no-store");
      expect(await asked("here", order)).toBe("private, max-age=600, stale-if-error=60");
    });
  });

  describe("over HTTP", () => {
    const headersOf = async (product: LinkedProduct, query: string) => {
      const service = createSubgraphService(() => subgraphOf(product), {
        authenticate: () => Promise.resolve({ caller: anonymous, masking: "gateway" }),
      });
      const request = {
        method: "POST",
        url: "/graphql",
        headers: new Map(),
        body: undefined,
        signal: new AbortController().signal,
      };
      const params = { query, operationName: undefined, variables: undefined, extensions: undefined };
      const prepared = await service.prepare(params, request);
      if (prepared.kind !== "ready") throw new Error("not ready");
      const { headers, body } = await prepared.run();
      expect(Object.keys(body)).not.toContain("cacheControl");
      return headers;
    };

    it("is the header, for one caller at a time", async () => {
      expect(await headersOf(kept, order)).toEqual({
        "cache-control": "public, max-age=600, stale-if-error=60",
        vary: "authorization, mesh-api-key, mesh-gateway-token, mesh-purpose",
      });
      expect(await headersOf(kept, "{ _service { sdl } }")).toEqual({ "cache-control": "no-store" });
      expect(await headersOf(ordersKeptFor({}), order)).toBeUndefined();
    });
  });

  it("does not look for long at an operation that fragments make endless", async () => {
    const depth = 60;
    const fragments = Array.from(
      { length: depth },
      (_, index) =>
        `fragment F${index} on Order { orderId ${index + 1 < depth ? `...F${index + 1} ...F${index + 1}` : ""} }`,
    );
    const query = `{ order(orderId: "O-1") { ...F0 } } ${fragments.join(" ")}`;
    expect(await ask(kept, query)).toBe("no-store");
  });
});
