/** How policies combine, as laws that hold for any policies, fields and callers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decision, GovernedCoordinate } from "./decision.ts";
import { caller, coordinate, match, policy, waiver } from "./policies.fixture.ts";
import type { Policy, PolicyEffect } from "./policy/model.ts";
import type { Caller } from "./principal.ts";
import { createRules, type Rules } from "./rules.ts";
import { strictest } from "./strictest.ts";

const fields: readonly GovernedCoordinate[] = [
  coordinate("Customer.name", { pii: ["name"], classification: "confidential" }),
  coordinate("Customer.email", { pii: ["email"], tags: ["contact"], purposes: ["p1"], purposeLimited: true }),
  coordinate("Customer.segment"),
  coordinate("Customer.greeting", { madeFrom: ["Customer.name"] }),
  coordinate("Order.total", { product: "orders", classification: "internal" }),
  coordinate("Order.total", { product: "revenue", classification: "internal" }),
  coordinate("Order.note", { product: "orders", pii: ["free-text"], madeFrom: ["Customer.greeting"] }),
];
const coordinates = [...new Set(fields.map((field) => field.coordinate))];
const types = ["Customer", "Order"];

const effect: fc.Arbitrary<PolicyEffect> = fc.constantFrom<PolicyEffect>(
  { type: "allow" },
  { type: "mask", technique: "partial" },
  { type: "mask", technique: "partial", parameters: { first: 2 } },
  { type: "mask", technique: "generalise", parameters: { bucket: 20 } },
  { type: "mask", technique: "generalise", parameters: { to: "month" } },
  { type: "mask", technique: "hash" },
  { type: "mask", technique: "redact" },
  { type: "nullify" },
  { type: "deny", reason: "because" },
  { type: "no-project", reason: "only to join" },
  { type: "filter", column: "region", in: "principal.attributes.region" },
  { type: "filter", column: "tier", in: "['a', 'b']" },
  { type: "min-group", size: 5 },
  { type: "min-group", size: 20 },
);
const fieldConditions = ["'r1' in principal.roles", "purpose == 'p1'", "resource.pii.size() > 0", "1 / 0 == 1"];
const rowConditions = fieldConditions.filter((source) => !source.includes("resource"));
const selector = fc.constantFrom<Partial<Policy["selector"]>>(
  { coordinate: ["*.*"] },
  { coordinate: ["Customer.*"] },
  { coordinate: ["*.total", "*.name"] },
  { pii: ["*"] },
  { tags: ["contact"] },
  { product: ["orders"] },
  { classification: ["confidential"] },
);
const draft = fc
  .record({
    effect,
    selector,
    condition: fc.option(fc.nat(3), { nil: undefined }),
    when: fc.constantFrom(undefined, [match({ roles: ["r1"] })], [match({ purpose: ["p2"] })]),
    unless: fc.constantFrom([], [], [match({ purpose: ["p1"] })], [match({ kind: ["service"] })]),
    mode: fc.constantFrom("enforce" as const, "enforce" as const, "enforce" as const, "shadow" as const),
  })
  .map(({ condition, ...rest }) => {
    const isRow = rest.effect.type === "filter" || rest.effect.type === "min-group";
    const conditions = isRow ? rowConditions : fieldConditions;
    return { ...rest, condition: condition === undefined ? undefined : conditions[condition] };
  });
type Draft = Parameters<typeof policy>[1];
const named = (prefix: string, drafts: readonly Draft[]): Policy[] =>
  drafts.map((each, index) => policy(`${prefix}${index}`, each));
const globals = fc.array(draft, { maxLength: 6 }).map((drafts) => named("g", drafts));
const locals = fc
  .array(fc.tuple(draft, fc.constantFrom("customers", "orders", "revenue")), { minLength: 1, maxLength: 3 })
  .map((pairs) =>
    named(
      "l",
      pairs.map(([each, product]) => ({ ...each, product })),
    ),
  );
const who: fc.Arbitrary<Caller> = fc
  .record({
    purpose: fc.constantFrom(undefined, "p1", "p2", "p3"),
    roles: fc.subarray(["r1", "r2"]),
    kind: fc.constantFrom("user" as const, "service" as const),
    attributes: fc.constantFrom({}, { region: "West" }, { region: ["West", "East"] }, { region: { not: "a value" } }),
  })
  .map(({ purpose, ...principal }) => caller(purpose, principal));

const now = Date.parse("2026-06-01T12:00:30Z");
const rulesOf = (policies: readonly Policy[], at = now): Rules => createRules(policies, fields, { now: () => at });
const without = (decision: Decision | undefined): object =>
  decision === undefined || decision.effect === "allow" ? { effect: "allow" } : { ...decision, policy: "", reason: "" };
const decisionOf = (rules: Rules, name: string, asking: Caller): Decision =>
  rules.get(name)?.decide(asking) ?? { effect: "allow" };

/** Whether `after` lets no more through than `before`. */
function revealsNoMore(before: Decision, after: Decision): void {
  expect(without(strictest([before, after]))).toEqual(without(after));
}

