/**
 * In: the policies of a mesh and the coordinates of its graph. Out: one rule per governed coordinate.
 * Next: `governSchema` puts the rules around a subgraph's resolvers; the gateway asks them once per operation and caller
 * class and applies the decisions when it writes the answer.
 *
 * A coordinate is governed when it holds personal data, a policy selects it, the schema asks for more of its readers, or
 * it is made from a governed one. Its rule is one graphql-shield rule object; both places of enforcement go through the
 * same `decide`, so they cannot disagree.
 */
import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import { type CallerView, createCallerViews } from "./caller-view.ts";
import { compilePolicies } from "./compile-policies.ts";
import {
  decide,
  type GovernedPart,
  type HeldObligation,
  type PolicyStanding,
  type ReportFailure,
  standingsOf,
  type Verdict,
} from "./decide.ts";
import type { Decision, GovernedCoordinate } from "./decision.ts";
import { governParts } from "./govern-parts.ts";
import { techniques } from "./masking/techniques.ts";
import type { Policy } from "./policy/model.ts";
import { nothingVisible } from "./policy/visible-attributes.ts";
import type { Caller } from "./principal.ts";
import type { RowDecision } from "./row-decision.ts";
import { createRowRules } from "./row-rules.ts";
import { rule, type ShieldRule } from "./shield.ts";

/** The rule of one coordinate. */
export interface GovernedRule {
  readonly coordinate: string;
  /** Names of the policies that select the coordinate, or one that it is made from. */
  readonly policies: readonly string[];
  /** Passes unless the decision is deny; fails with a `FORBIDDEN` error. It runs in a `RuleContext`. */
  readonly rule: ShieldRule;
  /** Never throws: what cannot be decided is denied. Hot: once per governed field and caller. */
  decide(caller: Caller): Decision;
  /** Whether the caller may filter, sort or group by the values: they are shown, or only a `no-project` hides them. */
  mayCompare(caller: Caller): boolean;
  /** What the policies that hold for the caller hold it to. */
  obligations(caller: Caller): readonly HeldObligation[];
  /** What would be decided if policies in shadow mode were enforced; undefined when none of them selects it. */
  shadow(caller: Caller): Decision | undefined;
  /** What each policy says to the caller, those in shadow mode included; worked out anew at each call. */
  explain(caller: Caller): readonly PolicyStanding[];
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
  /** The same as the rule's; undefined when the coordinate is not governed. */
  shadow(caller: Caller, coordinate: string): Decision | undefined;
  /** Which rows of an object type the caller may see. Undefined when no policy speaks of the type's rows: all of them. */
  decideRows(caller: Caller, type: string): RowDecision | undefined;
  /** The same if policies in shadow mode were enforced; undefined when none of them speaks of the type's rows. */
  shadowRows(caller: Caller, type: string): RowDecision | undefined;
  /**
   * Equal for callers whom these rules cannot tell apart by any coordinate: they get equal decisions everywhere, though
   * not always the same rows. Another one when a policy begins or ends to hold. Undefined: not cacheable.
   */
  callerClass(caller: Caller): string | undefined;
}

export interface RulesOptions {
  readonly reportFailure?: ReportFailure;
  /** How many caller classes are remembered; the least recently used are decided anew. */
  readonly maxCallerClasses?: number;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
  /** Called whenever a condition is evaluated: never for a caller of a class that is known. */
  readonly onEvaluate?: () => void;
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
  const { reportFailure = () => {}, maxCallerClasses = 1_000, now = Date.now, onEvaluate = () => {} } = options;
  const coordinates = [...governed];
  const compiled = compilePolicies(policies);
  const { parts, conditions } = governParts(compiled, coordinates);
  const rowRules = createRowRules(compiled, coordinates);
  const usesKeys = compiled.fieldPolicies.some(
    ({ policy: { decision } }) => decision.effect === "mask" && techniques[decision.mask.technique].keyed !== undefined,
  );
  const limiting = new Set(coordinates.flatMap(({ purposeLimited, purposes }) => (purposeLimited ? purposes : [])));
  const viewOf = createCallerViews({
    conditions,
    alsoSeen: { verdicts: { ...nothingVisible, purposes: usesKeys ? "all" : limiting }, rows: rowRules.sees },
    now,
    maxCallerClasses,
    onEvaluate,
    reportFailure,
  });

  const ruleByCoordinate = new Map<string, GovernedRule>();
  for (const [coordinate, ofCoordinate] of parts) {
    ruleByCoordinate.set(coordinate, createRule(coordinate, ofCoordinate, viewOf));
  }
  return {
    coordinates: [...ruleByCoordinate.keys()].sort(),
    get: (coordinate) => ruleByCoordinate.get(coordinate),
    decide(caller, asked) {
      const decisions = new Map<string, Decision>();
      for (const coordinate of asked) {
        const governedRule = ruleByCoordinate.get(coordinate);
        if (governedRule !== undefined) decisions.set(coordinate, governedRule.decide(caller));
      }
      return decisions;
    },
    mayCompare: (caller, coordinate) => ruleByCoordinate.get(coordinate)?.mayCompare(caller) ?? true,
    shadow: (caller, coordinate) => ruleByCoordinate.get(coordinate)?.shadow(caller),
    decideRows: (caller, type) => rowRules.decide(viewOf(caller), type),
    shadowRows: (caller, type) => rowRules.shadow(viewOf(caller), type),
    callerClass: (caller) => viewOf(caller).callerClass,
  };
}

/** The rules of a mesh without governance: nothing is governed. */
export const noRules: Rules = {
  coordinates: [],
  get: () => undefined,
  decide: () => new Map(),
  mayCompare: () => true,
  shadow: () => undefined,
  decideRows: () => undefined,
  shadowRows: () => undefined,
  callerClass: () => "",
};

function createRule(
  coordinate: string,
  parts: readonly GovernedPart[],
  viewOf: (caller: Caller) => CallerView,
): GovernedRule {
  const selecting = parts.flatMap((part) => part.selecting.map(({ policy }) => policy));
  const isShadowed = selecting.some(({ shadow }) => shadow);
  const verdictOn = (view: CallerView): Verdict => {
    let verdict = view.verdicts.get(coordinate);
    if (verdict === undefined) {
      verdict = decide(parts, view, false);
      view.verdicts.set(coordinate, verdict);
    }
    return verdict;
  };
  const decideHere = (caller: Caller): Decision => verdictOn(viewOf(caller)).decision;
  return {
    coordinate,
    policies: [...new Set(selecting.map(({ name }) => name))],
    rule: createShieldRule(coordinate, decideHere),
    decide: decideHere,
    mayCompare: (caller) => verdictOn(viewOf(caller)).mayCompare,
    obligations: (caller) => verdictOn(viewOf(caller)).obligations,
    shadow(caller) {
      if (!isShadowed) return undefined;
      const view = viewOf(caller);
      let verdict = view.shadowVerdicts.get(coordinate);
      if (verdict === undefined) {
        verdict = decide(parts, view, true);
        view.shadowVerdicts.set(coordinate, verdict);
      }
      return verdict.decision;
    },
    explain(caller) {
      const view = viewOf(caller);
      return parts.flatMap((part) => standingsOf(part, view, true));
    },
  };
}

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
