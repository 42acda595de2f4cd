import { buildSchema, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readKeySets } from "../../cache/facts/key-sets.ts";
import type { Fetch, Selection } from "../../plan/plan.ts";
import { describeEffects } from "./mutation-effects.ts";

const schema = buildSchema(`
  type Query { a: Int }
  type Mutation { ship: Order orders: [Order!] found: Node done: Boolean stored: Stored }
  interface Node { id: ID! }
  type Order implements Node { id: ID! total: Int customer: Customer lines: [Line!] }
  type Customer implements Node { id: ID! mail: String }
  type Line { text: String order: Order }
  type Stored { order: Order count: Int }
`);
const keys = readKeySets(
  parse(`
    type Order @join__type(graph: A, key: "id") { id: ID }
    type Customer @join__type(graph: A, key: "id") @join__type(graph: B, key: "mail") { id: ID }
  `),
);

const field = (name: string, selections?: readonly Selection[], key = name): Selection => ({
  kind: "field",
  key,
  name,
  args: "",
  directives: "",
  selections,
});
const id = field("id");
const typename = field("__typename");

function effects(selections: readonly Selection[], data: Record<string, unknown> | null) {
  const fetch: Fetch = {
    kind: "fetch",
    id: 1,
    subgraph: "a",
    operation: "mutation",
    operationName: undefined,
    path: [],
    requires: undefined,
    selections,
    variables: [],
    directives: "",
    inputRewrites: [],
    outputRewrites: [],
    contextRewrites: [],
  };
  return describeEffects(fetch, schema, keys)?.read(data);
}

const anything = { kind: "product", product: "a" };
const order = (number: string) => ({ kind: "entity", type: "Order", key: { id: number } });
const rows = (type: string) => ({ kind: "rows", type, product: "a" });

describe("what a mutation has changed", () => {
  it("is the entities in its answer, and whatever is made of their rows", () => {
    expect(effects([field("ship", [id])], { ship: { id: "1" } })).toEqual([order("1"), rows("Order")]);
    expect(effects([field("orders", [id])], { orders: [{ id: "1" }, null, { id: "2" }] })).toEqual([
      order("1"),
      order("2"),
      rows("Order"),
    ]);
    expect(effects([field("stored", [field("order", [id])])], { stored: { order: { id: "1" } } })).toEqual([
      order("1"),
      rows("Order"),
    ]);
  });

  it("is a type where it has no key, and the one that an object says it is of", () => {
    expect(effects([field("ship", [field("total")])], { ship: { total: 1 } })).toEqual([
      { kind: "type", type: "Order" },
      rows("Order"),
    ]);
    const found = { __typename: "Customer", id: "c" };
    expect(effects([field("found", [typename, id])], { found })).toEqual([
      { kind: "entity", type: "Customer", key: found },
      rows("Customer"),
    ]);
  });

  it("is all entities on the way", () => {
    const selections = [
      field("ship", [id, field("customer", [field("mail")]), field("lines", [field("order", [id])])]),
    ];
    const ship = { id: "1", customer: { mail: "m" }, lines: [{ order: { id: "1" } }, { order: { id: "2" } }] };
    expect(effects(selections, { ship })?.map((each) => ("key" in each ? each.key : each.kind))).toEqual([
      ship,
      { mail: "m" },
      { id: "1" },
      { id: "2" },
      "rows",
      "rows",
    ]);
  });

  it.each<[string, readonly Selection[], Record<string, unknown> | null]>([
    ["there are no data", [field("ship", [id])], null],
    ["it is null", [field("ship", [id])], { ship: null }],
    ["it is missing", [field("ship", [id])], {}],
    ["it is an empty list", [field("orders", [id])], { orders: [] }],
    ["it is no object", [field("done")], { done: true }],
    ["it is an object without entities", [field("stored", [field("count")])], { stored: { count: 1 } }],
  ])("may be anything of its subgraph where %s", (_, selections, data) => {
    expect(effects(selections, data)).toEqual([anything]);
  });

  it.each<[string, Selection, unknown]>([
    ["nothing", field("orders", [id]), null],
    ["no object", field("done"), true],
    ["no entity", field("stored", [field("count")]), { count: 1 }],
    ["another field's name", field("done", undefined, "ship2"), true],
  ])("may be anything of its subgraph where one of its fields names %s, and what others name", (_, other, value) => {
    const key = other.kind === "field" ? other.key : "";
    const both = [
      field("ship", [id]),
      { kind: "fragment" as const, on: undefined, directives: "", selections: [other] },
    ];
    expect(effects(both, { ship: { id: "1" }, [key]: value })).toEqual([anything, order("1")]);
  });
});
