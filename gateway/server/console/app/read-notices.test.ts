import { anything, assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { readNotices } from "./read-notices.ts";

const nothing = { deprecations: [], products: [], errors: [] };

test("deprecations are read from the extensions, with dates", () => {
  const use = {
    coordinate: "Order.total",
    replacement: "Order.amount",
    deprecated: "2026-03-01",
    sunset: "2026-12-31",
    product: "orders",
  };
  const { deprecations } = readNotices({ headers: [], json: { data: {}, extensions: { deprecations: [use] } } });
  expect(deprecations).toEqual([
    expect.objectContaining({
      coordinate: "Order.total",
      replacement: "Order.amount",
      deprecatedSince: new Date("2026-03-01"),
      sunset: new Date("2026-12-31"),
    }),
  ]);
});

test("deprecations are read from the headers when the body names none", () => {
  const headers = [
    ["deprecation", "@1735689600"],
    ["sunset", "Sat, 31 Jan 2026 23:59:59 GMT"],
    ["link", '<https://example.org/next>; rel="successor-version", <https://example.org/why>; rel="deprecation"'],
  ] as const;
  expect(readNotices({ headers, json: { data: {} } }).deprecations).toEqual([
    expect.objectContaining({
      deprecatedSince: new Date("2025-01-01T00:00:00Z"),
      sunset: new Date("2026-01-31T23:59:59Z"),
      link: "https://example.org/why",
    }),
  ]);
});

test("products are read with version and age, and whatever else they say", () => {
  const products = { orders: { version: "1.2.0", ageSeconds: 60, quality: 0.98 } };
  expect(readNotices({ headers: [], json: { extensions: { products } } }).products).toEqual([
    { name: "orders", version: "1.2.0", ageSeconds: 60, further: [["quality", "0.98"]] },
  ]);
});

test("errors are read with their place in the answer and in the query", () => {
  const error = {
    message: "orders did not answer",
    path: ["orders", "edges", 0, "node"],
    locations: [{ line: 2, column: 5 }],
    extensions: { code: "DOWNSTREAM_SERVICE_ERROR", product: "orders", owner: "team-sales" },
  };
  expect(readNotices({ headers: [], json: { errors: [error] } }).errors).toEqual([
    {
      message: "orders did not answer",
      code: "DOWNSTREAM_SERVICE_ERROR",
      path: "orders.edges[0].node",
      product: "orders",
      owner: "team-sales",
      at: "2:5",
    },
  ]);
});

test("a link that is not http never becomes one", () => {
  const deprecations = [{ coordinate: "A.b", link: "javascript:alert(1)" }];
  expect(readNotices({ headers: [], json: { extensions: { deprecations } } }).deprecations[0]?.link).toBeUndefined();
});

test("an answer of any shape is survived", () => {
  assert(
    property(anything(), string(), (json, header) => {
      expect(Object.keys(readNotices({ headers: [], json }))).toEqual(Object.keys(nothing));
      readNotices({ headers: [["deprecation", header]], json: { extensions: json, errors: json } });
    }),
  );
});
