/**
 * What the schema itself asks of the readers of a field: federation's `@authenticated`, `@requiresScopes` and `@policy`
 * as policies that deny. https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives
 *
 * `@requiresScopes(scopes: [["a", "b"], ["c"]])`: the caller has a and b, or c. `@policy(policies: …)` alike: the policies
 * of the mesh with these names hold for the caller and allow. A name that is no such policy holds for nobody.
 */
import type { CompiledPolicies } from "./compile-policies.ts";
import type { CompiledPolicy } from "./decide.ts";
import type { GovernedCoordinate, SchemaDemands } from "./decision.ts";
import { type Condition, fixedCondition } from "./policy/condition.ts";
import { seenByAll } from "./policy/visible-attributes.ts";
import type { Caller } from "./principal.ts";

export interface DemandPolicies {
  policiesFor(entry: GovernedCoordinate): readonly CompiledPolicy[];
  /** Of all policies so far. */
  conditions(): readonly Condition[];
}

export function createSchemaDemands({ fieldPolicies }: CompiledPolicies): DemandPolicies {
  const known = new Map<string, CompiledPolicy>();
  const allowing = new Map(
    fieldPolicies
      .filter(({ policy }) => policy.global && !policy.shadow && policy.decision.effect === "allow")
      .map(({ policy }) => [policy.name, policy.condition]),
  );
  const remember = (key: string, create: () => CompiledPolicy): CompiledPolicy => {
    const policy = known.get(key) ?? create();
    known.set(key, policy);
    return policy;
  };

  const authenticated = (): CompiledPolicy =>
    remember("@authenticated", () =>
      demand(
        "@authenticated",
        "only authenticated callers may read it",
        fixedCondition("@authenticated", { kind: true }, ({ principal }) => principal.kind === "anonymous"),
      ),
    );
  const scopes = (groups: readonly (readonly string[])[]): CompiledPolicy =>
    remember(`@requiresScopes ${JSON.stringify(groups)}`, () =>
      demand(
        "@requiresScopes",
        `it needs the scopes ${inWords(groups)}`,
        fixedCondition(
          `@requiresScopes ${JSON.stringify(groups)}`,
          { attributes: new Set(scopeAttributes) },
          (caller) => {
            const granted = scopesOf(caller);
            return !groups.some((group) => group.every((scope) => granted.has(scope)));
          },
        ),
      ),
    );
  const policies = (groups: readonly (readonly string[])[]): CompiledPolicy =>
    remember(`@policy ${JSON.stringify(groups)}`, () => {
      const used = [...new Set(groups.flat())].flatMap((name) => allowing.get(name) ?? []);
      const condition: Condition = {
        key: `@policy ${JSON.stringify(groups)}`,
        sees: seenByAll(used.map(({ sees }) => sees)),
        readsResource: used.some(({ readsResource }) => readsResource),
        boundaries: used.flatMap(({ boundaries }) => boundaries),
        standing(asked, resource) {
          const holds = (name: string): boolean => allowing.get(name)?.standing(asked, resource) === "holds";
          return groups.some((group) => group.every(holds)) ? "silent" : "holds";
        },
      };
      return demand("@policy", `it needs the policies ${inWords(groups)}`, condition);
    });

  return {
    policiesFor: ({ demands = noDemands }) => [
      ...(demands.authenticated ? [authenticated()] : []),
      ...demands.scopes.map(scopes),
      ...demands.policies.map(policies),
    ],
    conditions: () => [...known.values()].map(({ condition }) => condition),
  };
}

const noDemands: SchemaDemands = Object.freeze({ authenticated: false, scopes: [], policies: [] });

function demand(name: string, reason: string, condition: Condition): CompiledPolicy {
  return {
    name,
    global: false,
    shadow: false,
    condition,
    decision: { effect: "deny", policy: name, reason },
    comparable: false,
    obligations: [],
  };
}

const scopeAttributes = ["scopes", "scope", "scp"];

/** RFC 8693 section 4.2: one text with blanks; lists are as common. */
function scopesOf({ principal }: Caller): ReadonlySet<string> {
  const given = scopeAttributes.flatMap((name) => principal.attributes[name] ?? []);
  return new Set(given.flatMap((each) => (typeof each === "string" ? each.split(" ") : [])));
}

function inWords(groups: readonly (readonly string[])[]): string {
  return groups.map((group) => group.join(" and ")).join(", or ");
}
