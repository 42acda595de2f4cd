import { type FieldNode, Kind, parse, print } from "graphql";
import { expect, test } from "vitest";
import { findOperation } from "./find-operation.ts";
import { applyReservedNames, createReservedNames } from "./reserved-names.ts";

function rename(query: string, taken: readonly string[] = []): string {
  const document = parse(query);
  const renamed = applyReservedNames(document, findOperation(document, undefined), createReservedNames(new Set(taken)));
  return print(renamed).replace(/\s+/g, " ");
}

test("a client's alias never reaches the planner", () => {
  expect(rename("{ id: name name: id a: obj { id: x } obj { y } }")).toBe("{ name id _a0_obj: obj { x } obj { y } }");
});

test("leaves are reserved by field and arguments in any order, objects by the client's name too", () => {
  expect(rename("{ a: f(x: 1, y: 2) b: f(y: 2, x: 1) c: f(x: 2, y: 2) d: o(x: 1) { z } e: o(x: 1) { z } }")).toBe(
    "{ _a0_f: f(x: 1, y: 2) _a0_f: f(y: 2, x: 1) _a1_f: f(x: 2, y: 2) _a2_o: o(x: 1) { z } _a3_o: o(x: 1) { z } }",
  );
});

test("each root field of a mutation has a name of its own, also inside fragments", () => {
  expect(rename("mutation { a: f b: f ...M } fragment M on Mutation { f a: f }")).toContain(
    "{ _a0_f: f _a1_f: f ... on Mutation { _a2_f: f _a0_f: f } }",
  );
});

test("a reserved name is no field of the supergraph", () => {
  expect(rename("{ a: f(x: 1) }", ["_a0_f", "_aa"])).toBe("{ _aaa0_f: f(x: 1) }");
});

test("an empty selection set asks whether the object is there", () => {
  const document = parse("{ a { b } }");
  const operation = findOperation(document, undefined);
  const [field] = operation.selectionSet.selections as readonly FieldNode[];
  const empty = {
    ...operation,
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [{ ...(field as FieldNode), selectionSet: { kind: Kind.SELECTION_SET, selections: [] } }],
    },
  } as const;
  expect(print(applyReservedNames(document, empty, createReservedNames(new Set())))).toContain("__typename");
});
