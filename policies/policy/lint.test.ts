import { describe, expect, it } from "vitest";
import { coordinate, policy } from "../policies.fixture.ts";
import { lintPolicies } from "./lint.ts";

const graph = [coordinate("Customer.email", { pii: ["email"] }), coordinate("Customer.segment")];

describe("lintPolicies", () => {
  it("has nothing to say about policies that protect something", () => {
    expect(lintPolicies([policy("a", { selector: { pii: ["email"] } }), policy("b")], graph)).toEqual([]);
  });

  it("warns about a policy that selects no field and says what was probably meant", () => {
    expect(lintPolicies([policy("a", { selector: { pii: ["e-mails"] } })], graph)).toEqual([
      {
        level: "warning",
        code: "policy-matches-nothing",
        message:
          "The policy a selects no field of the graph, so it protects nothing. No field has the pii `e-mails`. Did you mean `email`?",
        place: { file: "a.yaml" },
        path: "spec.selector",
      },
    ]);
  });

  it("refuses two policies of one name", () => {
    expect(lintPolicies([policy("a"), policy("a")], graph)).toMatchObject([
      { level: "error", code: "duplicate-policy" },
    ]);
  });
});
