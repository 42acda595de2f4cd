/** Whatever is kept of an entity is reached by whatever is said of it; of other entities, where both say who they are, nothing is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fetchOf, graphOf } from "../../fixtures/graph.fixture.ts";
import { createShelves } from "../shelf/build-shelf.ts";
import type { Invalidated } from "./invalidated.ts";
import { scopesOf } from "./scopes-of.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@interfaceObject"])`;
const { schema, facts } = graphOf({
  shop: `${link}
    type Query { orders: [Order!]! found: [Found!]! }
    union Found = Order | Customer
    interface Party @key(fields: "id") { id: ID! }
    type Order @key(fields: "id") @key(fields: "number region { code }") @key(fields: "mark") {
      id: ID! number: Int! region: Region! mark: String total: Int
    }
    type Region @shareable { code: String! }
    type Customer implements Party @key(fields: "id") { id: ID! name: String orders: [Order!]! }
  `,
  bills: `${link}
    type Query { bills: Int }
    type Order @key(fields: "mark") { mark: String owes: Int }
  `,
  stars: `${link}
    type Query { best: Party }
    type Party @interfaceObject @key(fields: "id") { id: ID! stars: Int }
  `,
});
const shelves = createShelves({
  edition: "e",
  schema,
  facts,
  governance: undefined,
  options: { mode: "on", modes: {} },
  numberOf: () => 0,
});

const text = fc.oneof(fc.constantFrom("1", "2", "a", '"', "\n", "1,2"), fc.string({ maxLength: 3 }));
interface Row {
  readonly id: string;
  readonly number: number;
  readonly region: { readonly code: string };
  readonly mark: string;
}
const row: fc.Arbitrary<Row> = fc.record({
  id: text,
  number: fc.integer({ min: -2, max: 2 }),
  region: fc.record({ code: text }),
  mark: text,
});
const keySets = [["id"], ["number", "region"], ["mark"]] as const;
const someKeys = fc.subarray([...keySets], { minLength: 1 });
/** What a row is known by. */
const part = (of: Row, sets: readonly (readonly (keyof Row)[])[], isText = false) =>
  Object.fromEntries(sets.flat().map((name) => [name, isText && name === "number" ? String(of.number) : of[name]]));

function keptScopes(subgraph: string, selection: string, representation: object): ReadonlySet<string> {
  const shelf = shelves(fetchOf(subgraph, selection));
  return new Set([...(shelf?.scopes ?? []), ...(shelf?.scopesOf(JSON.stringify(representation), {}) ?? [])]);
}
const isReached = (kept: ReadonlySet<string>, what: Invalidated): boolean =>
  scopesOf(what, facts).some((name) => kept.has(name));

describe("an entity", () => {
  it("is reached by any of its keys, whichever it is kept by", () => {
    fc.assert(
      fc.property(
        row,
        someKeys,
        someKeys,
        fc.boolean(),
        fc.constantFrom("shop", undefined),
        (of, by, said, isText, product) => {
          const kept = keptScopes("shop", "{ ... on Order { total } }", { __typename: "Order", ...part(of, by) });
          const key = part(of, said, isText);
          expect(isReached(kept, { kind: "entity", type: "Order", key, product })).toBe(true);
        },
      ),
    );
  });

  it("is reached when nothing that it could be known by is said", () => {
    fc.assert(
      fc.property(row, someKeys, fc.constantFrom({}, { other: 1 }, { number: 1 }, { region: {} }), (of, by, key) => {
        const kept = keptScopes("shop", "{ ... on Order { total } }", { __typename: "Order", ...part(of, by) });
        expect(isReached(kept, { kind: "entity", type: "Order", key })).toBe(true);
      }),
    );
  });

  it("is not reached by another one's keys, if it is kept by all of those", () => {
    fc.assert(
      fc.property(row, row, someKeys, someKeys, (of, other, by, more) => {
        const all = [...new Set([...by, ...more])];
        fc.pre(of.id !== other.id && of.mark !== other.mark);
        fc.pre(of.number !== other.number || of.region.code !== other.region.code);
        const kept = keptScopes("shop", "{ ... on Order { total } }", { __typename: "Order", ...part(of, all) });
        expect(isReached(kept, { kind: "entity", type: "Order", key: part(other, by) })).toBe(false);
      }),
    );
  });

  it("is reached from another subgraph that knows it by another key", () => {
    fc.assert(
      fc.property(row, someKeys, (of, said) => {
        const kept = keptScopes("bills", "{ ... on Order { owes } }", { __typename: "Order", mark: of.mark });
        expect(isReached(kept, { kind: "entity", type: "Order", key: part(of, said) })).toBe(true);
        expect(isReached(kept, { kind: "entity", type: "Order", key: part(of, said), product: "shop" })).toBe(false);
      }),
    );
  });

  it("is reached by the name of its interface, and what is kept by that by its own", () => {
    fc.assert(
      fc.property(text, text, (id, other) => {
        const names = ["Party", "Customer"];
        const customer = keptScopes("shop", "{ ... on Customer { name } }", { __typename: "Customer", id });
        const party = keptScopes("stars", "{ ... on Party { stars } }", { __typename: "Party", id });
        for (const type of names) {
          for (const kept of [customer, party]) {
            expect(isReached(kept, { kind: "entity", type, key: { id } })).toBe(true);
            expect(isReached(kept, { kind: "entity", type, key: { id: other } })).toBe(id === other);
            expect(isReached(kept, { kind: "type", type })).toBe(true);
          }
        }
        for (const kept of [customer, party]) expect(isReached(kept, { kind: "type", type: "Order" })).toBe(false);
      }),
    );
  });
});

describe("what is made from rows", () => {
  const order: Invalidated = { kind: "entity", type: "Order", key: { id: "new" }, product: "shop" };

  it.each([
    ["a list", "{ orders { total } }", ""],
    ["a list of a union", "{ found { __typename } }", ""],
    ["a list that an entity has", "{ ... on Customer { orders { id } } }", '{"__typename":"Customer","id":"1"}'],
  ])("is reached by any of them, by new ones too: %s", (_, selection, representation) => {
    const shelf = shelves(fetchOf("shop", selection));
    const kept = new Set([...(shelf?.scopes ?? []), ...(shelf?.scopesOf(representation, {}) ?? [])]);
    expect(isReached(kept, order)).toBe(true);
    expect(isReached(kept, { kind: "rows", type: "Order", product: "shop" })).toBe(true);
    expect(isReached(kept, { kind: "type", type: "Order" })).toBe(true);
    expect(isReached(kept, { kind: "product", product: "shop" })).toBe(true);
    expect(isReached(kept, { kind: "product", product: "bills" })).toBe(false);
    expect(isReached(kept, { ...order, product: "bills" })).toBe(false);
  });
});

it("every end of something narrower is one for whatever depends on the whole", () => {
  const all: Invalidated[] = [
    { kind: "product", product: "shop" },
    { kind: "type", type: "Order", product: "shop" },
    { kind: "rows", type: "Order", product: "shop" },
    { kind: "entity", type: "Order", key: { id: "1" }, product: "shop" },
    { kind: "tag", tag: "t", product: "shop" },
  ];
  for (const what of all) expect(scopesOf(what, facts), what.kind).toContain("a:shop");
  expect(scopesOf({ kind: "tag", tag: "t" }, facts)).toEqual(expect.arrayContaining(["a:shop", "a:bills", "a:stars"]));
});