describe("policies together", () => {
  it("decide the same in whichever order they are read", () => {
    fc.assert(
      fc.property(globals, locals, who, (some, others, asking) => {
        const policies = [...some, ...others];
        const one = rulesOf(policies);
        const other = rulesOf(policies.toReversed());
        expect(other.coordinates).toEqual(one.coordinates);
        for (const name of coordinates) {
          expect(other.get(name)?.decide(asking)).toEqual(one.get(name)?.decide(asking));
          expect(other.get(name)?.obligations(asking)).toEqual(one.get(name)?.obligations(asking));
          expect(other.mayCompare(asking, name)).toBe(one.mayCompare(asking, name));
          expect(other.shadow(asking, name)).toEqual(one.shadow(asking, name));
        }
        for (const type of types) expect(other.decideRows(asking, type)).toEqual(one.decideRows(asking, type));
      }),
    );
  });

  it("reveal no more when a product adds policies of its own", () => {
    let tightened = 0;
    fc.assert(
      fc.property(globals, locals, who, (floor, added, asking) => {
        const before = rulesOf(floor);
        const after = rulesOf([...floor, ...added]);
        for (const name of coordinates) {
          const [old, tight] = [decisionOf(before, name, asking), decisionOf(after, name, asking)];
          revealsNoMore(old, tight);
          if (JSON.stringify(without(old)) !== JSON.stringify(without(tight))) tightened++;
          if (after.mayCompare(asking, name)) expect(before.mayCompare(asking, name)).toBe(true);
        }
        for (const type of types) {
          const old = before.decideRows(asking, type) ?? { filters: [], minGroup: undefined, policies: [] };
          const tight = after.decideRows(asking, type) ?? { filters: [], minGroup: undefined, policies: [] };
          expect(tight.filters).toEqual(expect.arrayContaining([...old.filters]));
          expect(tight.minGroup ?? 0).toBeGreaterThanOrEqual(old.minGroup ?? 0);
        }
      }),
    );
    expect(tightened).toBeGreaterThan(20);
  });

  it("of a product touch nothing of another product", () => {
    fc.assert(
      fc.property(globals, draft, who, (floor, added, asking) => {
        const before = rulesOf(floor);
        const after = rulesOf([...floor, ...named("l", [{ ...added, product: "revenue" }])]);
        // Order.total is the only field that this product resolves.
        for (const name of coordinates.filter((each) => each !== "Order.total")) {
          expect(after.get(name)?.decide(asking)).toEqual(before.get(name)?.decide(asking));
        }
        expect(after.decideRows(asking, "Customer")).toEqual(before.decideRows(asking, "Customer"));
      }),
    );
  });

  it("deny where one denies, hide at least what each hides, and join filters by AND", () => {
    fc.assert(
      fc.property(globals, who, (policies, asking) => {
        const together = rulesOf(policies);
        for (const each of policies.filter(({ mode }) => mode === "enforce")) {
          const alone = rulesOf([each]);
          for (const name of coordinates) {
            const decided = decisionOf(together, name, asking);
            // Alone, a silent policy leaves personal data to the default, which another policy may take the say from.
            const own = alone.get(name)?.decide(asking);
            if (own !== undefined && "policy" in own && own.policy === each.name) revealsNoMore(own, decided);
            if (own?.effect === "deny") expect(decided.effect).toBe("deny");
          }
          for (const type of types) {
            const filters = alone.decideRows(asking, type)?.filters ?? [];
            expect(together.decideRows(asking, type)?.filters ?? []).toEqual(expect.arrayContaining([...filters]));
          }
        }
      }),
    );
  });

  it("in shadow mode change nothing, and say what they would change", () => {
    fc.assert(
      fc.property(globals, who, (policies, asking) => {
        const enforced = policies.filter(({ mode }) => mode === "enforce");
        const rules = rulesOf(policies);
        const without = rulesOf(enforced);
        const all = rulesOf(policies.map((each) => ({ ...each, mode: "enforce" as const })));
        for (const name of coordinates) {
          const allowed = { effect: "allow" };
          expect(rules.get(name)?.decide(asking) ?? allowed).toEqual(without.get(name)?.decide(asking) ?? allowed);
          const shadow = rules.shadow(asking, name);
          if (shadow !== undefined) expect(shadow).toEqual(all.get(name)?.decide(asking));
        }
        for (const type of types) {
          expect(rules.decideRows(asking, type)).toEqual(without.decideRows(asking, type));
          const shadow = rules.shadowRows(asking, type);
          if (shadow !== undefined) expect(shadow).toEqual(all.decideRows(asking, type));
        }
      }),
    );
  });

  it("let a field out no less strictly than what it is made from", () => {
    fc.assert(
      fc.property(globals, who, (policies, asking) => {
        const rules = rulesOf(policies);
        revealsNoMore(decisionOf(rules, "Customer.name", asking), decisionOf(rules, "Customer.greeting", asking));
        revealsNoMore(decisionOf(rules, "Customer.name", asking), decisionOf(rules, "Order.note", asking));
        if (rules.mayCompare(asking, "Customer.greeting")) expect(rules.mayCompare(asking, "Customer.name")).toBe(true);
      }),
    );
  });

  it("redact personal data that none of them speaks of, whatever products say", () => {
    fc.assert(
      fc.property(locals, who, (policies, asking) => {
        const rules = rulesOf(policies);
        for (const name of ["Customer.name", "Customer.email", "Customer.greeting", "Order.note"]) {
          const redacted: Decision = { effect: "mask", mask: { technique: "redact" }, policy: "" };
          revealsNoMore(redacted, decisionOf(rules, name, asking));
        }
      }),
    );
  });

  it("deny when a condition throws", () => {
    fc.assert(
      fc.property(globals, who, (policies, asking) => {
        const failing = policy("aaa", { condition: "1 / 0 == 1", effect: { type: "allow" } });
        const failures: string[] = [];
        const rules = createRules([...policies, failing], fields, {
          reportFailure: (name, cause) => failures.push(`${name}: ${String(cause)}`),
        });
        for (const name of coordinates) {
          expect(rules.get(name)?.decide(asking)).toMatchObject({ effect: "deny" });
          expect(rules.mayCompare(asking, name)).toBe(false);
        }
        expect(failures).toContain("aaa: Error: division by zero in `1 / 0`");
      }),
    );
  });
});

