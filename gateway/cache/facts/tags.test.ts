import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { printTag, readTagFormats } from "./tags.ts";

const formats = readTagFormats(
  parse(`
    type Query @join__type(graph: A) {
      orders(region: String): [Order] @join__directive(graphs: [A], name: "federation__cacheTag", args: {format: "orders-{$args.region}"})
      all: [Order] @join__directive(graphs: [A, B], name: "cacheTag", args: {format: "all"})
      none: [Order] @join__directive(graphs: [A], name: "federation__other", args: {format: "none"})
      broken: [Order] @join__directive(graphs: [A], name: "federation__cacheTag", args: {form: "none"})
    }
    type Order
      @join__directive(graphs: [A], name: "federation__cacheTag", args: {format: "o-{$key.id}"})
      @join__directive(graphs: [A], name: "federation__cacheTag", args: {format: "{$key.region.code}/{$key.id}!"})
      @join__directive(graphs: [B], name: "federation__cacheTag", args: {format: "b"}) { id: ID }
  `),
  (value) => value.toLowerCase(),
);
const tags = (coordinate: string, values: unknown): readonly (string | undefined)[] =>
  (formats.get(coordinate) ?? []).map((format) => printTag(format, values));

describe("tags", () => {
  it("are read for each subgraph, and nothing else is", () => {
    expect([...formats.keys()].sort()).toEqual(["a Order", "a Query.all", "a Query.orders", "b Order", "b Query.all"]);
    expect(tags("b Order", {})).toEqual(["b"]);
    expect(tags("a Query.all", {})).toEqual(["all"]);
  });

  it("have the values that their formats name", () => {
    expect(tags("a Order", { id: "1", region: { code: "x" } })).toEqual(["o-1", "x/1!"]);
    expect(tags("a Order", { id: 1, region: { code: true } })).toEqual(["o-1", "true/1!"]);
    expect(tags("a Order", { id: "", region: { code: "{$key.id}" } })).toEqual(["o-", "{$key.id}/!"]);
    expect(tags("a Query.orders", { region: "ü\n" })).toEqual(["orders-ü\n"]);
  });

  it("have no value that every object has, and that nobody gave", () => {
    const format = readTagFormats(
      parse(
        `type Query { a: A @join__directive(graphs: [A], name: "cacheTag", args: {format: "t-{$args.constructor}"}) }`,
      ),
      (value) => value,
    ).get("A Query.a")?.[0];
    if (format === undefined) throw new Error("It has a format.");
    expect(printTag(format, {})).toBeUndefined();
    expect(printTag(format, { constructor: "c" })).toBe("t-c");
    expect(printTag([["__proto__"]], JSON.parse('{"__proto__":"p"}'))).toBe("p");
    expect(printTag([["toString", "name"]], {})).toBeUndefined();
    expect(printTag([["ids", "length"]], { ids: "ab" })).toBeUndefined();
  });

  it.each([
    ["missing", {}],
    ["null", { id: null, region: null, code: null }],
    ["a list", { id: ["1"], region: [{ code: "x" }] }],
    ["an object", { id: { a: 1 }, region: { code: { a: 1 } } }],
  ])("are none where a value is %s", (_, values) => {
    expect(tags("a Order", values)).toEqual([undefined, undefined]);
    expect(tags("a Query.orders", values)).toEqual([undefined]);
  });
});
