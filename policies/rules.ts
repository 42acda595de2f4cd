/**
 * In: the policies of a mesh and the coordinates of its graph. Out: one rule per governed coordinate.
 * Next: `governSchema` puts the rules around a subgraph's resolvers; the gateway asks them once per operation and caller
 * class and applies the decisions when it writes the answer.
 *
 * A coordinate is governed when it holds personal data or a policy selects it. Its rule is one graphql-shield rule
 * object; both places of enforcement go through the same `decide`, so they cannot disagree.
 */
import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import { LRUCache } from "lru-cache";
import { createCallerClass } from "./caller-class.ts";
import { type CompiledPolicy, decide, decisionOf, type ReportFailure, type Verdict } from "./decide.ts";
import type { Decision, GovernedCoordinate } from "./decision.ts";
import { compileCondition } from "./policy/condition.ts";
import type { FieldEffect, Policy } from "./policy/model.ts";
import { compileSelector } from "./policy/selector.ts";
import type { Caller } from "./principal.ts";
import type { RowDecision } from "./row-decision.ts";
import { createRowRules } from "./row-rules.ts";
import { rule, type ShieldRule } from "./shield.ts";

/** The rule of one coordinate. */
export interface GovernedRule {
  readonly coordinate: string;
  /** Names of the policies that select the coordinate. */
  readonly policies: readonly string[];
  /** Passes unless the decision is deny; fails with a `FORBIDDEN` error. It runs in a `RuleContext`. */
  readonly rule: ShieldRule;
  /** Never throws: what cannot be decided is denied. Hot: once per governed field and caller. */
  decide(caller: Caller): Decision;
  /** Whether the caller may filter, sort or group by the values: they are shown, or only a `no-project` hides them. */
  mayCompare(caller: Caller): boolean;
}

/** The GraphQL context that the shield rules read. */
export interface RuleContext {
  readonly caller: Caller;
}

export interface Rules {
  /** The governed coordinates, sorted. */
  readonly coordinates: readonly string[];
  /** Undefined when the coordinate is not governed: everybody may read it. */
  get(coordinate: string): GovernedRule | undefined;
  /** Decisions for the governed ones among the coordinates. */
  decide(caller: Caller, coordinates: Iterable<string>): ReadonlyMap<string, Decision>;
  /** The same as the rule's; true when the coordinate is not governed. */
  mayCompare(caller: Caller, coordinate: string): boolean;
  /** Which rows of an object type the caller may see. Undefined when no policy speaks of the type's rows: all of them. */
  decideRows(caller: Caller, type: string): RowDecision | undefined;
  /** Equal for callers whom these rules cannot tell apart; they get equal decisions everywhere. Undefined: not cacheable. */
  callerClass(caller: Caller): string | undefined;
}

export interface RulesOptions {
  readonly reportFailure?: ReportFailure;
  /** How many caller classes are remembered; the least recently used are decided anew. */
  readonly maxCallerClasses?: number;
}

/**
 * Guarantees one rule per governed coordinate. Several entries for one coordinate (a field that several products
 * resolve) become one rule that all policies of all entries reach: the strictest view.
 */
