/** Policies about rows → what a caller may see of the rows of each type. */
import type { CallerView } from "./caller-view.ts";
import type { CompiledPolicies, PlacedRowPolicy } from "./compile-policies.ts";
import type { CompiledWaiver } from "./decide.ts";
import type { GovernedCoordinate } from "./decision.ts";
import { type Expression, isFault, parseExpression } from "./expression/expression.ts";
import { nothingVisible, seenBy, type VisibleAttributes } from "./policy/visible-attributes.ts";
import type { RowDecision, RowFilter } from "./row-decision.ts";

interface SpeakingPolicy {
  readonly policy: PlacedRowPolicy;
  readonly values: Expression | undefined;
  readonly waivers: readonly CompiledWaiver[];
}

export interface RowRules {
  /** What the values of the filters depend on. */
  readonly sees: VisibleAttributes;
  /** Undefined when no policy speaks of the type's rows. Never throws. */
  decide(view: CallerView, type: string): RowDecision | undefined;
  /** The same if policies in shadow mode were enforced; undefined when none of them speaks of the type's rows. */
  shadow(view: CallerView, type: string): RowDecision | undefined;
}

/**
 * A policy speaks of the rows of a type, though not of the root types, when it selects at least one of its fields. Guarantees that filters are joined by
 * AND, that the largest group size holds, and that a policy that cannot be decided shows no row.
 */
export function createRowRules(
  { rowPolicies }: CompiledPolicies,
  coordinates: readonly GovernedCoordinate[],
): RowRules {
  const byType = new Map<string, SpeakingPolicy[]>();
  const enforcedByType = new Map<string, SpeakingPolicy[]>();
  const expressions: Expression[] = [];
  for (const policy of rowPolicies) {
    const values = policy.effect.type === "filter" ? readValues(policy.effect.in) : undefined;
    if (values !== undefined) expressions.push(values);
    for (const [type, selected] of groupByType(coordinates.filter(policy.selector.selects))) {
      const waivers = policy.waivers.filter(({ selector }) => selected.some(selector.selects));
      for (const lists of policy.shadow ? [byType] : [byType, enforcedByType]) {
        lists.set(type, [...(lists.get(type) ?? []), { policy, values, waivers }]);
      }
    }
  }
  return {
    sees:
      expressions.length === 0
        ? nothingVisible
        : seenBy(
            [],
            expressions.map(({ reads }) => reads),
          ),
    decide(view, type) {
      const speaking = enforcedByType.get(type);
      if (speaking === undefined) return undefined;
      const known = view.rows.get(type) ?? decideRows(speaking, view);
      view.rows.set(type, known);
      return known;
    },
    shadow(view, type) {
      const speaking = byType.get(type) ?? [];
      return speaking.some(({ policy }) => policy.shadow) ? decideRows(speaking, view) : undefined;
    },
  };
}

/** As federation calls them: there are no rows of these. */
const rootTypes = ["Query", "Mutation", "Subscription"];

function groupByType(coordinates: readonly GovernedCoordinate[]): ReadonlyMap<string, GovernedCoordinate[]> {
  const byType = Map.groupBy(coordinates, ({ coordinate }) => coordinate.slice(0, coordinate.indexOf(".")));
  for (const root of rootTypes) byType.delete(root);
  return byType;
}

function readValues(source: string): Expression {
  const parsed = parseExpression(source, "values");
  // Policies come from the reader, which has let no faulty expression through.
  if (isFault(parsed)) throw new Error(`${parsed.message} (in \`${source}\`)`);
  return parsed;
}

function decideRows(speaking: readonly SpeakingPolicy[], view: CallerView): RowDecision {
  const filters: RowFilter[] = [];
  const holding = new Set<string>();
  let minGroup: number | undefined;
  for (const { policy, values, waivers } of speaking) {
    const { name, effect } = policy;
    const answer = view.answer(policy.condition, undefined);
    if (typeof answer !== "string") {
      view.report(name, answer.cause);
      filters.push({ kind: "none", policy: name });
      holding.add(name);
      continue;
    }
    if (answer !== "holds" || waivers.some(({ condition }) => view.answer(condition, undefined) === "holds")) continue;
    holding.add(name);
    if (effect.type === "min-group") minGroup = Math.max(minGroup ?? 0, effect.size);
    else if (values !== undefined) filters.push(filterFor(name, effect.column, values, view));
  }
  // Sorted, so that the order of the documents leaves no trace.
  filters.sort((one, other) => (one.policy < other.policy ? -1 : 1));
  return { filters, minGroup, policies: [...holding].sort() };
}

/** No row where the values cannot be found out, there are none, or one of them is nothing to compare with. */
function filterFor(policy: string, column: string, expression: Expression, view: CallerView): RowFilter {
  try {
    const values = valuesOf(expression.evaluate(view.asked.activation(undefined)));
    return values.length === 0 ? { kind: "none", policy } : { kind: "in", policy, column, values };
  } catch (cause) {
    view.report(policy, cause);
    return { kind: "none", policy };
  }
}

function valuesOf(given: unknown): readonly (string | number | boolean)[] {
  if (Array.isArray(given)) return given.flatMap(valuesOf);
  if (typeof given === "string" || typeof given === "boolean") return [given];
  if (typeof given === "number" && Number.isFinite(given)) return [given];
  if (typeof given === "bigint") {
    // Beyond 2^53 a number would be another one; as text both engines read it exactly.
    return Number.isSafeInteger(Number(given)) ? [Number(given)] : [String(given)];
  }
  throw new TypeError("a value of the filter is neither text nor a number, true or false");
}
