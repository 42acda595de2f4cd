import { buildSchema, execute, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { allow, and, applyMiddleware, chain, deny, not, or, race, rule, type ShieldRule, shield } from "./shield.ts";

const isAda = rule("is Ada")((_parent: unknown, _args: unknown, context: { name: string }) => context.name === "Ada");

/** Whether the rule lets a caller of this name read a field that has no resolver of its own. */
async function passes(fieldRule: ShieldRule, name: string): Promise<boolean> {
  const schema = applyMiddleware(buildSchema("type Query { field: Int }"), shield({ Query: { field: fieldRule } }));
  const { data } = await execute({
    schema,
    document: parse("{ field }"),
    rootValue: { field: 1 },
    contextValue: { name },
  });
  return data?.field === 1;
}

describe("shield on this Node", () => {
  it.each<[string, ShieldRule, boolean, boolean]>([
    ["allow", allow, true, true],
    ["deny", deny, false, false],
    ["a rule", isAda, true, false],
    ["and", and(allow, isAda), true, false],
    ["or", or(deny, isAda), true, false],
    ["not", not(isAda), false, true],
    ["chain", chain(allow, isAda), true, false],
    ["race", race(deny, isAda), true, false],
  ])("%s lets the right callers pass", async (_, fieldRule, ada, bob) => {
    expect([await passes(fieldRule, "Ada"), await passes(fieldRule, "Bob")]).toEqual([ada, bob]);
  });
});