export function createRules(
  policies: readonly Policy[],
  governed: Iterable<GovernedCoordinate>,
  options: RulesOptions = {},
): Rules {
  const { reportFailure = () => {}, maxCallerClasses = 1_000 } = options;
  const coordinates = [...governed];
  const compiled = policies.flatMap(({ effect, ...policy }) =>
    isFieldEffect(effect)
      ? {
          selector: compileSelector(policy.selector),
          policy: {
            name: policy.name,
            condition: compileCondition(policy),
            ...decisionOf(policy.name, effect),
          } satisfies CompiledPolicy,
        }
      : [],
  );

  // Fields that differ only by name are many, so what depends on the other attributes is asked once for all of them.
  const selectingByAttributes = new Map<string, typeof compiled>();
  const policiesFor = (it: GovernedCoordinate): readonly CompiledPolicy[] => {
    const attributes = JSON.stringify([it.pii, it.classification, it.domain, it.product]);
    let selecting = selectingByAttributes.get(attributes);
    if (selecting === undefined) {
      selecting = compiled.filter(({ selector }) => selector.selectsAttributes(it));
      selectingByAttributes.set(attributes, selecting);
    }
    return selecting.filter(({ selector }) => selector.selectsName(it.coordinate)).map(({ policy }) => policy);
  };

  const selectedBy = new Map<string, { personal: boolean; readonly policies: Set<CompiledPolicy> }>();
  for (const coordinate of coordinates) {
    const personal = coordinate.pii.length > 0;
    const selecting = policiesFor(coordinate);
    if (!personal && selecting.length === 0) continue;
    const entry = selectedBy.get(coordinate.coordinate);
    if (entry === undefined) {
      selectedBy.set(coordinate.coordinate, { personal, policies: new Set(selecting) });
    } else {
      entry.personal ||= personal;
      for (const policy of selecting) entry.policies.add(policy);
    }
  }

  const callerClassOf = createCallerClass(compiled.map(({ policy }) => policy.condition.sees));
  const callerClass = (caller: Caller): string | undefined => {
    try {
      return callerClassOf(caller);
    } catch {
      return undefined;
    }
  };

  const verdictsByClass = new LRUCache<string, Map<string, Verdict>>({ max: maxCallerClasses });
  const verdictsFor = (caller: Caller): Map<string, Verdict> => {
    const name = callerClass(caller);
    if (name === undefined) return new Map();
    let verdicts = verdictsByClass.get(name);
    if (verdicts === undefined) {
      verdicts = new Map();
      verdictsByClass.set(name, verdicts);
    }
    return verdicts;
  };

  const ruleByCoordinate = new Map<string, GovernedRule>();
  for (const [coordinate, { personal, policies }] of selectedBy) {
    const list = [...policies];
    const verdictOn = (caller: Caller): Verdict => {
      const verdicts = verdictsFor(caller);
      let verdict = verdicts.get(coordinate);
      if (verdict === undefined) {
        verdict = decide(list, personal, caller, reportFailure);
        verdicts.set(coordinate, verdict);
      }
      return verdict;
    };
    const decideHere = (caller: Caller): Decision => verdictOn(caller).decision;
    ruleByCoordinate.set(coordinate, {
      coordinate,
      policies: list.map(({ name }) => name),
      rule: createShieldRule(coordinate, decideHere),
      decide: decideHere,
      mayCompare: (caller) => verdictOn(caller).mayCompare,
    });
  }

  return {
    coordinates: [...ruleByCoordinate.keys()].sort(),
    get: (coordinate) => ruleByCoordinate.get(coordinate),
    decide(caller, coordinates) {
      const decisions = new Map<string, Decision>();
      for (const coordinate of coordinates) {
        const governedRule = ruleByCoordinate.get(coordinate);
        if (governedRule !== undefined) decisions.set(coordinate, governedRule.decide(caller));
      }
      return decisions;
    },
    mayCompare: (caller, coordinate) => ruleByCoordinate.get(coordinate)?.mayCompare(caller) ?? true,
    decideRows: createRowRules(policies, coordinates, reportFailure),
    callerClass,
  };
}

function isFieldEffect(effect: Policy["effect"]): effect is FieldEffect {
  return effect.type !== "filter" && effect.type !== "min-group";
}

/** The rules of a mesh without governance: nothing is governed. */
export const noRules: Rules = {
  coordinates: [],
  get: () => undefined,
  decide: () => new Map(),
  mayCompare: () => true,
  decideRows: () => undefined,
  callerClass: () => "",
};

/**
 * The error of a denied coordinate, the same in a subgraph and at the gateway. It names the policy and its reason, which
 * the policy's author wrote for the reader, and nothing of the data.
 */
export function denialError(coordinate: string, decision: Extract<Decision, { effect: "deny" }>): GraphQLError {
  return new GraphQLError(`${coordinate} is denied by the policy ${decision.policy}: ${decision.reason}.`, {
    extensions: { code: "FORBIDDEN", coordinate, policy: decision.policy },
  });
}

function createShieldRule(coordinate: string, decideHere: (caller: Caller) => Decision): ShieldRule {
  const isAllowed = (
    _parent: unknown,
    _args: unknown,
    context: RuleContext,
    { parentType, fieldName }: GraphQLResolveInfo,
  ): true | GraphQLError => {
    const decision = decideHere(context.caller);
    // An interface's rule stands at the fields of its implementers: the error names the field that was asked for.
    return decision.effect === "deny" ? denialError(`${parentType.name}.${fieldName}`, decision) : true;
  };
  // Not cached by shield: `decide` already is, per caller class, and shield's cache lives only as long as one request.
  return rule(coordinate, { cache: "no_cache" })(isAllowed);
}
