import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decision } from "./decision.ts";
import { caller, coordinate, match, policy } from "./policies.fixture.ts";
import { anonymous, type Caller } from "./principal.ts";
import { createRules } from "./rules.ts";
import { strictest, strictness } from "./strictest.ts";

const email = coordinate("Customer.email", { pii: ["email"], type: "String!" });
const maskEmail = policy("mask-email", {
  selector: { pii: ["email"] },
  unless: [match({ purpose: ["customer-care"] })],
  effect: { type: "mask", technique: "partial" },
});

describe("createRules", () => {
  it("masks for a caller without the purpose and lifts the mask for one with it", () => {
    const rules = createRules([maskEmail], [email]);
    expect(rules.get("Customer.email")?.decide(caller())).toEqual({
      effect: "mask",
      mask: { technique: "partial" },
      policy: "mask-email",
    });
    expect(rules.get("Customer.email")?.decide(caller("customer-care"))).toEqual({ effect: "allow" });
  });

  it("redacts personal data that no policy selects", () => {
    const rules = createRules([], [email]);
    expect(rules.get("Customer.email")?.decide(caller("customer-care"))).toMatchObject({
      effect: "mask",
      mask: { technique: "redact" },
    });
  });

  it("redacts personal data when the only policy is silent, which is not the same as lifted", () => {
    const denyInterns = policy("no-interns", {
      when: [match({ roles: ["intern"] })],
      effect: { type: "deny", reason: "interns read no personal data" },
    });
    const rules = createRules([denyInterns], [email]);
    expect(rules.get("Customer.email")?.decide(caller())).toMatchObject({
      effect: "mask",
      mask: { technique: "redact" },
    });
    expect(rules.get("Customer.email")?.decide(caller(undefined, { roles: ["intern"] }))).toMatchObject({
      effect: "deny",
      policy: "no-interns",
    });
  });

  it("has no rule for a coordinate that is neither personal nor selected", () => {
    const rules = createRules([maskEmail], [email, coordinate("Customer.segment")]);
    expect(rules.coordinates).toEqual(["Customer.email"]);
    expect(rules.get("Customer.segment")).toBeUndefined();
    expect([...rules.decide(anonymous, ["Customer.segment", "Customer.email"]).keys()]).toEqual(["Customer.email"]);
  });

  it("takes the strictest view of a field that several products resolve", () => {
    const ofOrders = policy("orders-deny", {
      selector: { product: ["orders"] },
      effect: { type: "deny", reason: "orders keeps it" },
    });
    const entries = [email, { ...email, product: "orders" }];
    expect(createRules([maskEmail, ofOrders], entries).get("Customer.email")?.decide(caller())).toMatchObject({
      policy: "orders-deny",
    });
    expect(
      createRules([maskEmail, ofOrders], entries.toReversed()).get("Customer.email")?.decide(caller()),
    ).toMatchObject({ policy: "orders-deny" });
  });

  it("denies when a policy cannot be decided, and reports the cause", () => {
    const failures: unknown[] = [];
    const rules = createRules([policy("fails", { unless: [match({ roles: ["x"] })] })], [email], {
      reportFailure: (name, cause) => failures.push([name, cause]),
    });
    const broken: Caller = {
      get principal(): never {
        throw new Error("no principal");
      },
      purpose: undefined,
    };
    expect(rules.get("Customer.email")?.decide(broken)).toMatchObject({ effect: "deny", policy: "fails" });
    expect(failures).toEqual([["fails", new Error("no principal")]]);
  });

  it("asks no policy twice for callers of one class, whoever they are", () => {
    let asked = 0;
    const roles = (): readonly string[] => {
      asked++;
      return ["analyst", "seen-by-no-condition"];
    };
    const rules = createRules([policy("p", { unless: [match({ roles: ["dpo"] })] })], [email]);
    const someone = (id: string): Caller => ({
      principal: {
        id,
        kind: "user",
        get roles() {
          return roles();
        },
        purposes: [],
        attributes: {},
      },
      purpose: "anything",
    });
    rules.get("Customer.email")?.decide(someone("a"));
    const first = asked;
    const other = someone("b");
    expect(rules.get("Customer.email")?.decide(other)).toMatchObject({ policy: "p" });
    // One look at the roles to find the class, none by the condition.
    expect(asked - first).toBe(1);
    rules.get("Customer.email")?.decide(other);
    expect(asked - first).toBe(1);
  });

  it("forgets caller classes beyond its bound and decides them anew, equally", () => {
    const rules = createRules(
      ["a", "b", "c"].map((role) =>
        policy(`deny-${role}`, { when: [match({ roles: [role] })], effect: { type: "deny", reason: "x" } }),
      ),
      [email],
      { maxCallerClasses: 2 },
    );
    const decisions = ["a", "b", "c", "a"].map((role) =>
      rules.get("Customer.email")?.decide(caller(undefined, { roles: [role] })),
    );
    expect(decisions[3]).toEqual(decisions[0]);
    expect(decisions.map((decision) => decision?.effect)).toEqual(["deny", "deny", "deny", "deny"]);
  });

  it("builds rules for 1,000 policies and 2,000 fields in under a second", () => {
    const policies = Array.from({ length: 1_000 }, (_, index) =>
      policy(`p-${index}`, { selector: { pii: [`c${index % 50}`], coordinate: [`Type${index % 100}.*`] } }),
    );
    const coordinates = Array.from({ length: 2_000 }, (_, index) =>
      coordinate(`Type${index % 100}.field${index}`, { pii: [`c${index % 50}`] }),
    );
    const start = performance.now();
    expect(createRules(policies, coordinates).coordinates).toHaveLength(2_000);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("strictest", () => {
  const decision = fc.oneof(
    fc.constant<Decision>({ effect: "allow" }),
    fc.record({
      effect: fc.constant("mask" as const),
      mask: fc.record({ technique: fc.constantFrom("redact" as const, "partial" as const) }),
      policy: fc.constantFrom("a", "b"),
    }),
    fc.record({ effect: fc.constant("null" as const), policy: fc.constantFrom("a", "b") }),
    fc.record({ effect: fc.constant("deny" as const), policy: fc.constantFrom("a", "b"), reason: fc.constant("r") }),
  );

  it("does not depend on the order of the decisions", () => {
    fc.assert(
      fc.property(fc.array(decision), (decisions) => {
        expect(strictest(decisions)).toEqual(strictest(decisions.toReversed()));
      }),
    );
  });

  it("never reveals more when a decision is added", () => {
    fc.assert(
      fc.property(fc.array(decision), decision, (decisions, added) => {
        expect(strictness(strictest([...decisions, added]))).toBe(
          Math.max(strictness(strictest(decisions)), strictness(added)),
        );
      }),
    );
  });

  it("orders deny over null over redact over partial over allow", () => {
    const all: Decision[] = [
      { effect: "allow" },
      { effect: "mask", mask: { technique: "partial" }, policy: "p" },
      { effect: "mask", mask: { technique: "redact" }, policy: "p" },
      { effect: "null", policy: "p" },
      { effect: "deny", policy: "p", reason: "r" },
    ];
    expect(all.map(strictness)).toEqual([0, 1, 10, 11, 12]);
  });
});
