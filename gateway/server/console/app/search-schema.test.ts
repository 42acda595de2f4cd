import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import { searchSchema } from "./search-schema.ts";

const schema = buildSchema(`
  type Query { order: Order orders: [Order] }
  type Order { id: ID total: Float reorder: Boolean }
  input OrderFilter { total: Float }
`);

test("exact names come first, then beginnings, types before fields", () => {
  expect(searchSchema(schema, " order", 10).slice(0, 4)).toEqual([
    "Order",
    "Query.order",
    "OrderFilter",
    "Query.orders",
  ]);
});

test("a coordinate finds its field, and no introspection type is found", () => {
  expect(searchSchema(schema, "order.tot", 10)).toEqual(["Order.total"]);
  expect(searchSchema(schema, "__", 10)).toEqual([]);
});

test("no more than the limit is found", () => {
  expect(searchSchema(schema, "o", 2)).toHaveLength(2);
});
