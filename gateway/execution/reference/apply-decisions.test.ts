import { GraphQLNonNull, GraphQLObjectType, GraphQLString } from "graphql";
import { describe, expect, it } from "vitest";
import { applyDecisions } from "./apply-decisions.ts";
import type { ObjectShape } from "./governed-shape.ts";

const hide = (): string => "***";
const person = new GraphQLObjectType({ name: "Person", fields: { name: { type: GraphQLString } } });

describe("applyDecisions", () => {
  it("copies what it changes, shares the rest, and leaves the given answer alone", () => {
    const untouched = { deep: { name: "Ada" } };
    const data = { person: { name: "Ada" }, untouched };
    const shape: ObjectShape = new Map([
      [
        "person",
        {
          kind: "nested",
          type: person,
          shape: { kind: "object", shape: new Map([["name", { kind: "masked", mask: hide }]]) },
        },
      ],
    ]);
    const { data: result } = applyDecisions(data, shape);
    expect(result).toEqual({ person: { name: "***" }, untouched });
    expect(result?.untouched).toBe(untouched);
    expect(data.person.name).toBe("Ada");
  });

  it("masks under every name that GraphQL allows as a key", () => {
    const data = JSON.parse('{"__proto__":"Ada","constructor":"Ada"}') as Record<string, unknown>;
    const shape: ObjectShape = new Map(
      ["__proto__", "constructor"].map((key) => [key, { kind: "masked", mask: hide }]),
    );
    expect(JSON.stringify(applyDecisions(data, shape).data)).toBe('{"__proto__":"***","constructor":"***"}');
  });

  it("nulls the whole answer when the denied field of the root must not be null", () => {
    const decision = { effect: "deny", policy: "p", reason: "r" } as const;
    const type = new GraphQLNonNull(GraphQLString);
    const shape: ObjectShape = new Map([
      ["mesh_0", { kind: "hidden", responseKey: "me", coordinate: "Query.me", type, decision }],
    ]);
    const { data, errors } = applyDecisions({ mesh_0: "Query" }, shape);
    expect(data).toBeNull();
    expect(errors.map(({ path }) => path)).toEqual([["me"]]);
  });

  it("gives no answer rather than a raw one when the runtime type is not known", () => {
    const shape: ObjectShape = new Map([
      [
        "node",
        { kind: "nested", type: person, shape: { kind: "abstract", typeAlias: "mesh_type", shapeByType: new Map() } },
      ],
    ]);
    expect(() => applyDecisions({ node: { name: "Ada" } }, shape)).toThrow(/runtime type/);
  });
});