describe("a waiver", () => {
  const expires = "2026-07-01T00:00:00Z";
  const waived = fc.record({
    policies: fc.array(draft, { minLength: 1, maxLength: 4 }).map((drafts) => named("g", drafts)),
    selects: fc.constantFrom("Customer.name", "Customer.greeting", "Order.total"),
    principals: fc.constantFrom(undefined, [match({ roles: ["r2"] })]),
  });

  it("lifts only the policy that it names, where and for whom it says, until it expires", () => {
    let lifted = 0;
    fc.assert(
      fc.property(waived, who, ({ policies: [first, ...rest], selects, principals }, asking) => {
        if (first === undefined) return;
        const waivers = [
          waiver({
            policy: "g0",
            selector: policy("x", { selector: { coordinate: [selects] } }).selector,
            principals,
            expires,
          }),
        ];
        const policies = [{ ...first, waivers }, ...rest];
        const plain = [first, ...rest];
        // Lifted, a policy of fields is one that allows; it has had its say.
        const freed = [{ ...first, effect: { type: "allow" } as const, obligations: [] }, ...rest];
        const matches = principals === undefined || asking.principal.roles.includes("r2");
        const isFieldPolicy = first.effect.type !== "filter" && first.effect.type !== "min-group";
        for (const name of coordinates) {
          const concerned = name === selects || (isFieldPolicy && madeFromSelected(name, selects));
          const during = decisionOf(rulesOf(policies), name, asking);
          if (!concerned || !matches) expect(during).toEqual(decisionOf(rulesOf(plain), name, asking));
          else if (isFieldPolicy && name === selects && !isMade(name)) {
            expect(during).toEqual(decisionOf(rulesOf(freed), name, asking));
            lifted++;
          }
          const after = decisionOf(rulesOf(policies, Date.parse(expires)), name, asking);
          expect(after).toEqual(decisionOf(rulesOf(plain, Date.parse(expires)), name, asking));
        }
      }),
    );
    expect(lifted).toBeGreaterThan(10);
  });

  /** A waiver for what a field is made from reaches the field too. */
  function madeFromSelected(name: string, selects: string): boolean {
    const field = fields.find((each) => each.coordinate === name);
    return (field?.madeFrom ?? []).some((from) => from === selects || madeFromSelected(from, selects));
  }
  const isMade = (name: string): boolean =>
    fields.some((each) => each.coordinate === name && each.madeFrom !== undefined);

  it("may free a field from a policy on what it is made from, without freeing that", () => {
    const hideNames = policy("names", { selector: { pii: ["name"] }, effect: { type: "mask", technique: "redact" } });
    const selectGreeting = policy("x", { selector: { coordinate: ["Customer.greeting"] } }).selector;
    const rules = rulesOf([{ ...hideNames, waivers: [waiver({ policy: "names", selector: selectGreeting })] }]);
    expect(rules.get("Customer.greeting")?.decide(caller())).toEqual({ effect: "allow" });
    expect(rules.get("Customer.name")?.decide(caller())).toMatchObject({ effect: "mask", policy: "names" });
  });
});
