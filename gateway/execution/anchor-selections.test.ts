import { parse, print } from "graphql";
import { describe, expect, it } from "vitest";
import { anchorSelections, removeAnchors } from "./anchor-selections.ts";

function anchored(text: string): string {
  return print(anchorSelections(parse(text)).document).replace(/\s+/g, " ");
}

describe("anchorSelections", () => {
  it("leaves a document alone in which nothing is conditional, or every field keeps something that is not", () => {
    for (const text of ["{ a { b ...f } } fragment f on T { c }", "{ a @skip(if: true) { b c @skip(if: true) } }"]) {
      const document = parse(text);
      expect(anchorSelections(document)).toEqual({ document, anchor: undefined });
      expect(anchorSelections(document).document).toBe(document);
    }
  });

  it("adds one selection without a condition below every field that has none", () => {
    expect(anchored("{ a { b @skip(if: true) { c } } }")).toBe(
      "{ a { b @skip(if: true) { c } mesh_anchor: __typename } }",
    );
    expect(anchored("{ a { ...f } } fragment f on T { c @include(if: true) }")).toContain(
      "{ a { ...f mesh_anchor: __typename } }",
    );
  });

  it("takes a name that the operation does not use", () => {
    expect(anchored("{ mesh_anchor: a { b @skip(if: true) } }")).toContain("mesh_anchor_: __typename");
  });

  it("is taken out of the answer wherever it stands", () => {
    const answer = { a: [{ x: "T", b: 1 }, null, [{ x: "T" }]], c: "x", d: { x: "T" } };
    removeAnchors(answer, "x");
    expect(answer).toEqual({ a: [{ b: 1 }, null, [{}]], c: "x", d: {} });
  });
});
