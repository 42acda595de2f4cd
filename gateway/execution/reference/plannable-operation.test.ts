import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { toPlannable } from "./plannable-operation.ts";

const fieldNames = new Set(["id", "total", "name", "__typename"]);

function written(text: string): string {
  return toPlannable(text, parse(text), fieldNames).query.replace(/\s+/g, " ");
}

describe("a plannable operation", () => {
  it.each(["{ a { b ...f } } fragment f on T { c }", "{ a { b c @skip(if: true) } }", "{ a { id: id other: total } }"])(
    "is the client's own when it is plannable as it is: %s",
    (text) => {
      const document = parse(text);
      const plannable = toPlannable(text, document, fieldNames);
      expect([plannable.document, plannable.query]).toEqual([document, text]);
      expect(plannable.document).toBe(document);
    },
  );

  it("renames an alias that is some field's name", () => {
    expect(written("{ a { id: total x: name __typename: name } }")).toBe(
      "{ a { mesh_as_id: total x: name mesh_as___typename: name } }",
    );
  });

  it("adds a selection without a condition where there is none", () => {
    expect(written("{ a { b @skip(if: true) { c } } }")).toBe(
      "{ a { b @skip(if: true) { c } mesh_as_anchor__: __typename } }",
    );
    expect(written("{ a { ...f } } fragment f on T { c @include(if: true) }")).toContain(
      "...f mesh_as_anchor__: __typename",
    );
  });

  it("takes a prefix that no name of the client begins with", () => {
    expect(written("{ mesh_as_id: a { id: total } }")).toContain("mesh_as__id: total");
  });

  it("restores data in its order, paths and texts", () => {
    const text = "{ a { id: total b @skip(if: true) } }";
    const plannable = toPlannable(text, parse(text), fieldNames);
    const anchored = toPlannable("{ a { b @skip(if: true) } }", parse("{ a { b @skip(if: true) } }"), fieldNames);
    expect(
      JSON.stringify(plannable.restoreData({ z: [{ mesh_as_id: 1, b: null }, null, [{ mesh_as_id: { c: 2 } }]] })),
    ).toBe('{"z":[{"id":1,"b":null},null,[{"id":{"c":2}}]]}');
    expect(plannable.restorePath(["a", 0, "mesh_as_id"])).toEqual(["a", 0, "id"]);
    expect(plannable.restoreText("field Order.mesh_as_id.")).toBe("field Order.id.");
    expect(anchored.restoreData({ a: { mesh_as_anchor__: "T" } })).toEqual({ a: {} });
  });
});
