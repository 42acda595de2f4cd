import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decision, MaskParameters } from "./decision.ts";
import { caller, coordinate, match, policy, waiver } from "./policies.fixture.ts";
import type { Policy } from "./policy/model.ts";
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

  it("evaluates nothing for a caller of a known class, whoever it is and whichever field it asks for", () => {
    let evaluations = 0;
    const policies = [
      maskEmail,
      policy("cel", { condition: "'analyst' in principal.roles && principal.attributes.region == 'West'" }),
      policy("of-field", { condition: "resource.coordinate == 'Customer.email' && purpose == 'x'" }),
    ];
    const rules = createRules(policies, [email, coordinate("Customer.name", { pii: ["name"] })], {
      onEvaluate: () => evaluations++,
    });
    const someone = (id: string): Caller =>
      caller("other", { id, roles: ["analyst", "unseen"], attributes: { region: "West", unseen: id } });
    const ask = (asking: Caller): unknown => rules.coordinates.map((name) => rules.get(name)?.decide(asking));
    const first = ask(someone("a"));
    expect(evaluations).toBeGreaterThan(0);
    evaluations = 0;
    expect(ask(someone("b"))).toEqual(first);
    expect(rules.callerClass(someone("c"))).toBe(rules.callerClass(someone("d")));
    expect(evaluations).toBe(0);
    ask(caller("other", { roles: [], attributes: { region: "West" } }));
    expect(evaluations).toBeGreaterThan(0);
  });

  it("puts callers into one class whom no condition tells apart, though it reads what differs", () => {
    const rules = createRules([policy("p", { condition: "principal.id in ['a', 'b']" })], [email]);
    const classOf = (id: string): string | undefined => rules.callerClass(caller(undefined, { id }));
    expect(classOf("x")).toBe(classOf("y"));
    expect(classOf("a")).toBe(classOf("b"));
    expect(classOf("a")).not.toBe(classOf("x"));
  });

  it("asks what depends on the time again when its minute is over", () => {
    let now = Date.parse("2026-06-01T17:58:40Z");
    let evaluations = 0;
    const officeHours = policy("office-hours", {
      condition: "context.time.getHours() >= 18",
      effect: { type: "deny", reason: "it is late" },
    });
    const rules = createRules([officeHours], [coordinate("Order.total")], {
      now: () => now,
      onEvaluate: () => evaluations++,
    });
    const asking = caller();
    const effect = (): string | undefined => rules.get("Order.total")?.decide(asking).effect;
    expect([effect(), effect(), evaluations]).toEqual(["allow", "allow", 1]);
    now += 30_000;
    expect([effect(), evaluations]).toEqual(["allow", 2]);
    now += 60_000;
    expect([effect(), evaluations]).toEqual(["deny", 3]);
  });

  it("holds a policy from the moment to the moment that it names", () => {
    let now = 0;
    const validity = { from: "2026-06-01T00:00:00Z", until: "2026-06-02T12:00:00Z" };
    const rules = createRules([policy("p", { validity })], [coordinate("Order.total")], { now: () => now });
    const asking = caller();
    const at = (time: string): string | undefined => {
      now = Date.parse(time);
      return rules.get("Order.total")?.decide(asking).effect;
    };
    expect(at("2026-05-31T23:59:59.999Z")).toBe("allow");
    expect(at("2026-06-01T00:00:00Z")).toBe("mask");
    expect(at("2026-06-02T11:59:59.999Z")).toBe("mask");
    expect(at("2026-06-02T12:00:00Z")).toBe("allow");
  });

  it("says which policy holds, is lifted, waived or silent, and what failed", () => {
    const waived = policy("waived", { waivers: [waiver({ name: "trial", policy: "waived" })] });
    const silent = policy("silent", { when: [match({ roles: ["x"] })] });
    const failing = policy("failing", { condition: "1 / 0 == 1" });
    const shadow = policy("shadow", { mode: "shadow", effect: { type: "nullify" } });
    const rules = createRules([maskEmail, waived, silent, failing, shadow], [email]);
    const standings = rules.get("Customer.email")?.explain(caller("customer-care")) ?? [];
    expect(standings.map(({ policy: name, standing, mode, waiver }) => [name, standing, mode, waiver])).toEqual([
      ["mask-email", "lifted", "enforce", undefined],
      ["waived", "waived", "enforce", "trial"],
      ["silent", "silent", "enforce", undefined],
      ["failing", "failed", "enforce", undefined],
      ["shadow", "holds", "shadow", undefined],
    ]);
  });

  it("gives the purpose to a mask with a key, and tells callers of other purposes apart then", () => {
    const hash = policy("hash", { effect: { type: "mask", technique: "hash" } });
    const rules = createRules([hash], [email]);
    expect(rules.get("Customer.email")?.decide(caller("care"))).toMatchObject({ mask: { separation: "care" } });
    expect(rules.get("Customer.email")?.decide(caller())).toMatchObject({ mask: { separation: "" } });
    expect(rules.callerClass(caller("a"))).not.toBe(rules.callerClass(caller("b")));
  });

  it("lets a no-project be compared with and never out", () => {
    const rules = createRules(
      [policy("join-only", { effect: { type: "no-project", reason: "only to join" } })],
      [email],
    );
    expect(rules.get("Customer.email")?.decide(caller())).toEqual({
      effect: "deny",
      policy: "join-only",
      reason: "only to join",
    });
    expect(rules.mayCompare(caller(), "Customer.email")).toBe(true);
    expect(rules.mayCompare(caller(), "Customer.unknown")).toBe(true);
    expect(createRules([], [email]).mayCompare(caller(), "Customer.email")).toBe(false);
  });
});

