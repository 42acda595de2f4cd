import { describe, expect, it } from "vitest";
import { coordinate, policy, waiver } from "../policies.fixture.ts";
import { applyWaivers } from "./apply-waivers.ts";
import { lintPolicies } from "./lint.ts";
import type { Policy } from "./model.ts";

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

  const codes = (policies: readonly Policy[], options?: Parameters<typeof lintPolicies>[2]): readonly string[] =>
    lintPolicies(policies, graph, options).map(({ code, message }) => `${code}: ${message}`);
  const now = Date.parse("2026-06-01T00:00:00Z");

  it("finds what can never have an effect, because something stricter always does", () => {
    const maskEmail = policy("mask", { selector: { pii: ["email"] }, effect: { type: "mask", technique: "partial" } });
    const denyAll = policy("deny", { effect: { type: "deny", reason: "no" } });
    const sometimes = { ...denyAll, condition: "purpose == 'x'" };
    expect(codes([maskEmail, denyAll])).toEqual([
      "policy-without-effect: The policy mask changes nothing: wherever it holds, deny hides as much or more.",
    ]);
    expect(codes([maskEmail, sometimes])).toEqual([]);
    expect(codes([{ ...maskEmail, condition: "purpose == 'x'" }, sometimes])).toHaveLength(1);
    expect(codes([maskEmail, { ...denyAll, mode: "shadow" }])).toEqual([]);
    expect(
      codes([maskEmail, { ...denyAll, selector: policy("x", { selector: { coordinate: ["*.segment"] } }).selector }]),
    ).toEqual([]);
    // What a product adds may go again, and then the other is needed.
    expect(codes([maskEmail, { ...denyAll, product: "customers" }])).toEqual([]);
    expect(codes([{ ...maskEmail, product: "customers" }, denyAll])).toHaveLength(1);
  });

  it("finds what has ended", () => {
    const validity = { from: undefined, until: "2026-05-31T00:00:00Z" };
    expect(codes([policy("old", { validity })], { now })).toEqual([
      "policy-expired: The policy old ended on 2026-05-31. Delete it, or give it another term.",
    ]);
    expect(codes([policy("p", { waivers: [waiver({ expires: "2026-05-31T00:00:00Z" })] })], { now })).toEqual([
      "waiver-expired: The waiver w ended on 2026-05-31: it lifts nothing. Delete it.",
    ]);
  });

  it("finds a waiver that selects nothing of its policy, unless that is made from it", () => {
    const emails = { selector: { pii: ["email"] } };
    const elsewhere = waiver({ selector: policy("x", { selector: { coordinate: ["Customer.segment"] } }).selector });
    expect(codes([policy("p", { ...emails, waivers: [elsewhere] })], { now })).toEqual([
      "waiver-matches-nothing: The waiver w lifts nothing: the policy p selects none of what it selects.",
    ]);
    const made = [...graph.slice(0, 1), coordinate("Customer.segment", { madeFrom: ["Customer.email"] })];
    expect(lintPolicies([policy("p", { ...emails, waivers: [elsewhere] })], made, { now })).toEqual([]);
  });

  it("finds policies of a product that would loosen, or speak of others", () => {
    const selector = { product: ["customers", "orders"] };
    expect(codes([policy("l", { product: "customers", effect: { type: "allow" }, selector })])).toEqual([
      expect.stringContaining("local-policy-loosens: The policy l of the product customers allows nothing"),
      "local-policy-selects-others: The policy l lies beside the product customers and selects nothing of orders.",
    ]);
  });

  it("finds claims that nobody fills", () => {
    const attributes = new Set(["region", "team"]);
    const rows = policy("r", { effect: { type: "filter", column: "region", in: "principal.attributes.regoin" } });
    expect(codes([rows, policy("c", { condition: "has(principal.attributes.team)" })], { attributes })).toEqual([
      "unknown-attribute: The policy r asks for principal.attributes.regoin, which no configured claim fills. Did you mean `region`?",
    ]);
    expect(codes([rows])).toEqual([]);
  });

  it("says nothing of a policy that the schema names", () => {
    const named = policy("by-name", { selector: { product: ["none"] }, effect: { type: "allow" } });
    const demands = { authenticated: false, scopes: [], policies: [[["by-name"]]] };
    expect(lintPolicies([named], [...graph, coordinate("Query.x", { demands })])).toEqual([]);
  });
});

describe("applyWaivers", () => {
  it("gives each policy of the mesh its waivers, and finds those of no policy or of a product's own", () => {
    const waivers = [waiver({}), waiver({ name: "w2", policy: "q" }), waiver({ name: "w3", policy: "local" })];
    const applied = applyWaivers([policy("p"), policy("local", { product: "customers" })], waivers);
    expect(applied.policies.map((each) => each.waivers.map(({ name }) => name))).toEqual([["w"], []]);
    expect(applied.findings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "waiver-of-unknown-policy: The waiver w2 lifts nothing: there is no policy q. Did you mean `p`?",
      "waiver-of-local-policy: The waiver w3 lifts nothing: local is a product's own policy, which the product can change itself.",
    ]);
    expect(applyWaivers([policy("p")], [waiver({}), waiver({})]).findings).toMatchObject([
      { level: "error", code: "duplicate-waiver" },
    ]);
  });

  it("warns of a filter by a column that a table does not have", () => {
    const coordinates = ["Order.shipRegion", "OrderConnection.nodes", "Line.id", "LineConnection.nodes"].map((name) =>
      coordinate(name),
    );
    const filter = policy("own-region", {
      selector: { coordinate: ["Order*.*", "Line.*"] },
      effect: { type: "filter", column: "ship_region", in: "principal.attributes.region" },
    });
    expect(lintPolicies([filter], coordinates)).toMatchObject([
      {
        level: "warning",
        code: "row-filter-without-column",
        message: expect.stringContaining("Line has no column `ship_region`"),
      },
    ]);
  });
});
