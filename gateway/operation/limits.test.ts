import fc from "fast-check";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { checkLimits, defaultLimits, type OperationLimits } from "./limits.ts";

const limits: OperationLimits = {
  ...defaultLimits,
  maxTokens: 1_000,
  maxDepth: 3,
  maxFields: 6,
  maxAliases: 2,
  maxRootFields: 3,
};
const codeOf = (text: string, given = limits): unknown => checkLimits(parse(text), given)?.errors[0]?.extensions?.code;

describe("operation limits", () => {
  it.each([
    ["{ a { b { c } } }", undefined],
    ["{ a { b { c { d } } } }", "MAX_DEPTH_LIMIT"],
    ["{ ...f } fragment f on T { a { b { c { d } } } }", "MAX_DEPTH_LIMIT"],
    ["{ a { ... { ... { b { c } } } } }", undefined],
    ["{ a { b c d e f } }", undefined],
    ["{ a { b c d e f g } }", "MAX_HEIGHT_LIMIT"],
    ["{ a { ...f } b { ...f } } fragment f on T { x y z }", "MAX_HEIGHT_LIMIT"],
    ["{ x: a { y: b z: c } }", "MAX_ALIASES_LIMIT"],
    ["{ a b ...f } fragment f on T { c d }", "MAX_ROOT_FIELDS_LIMIT"],
    ["query A { a } query B { a { b { c { d } } } }", "MAX_DEPTH_LIMIT"],
  ])("judge %s", (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it("bound the nesting of values, wherever they are written", () => {
    const nested = (depth: number): string => `${"[{ a: ".repeat(depth / 2)}1${"}]".repeat(depth / 2)}`;
    const places = (depth: number): readonly string[] => [
      `{ a(x: ${nested(depth)}) }`,
      `{ ...f } fragment f on T { a { b @d(x: ${nested(depth)}) } }`,
      `query ($x: X = ${nested(depth)}) { a }`,
      `query @d(x: ${nested(depth)}) { a }`,
      `{ ... @d(x: ${nested(depth)}) { a } }`,
    ];
    expect(places(128).map((text) => codeOf(text))).toEqual(places(128).map(() => undefined));
    expect(places(130).map((text) => codeOf(text))).toEqual(places(130).map(() => "MAX_DEPTH_LIMIT"));
    expect(checkLimits(parse(`{ a(x: ${nested(5_000)}) }`), limits)?.errors[0]?.message).toBe(
      "A value in the operation nests 5000 levels deep, at most 128 are allowed",
    );
  });

  it("say what was counted and what is allowed", () => {
    expect(checkLimits(parse("{ a { b { c { d } } } }"), limits)).toEqual({
      kind: "rejected",
      status: 400,
      errors: [
        { message: "The operation is 4 fields deep, at most 3 are allowed", extensions: { code: "MAX_DEPTH_LIMIT" } },
      ],
    });
  });

  it("count fragments that double at every level without walking them, and stop at cycles", () => {
    const doubling = Array.from(
      { length: 40 },
      (_, i) => `fragment f${i} on T { a { ...f${i + 1} } b { ...f${i + 1} } }`,
    );
    expect(codeOf(`{ ...f0 } ${doubling.join(" ")} fragment f40 on T { a }`)).toBe("MAX_DEPTH_LIMIT");
    expect(codeOf("{ ...a } fragment a on T { x { ...b } } fragment b on T { y { ...a } }")).toBeUndefined();
  });

  it("count as if every fragment were written out where it is spread", () => {
    const leaf = fc.constantFrom("a", "b", "x: a");
    const { set } = fc.letrec<{ set: string; selection: string }>((tie) => ({
      selection: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        tie("set").map((inner) => `c ${inner}`),
        tie("set").map((inner) => `... ${inner}`),
      ),
      set: fc.array(tie("selection"), { minLength: 1, maxLength: 3 }).map((all) => `{ ${all.join(" ")} }`),
    }));
    fc.assert(
      fc.property(set, set, (outer, inner) => {
        const spread = `query ${outer.replace("{", "{ ...f ")} fragment f on T ${inner}`;
        const written = `query ${outer.replace("{", `{ ... ${inner} `)}`;
        expect(codeOf(spread)).toBe(codeOf(written));
      }),
    );
  });

  it("leave room for the query that tools send to read a schema", async () => {
    const { getIntrospectionQuery } = await import("graphql");
    expect(codeOf(getIntrospectionQuery({ inputValueDeprecation: true }), defaultLimits)).toBeUndefined();
  });
});