describe("decideRows", () => {
  const order = [coordinate("Order.total", { product: "orders" }), coordinate("Order.region", { product: "orders" })];
  const region = policy("own-region", {
    selector: { coordinate: ["Order.*"] },
    unless: [match({ roles: ["head-office"] })],
    effect: { type: "filter", column: "region", in: "principal.attributes.region" },
  });
  const groups = (size: number): Policy =>
    policy(`groups-${size}`, { selector: { product: ["orders"] }, effect: { type: "min-group", size } });

  it("takes the values from the caller's attributes, as one or as a list", () => {
    const rules = createRules([region], order);
    const rows = (attributes: Record<string, unknown>) => rules.decideRows(caller(undefined, { attributes }), "Order");
    expect(rows({ region: "West" })).toEqual({
      filters: [{ kind: "in", policy: "own-region", column: "region", values: ["West"] }],
      minGroup: undefined,
      policies: ["own-region"],
    });
    expect(rows({ region: ["West", "East"] })?.filters).toMatchObject([{ values: ["West", "East"] }]);
  });

  it("shows no row where the attribute is missing, empty or no value, and lifts the filter for whom it says", () => {
    const rules = createRules([region], order);
    for (const attributes of [{}, { region: [] }, { region: { a: 1 } }, { region: null }]) {
      const { filters } = rules.decideRows(caller(undefined, { attributes }), "Order") ?? {};
      expect(filters).toEqual([{ kind: "none", policy: "own-region" }]);
    }
    expect(rules.decideRows(caller(undefined, { roles: ["head-office"] }), "Order")).toEqual({
      filters: [],
      minGroup: undefined,
      policies: [],
    });
  });

  it("takes the largest group that holds, and knows of types on whose rows nobody speaks", () => {
    const rules = createRules([groups(5), groups(20), groups(10)], [...order, coordinate("Customer.name")]);
    expect(rules.decideRows(caller(), "Order")).toMatchObject({ minGroup: 20 });
    expect(rules.decideRows(caller(), "Customer")).toBeUndefined();
    const root = coordinate("Query.orders", { product: "orders" });
    expect(createRules([groups(5)], [...order, root]).decideRows(caller(), "Query")).toBeUndefined();
    // Policies about rows say nothing of values.
    expect(rules.coordinates).toEqual([]);
  });

  it("shows no row when the condition throws", () => {
    const rules = createRules([{ ...groups(5), condition: "1 / 0 == 1" }], order);
    expect(rules.decideRows(caller(), "Order")?.filters).toEqual([{ kind: "none", policy: "groups-5" }]);
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

  it.each([
    ["the one that shows less", { first: 1 }, { first: 3 }, { technique: "partial", parameters: { first: 1 } }, "a"],
    [
      "the one that shows less, in any order",
      { first: 3 },
      { first: 1 },
      { technique: "partial", parameters: { first: 1 } },
      "b",
    ],
    [
      "redact, where each shows what the other hides",
      { first: 3, last: 0 },
      { first: 0, last: 3 },
      { technique: "redact" },
      "a",
    ],
    [
      "the first by name, of two alike",
      { first: 2 },
      { first: 2 },
      { technique: "partial", parameters: { first: 2 } },
      "a",
    ],
  ])("takes of two masks of one technique %s", (_, one, other, mask, name) => {
    const partial = (parameters: MaskParameters, policyName: string): Decision => ({
      effect: "mask",
      mask: { technique: "partial", parameters },
      policy: policyName,
    });
    const decisions = [partial(one, "a"), partial(other, "b")];
    expect(strictest(decisions)).toEqual({ effect: "mask", mask, policy: name });
    expect(strictest(decisions.toReversed())).toEqual({ effect: "mask", mask, policy: name });
  });

  it("redacts where a technique cannot compare its parameters", () => {
    const custom = (name: string): Decision => ({
      effect: "mask",
      mask: { technique: "custom", parameters: { function: name } },
      policy: name,
    });
    expect(strictest([custom("b"), custom("a")])).toEqual({
      effect: "mask",
      mask: { technique: "redact" },
      policy: "a",
    });
  });

  it("shows personal data in clear only for a purpose that the product names", () => {
    const email = coordinate("Customer.email", { pii: ["email"], purposes: ["care", "billing"], purposeLimited: true });
    const nobodys = coordinate("Customer.phone", { pii: ["phone"], purposes: [], purposeLimited: true });
    const open = coordinate("Customer.city", { pii: ["address"] });
    const lifted = policy("masked-for-most", {
      effect: { type: "mask", technique: "partial" },
      unless: [match({ roles: ["staff"] })],
    });
    const rules = createRules([lifted], [email, nobodys, open]);
    const staff = (purpose?: string) => caller(purpose, { roles: ["staff"] });
    const decided = (purpose: string | undefined, name: string) => rules.decide(staff(purpose), [name]).get(name);
    const redacted = { effect: "mask", mask: { technique: "redact" }, policy: "purpose-limitation" };
    expect(decided("care", "Customer.email")).toEqual({ effect: "allow" });
    expect(decided(undefined, "Customer.email")).toEqual(redacted);
    expect(decided("marketing", "Customer.email")).toEqual(redacted);
    expect(decided("care", "Customer.phone")).toEqual(redacted);
    expect(decided(undefined, "Customer.city")).toEqual({ effect: "allow" });
    expect(rules.mayCompare(staff(), "Customer.email")).toBe(false);
    expect(rules.mayCompare(staff("billing"), "Customer.email")).toBe(true);
    // Where a policy of the mesh has chosen a mask, that is what is seen.
    expect(rules.decide(caller(), ["Customer.email"]).get("Customer.email")).toMatchObject({
      policy: "masked-for-most",
    });
    // A product's own policy can never show more than that.
    const own = policy("own", { product: "customers", effect: { type: "mask", technique: "partial" } });
    const tightened = createRules([lifted, own], [email]);
    expect(tightened.decide(staff(), ["Customer.email"]).get("Customer.email")).toEqual(redacted);
  });
});
