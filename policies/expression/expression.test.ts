import { describe, expect, it } from "vitest";
import type { Activation } from "./environment.ts";
import { type Expression, isFault, parseExpression } from "./expression.ts";

const asked: Activation = {
  principal: {
    id: "someone",
    kind: "user",
    roles: ["analyst"],
    purposes: ["reporting"],
    attributes: { region: "West", clearance: 3, teams: ["a", "b"] },
  },
  purpose: "reporting",
  context: { time: new Date("2026-06-01T12:00:00Z") },
  resource: {
    coordinate: "Customer.email",
    product: "customers",
    domain: "sales",
    pii: ["email"],
    classification: "confidential",
    purposes: [],
    tags: ["contact"],
  },
};

function parsed(source: string, use: "condition" | "values" = "condition"): Expression {
  const expression = parseExpression(source, use);
  if (isFault(expression)) throw new Error(expression.message);
  return expression;
}

describe("parseExpression", () => {
  it.each([
    ["'analyst' in principal.roles && purpose == 'reporting'", true],
    ["principal.attributes.region == 'East'", false],
    ["principal.attributes.clearance >= 2", true],
    ["'b' in principal.attributes.teams", true],
    ["has(principal.attributes.vip) && principal.attributes.vip", false],
    ["context.time < timestamp('2027-01-01T00:00:00Z')", true],
    ["context.time.getHours('Europe/Berlin') == 14", true],
    ["resource.pii.exists(category, category == 'email') && 'contact' in resource.tags", true],
    ["principal.roles.size() > 1 ? false : principal.kind == 'user'", true],
  ])("%s is %s", (source, expected) => {
    expect(parsed(source).evaluate(asked)).toBe(expected);
  });

  it.each([
    [
      "principal.atributes.region == 'West'",
      10,
      "`principal` has no attribute `atributes`. Did you mean `attributes`?",
    ],
    ["resource.piii.size() > 0", 9, "`resource` has no attribute `piii`. Did you mean `pii`?"],
    ["context.now > 1", 8, "`context` has no attribute `now`. There are: time."],
    ["principle.id == ''", 0, "There is no `principle` here. Did you mean `principal`?"],
    ["purpose == 1", 0, "No such overload: string == int."],
    ["principal.roles", 0, "This gives a value of type list<string>; expected true or false."],
    ["purpose ==", 10, "Unexpected token: EOF."],
    ["", 0, "Unexpected token: EOF."],
    ["principal.id.matches('(a+)+')", 13, expect.stringContaining("`matches` is not offered")],
    ["fetch('x')", 0, expect.stringContaining("fetch")],
  ])("refuses %s after %s characters", (source, offset, message) => {
    expect(parseExpression(source, "condition")).toEqual({ message, offset });
  });

  it.each([
    ["principal.attributes.none == 1", "no such key in `none`"],
    ["1 / 0 == 1", "division by zero in `1 / 0`"],
    ["principal.attributes.region > 2", "no such overload in `principal.attributes.region > 2`"],
    ["int(principal.attributes.region) == 1", "in `int(principal.attributes.region)`"],
  ])("throws for %s when it is evaluated, and quotes the policy but no value", (source, message) => {
    const evaluate = (): unknown => parsed(source).evaluate(asked);
    expect(evaluate).toThrow(message);
    expect(evaluate).not.toThrow(/West/);
  });

  it("takes what a filter can compare with", () => {
    expect(parsed("principal.attributes.region", "values").evaluate(asked)).toBe("West");
    expect(parsed("['a', principal.id]", "values").evaluate(asked)).toEqual(["a", "someone"]);
    expect(parseExpression("context.time", "values")).toMatchObject({
      message: expect.stringContaining("expected a text, a number"),
    });
  });

  it.each([
    ["'a' in principal.roles || principal.attributes['b'] == principal.attributes.c", ["a"], ["b", "c"], []],
    ["principal.roles.exists(r, r == purpose)", "all", [], ["purpose"]],
    ["principal.attributes[purpose] == 1", [], "all", ["purpose"]],
    ["cel.bind(p, principal, p.id == 'x')", "all", "all", ["principal.id", "principal.kind", "principal.purposes"]],
    ["has(principal.attributes.a) && context.time.getHours() > 8", [], ["a"], ["context.time"]],
    ["resource.domain == principal.kind", [], [], ["principal.kind", "resource.domain"]],
  ])("knows what %s depends on", (source, roles, attributes, others) => {
    const { reads } = parsed(source);
    const listed = (names: ReadonlySet<string> | "all"): unknown => (names === "all" ? "all" : [...names].sort());
    expect([listed(reads.roles), listed(reads.attributes), listed(reads.others)]).toEqual([roles, attributes, others]);
  });
});
