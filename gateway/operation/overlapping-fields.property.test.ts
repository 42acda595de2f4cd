import fc from "fast-check";
import {
  buildSchema,
  type DocumentNode,
  type GraphQLError,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { describe, expect, it } from "vitest";
import { OverlappingFieldsRule } from "./overlapping-fields.ts";

const schema = buildSchema(`
  type Query { node: Node any: Any a: A b: B list: [Node] }
  interface Node { id: ID! name(first: Int, filter: Filter): String node: Node }
  union Any = A | B | C
  type A implements Node { id: ID! name(first: Int, filter: Filter): String node: Node value: Int deep: A items: [B] }
  type B implements Node { id: ID! name(first: Int, filter: Filter): String node: Node value: String deep: B items: [B!] }
  type C implements Node { id: ID! name(first: Int, filter: Filter): String node: Node value: Int! deep: [C] items: B }
  input Filter { x: Int y: [Int!] z: Filter }
`);

const theirs = (document: DocumentNode): readonly GraphQLError[] =>
  validate(schema, document, [OverlappingFieldsCanBeMergedRule]);
const ours = (document: DocumentNode): readonly GraphQLError[] => validate(schema, document, [OverlappingFieldsRule]);

// Few names, so that many fields meet, and mostly their own, so that not all of them conflict.
const responseName = fc.constantFrom(..."            ".split(""), "x: ", "y: ", "id: ", "value: ", "node: ");
const leaf = fc
  .tuple(
    responseName,
    fc.constantFrom(
      "id",
      "id",
      "id",
      "value",
      "name",
      "name",
      "name(first: 1)",
      "name(first: $n)",
      "name(filter: { x: 1, y: [1, 2] }, first: 2)",
      "name(first: 2, filter: { y: [1, 2], x: 1 })",
      "name(filter: { y: [2, 1] })",
      "__typename",
    ),
  )
  .map((parts) => parts.join(""));
const { set } = fc.letrec<{ set: string; selection: string }>((tie) => ({
  set: fc.array(tie("selection"), { minLength: 1, maxLength: 3 }).map((selections) => `{ ${selections.join(" ")} }`),
  selection: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.constantFrom("...F", "...G", "...H"),
    fc
      .tuple(responseName, fc.constantFrom("node", "deep", "items", "any", "a", "b", "list"), tie("set"))
      .map((parts) => parts.join("")),
    fc
      .tuple(fc.constantFrom("on A ", "on B ", "on C ", "on Node ", ""), tie("set"))
      .map(([on, set]) => `... ${on}${set}`),
  ),
}));

/** Fragments spread only later ones, so that there is no cycle, and unused ones are left out: another rule is for those. */
const operation = fc
  .tuple(set, set, set, set, fc.constantFrom("A", "B", "Node", "Any"), fc.constantFrom("A", "C", "Node"))
  .map(([root, f, g, h, onF, onG]) => {
    const parts = [
      `query ($n: Int) ${root}`,
      `fragment F on ${onF} ${f.replaceAll("...F", "...G")}`,
      `fragment G on ${onG} ${g.replace(/\.\.\.[FG]/g, "...H")}`,
      `fragment H on Node ${h.replace(/\.\.\.[FGH]/g, "__typename")}`,
    ];
    return parts.reduce((used, part) => {
      const name = /^fragment (\w)/.exec(part)?.[1];
      return name === undefined || used.includes(`...${name}`) ? `${used} ${part}` : used;
    });
  });

describe("fields that meet", () => {
  it("are refused exactly where graphql-js refuses them", () => {
    let refused = 0;
    let compared = 0;
    fc.assert(
      fc.property(operation, (text) => {
        const document = parse(text);
        const expected = theirs(document);
        if (expected.some(({ message }) => message === "Validation aborted.")) return;
        compared++;
        if (expected.length > 0) refused++;
        expect(ours(document).length > 0, `${text}\n${expected.join("\n")}`).toBe(expected.length > 0);
      }),
      { numRuns: 3_000 },
    );
    // Both happen often, or the comparison would show nothing.
    expect(refused).toBeGreaterThan(compared / 10);
    expect(compared - refused).toBeGreaterThan(compared / 10);
  });

  it.each([
    ["{ a { x: id x: value } }", `"id" and "value" are different fields`, [7, 13]],
    ["{ a { name(first: 1) name(first: 2) } }", "they have differing arguments", [7, 22]],
    [
      "{ node { ... on A { value } ... on B { value } } }",
      `they return conflicting types "Int" and "String"`,
      [21, 40],
    ],
    ["{ a { deep { x: id } } ...F } fragment F on Query { a { deep { x: value } } }", "are different fields", [14, 64]],
  ])("are told in words and by their places: %s", (text, reason, columns) => {
    const [error, ...more] = ours(parse(text));
    expect(more).toEqual([]);
    expect(error?.message).toMatch(/^Fields "(x|name|value)" conflict because /);
    expect(error?.message).toContain(reason);
    expect(error?.locations?.map(({ column }) => column)).toEqual(columns);
  });

  it("may be as many as the limits allow", () => {
    const texts = [
      `{ a { ${"id ".repeat(1_900)} } }`,
      `{ a { ${"... on A { id value } ".repeat(600)} } }`,
      `{ a { ${"deep { node { id name } } ".repeat(400)} } }`,
      `{ a { ...F0 } } ${Array.from({ length: 100 }, (_, i) => `fragment F${i} on A { id value deep { id } ...F${i + 1} }`).join(" ")} fragment F100 on A { id }`,
      `{ a { ${Array.from({ length: 300 }, (_, i) => `...F${i}`).join(" ")} } } ${Array.from({ length: 300 }, (_, i) => `fragment F${i} on A { id value deep { id } }`).join(" ")}`,
    ];
    for (const text of texts) expect(ours(parse(text)), text.slice(0, 50)).toEqual([]);
  });

  it("are given up where somebody made their combinations explode", () => {
    // Each level doubles the sets of fields that can be together.
    const level = (depth: number): string =>
      depth === 0
        ? "id"
        : `... on A { node { ${chain(depth - 1)} } } ... on B { node { ${chain(depth - 1)} } } node { ${level(depth - 1)} }`;
    const chain = (depth: number): string => (depth === 0 ? "id" : `node { ${chain(depth - 1)} }`);
    const [error] = ours(parse(`{ node { ${level(20)} } }`));
    expect(error?.message).toContain("repeats the same fields or fragments so often");
  });

  it("in fragments that spread themselves are left to the rule against those", () => {
    const document = parse("{ a { ...F } } fragment F on A { deep { ...F } x: id x: value }");
    expect(ours(document)).toEqual([]);
    expect(validate(schema, document, specifiedRules).length).toBeGreaterThan(0);
  });
});
