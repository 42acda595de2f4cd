/** Policies about rows → what a caller may see of the rows of each type. */
import type { ReportFailure } from "./decide.ts";
import type { GovernedCoordinate } from "./decision.ts";
import { type Condition, compileCondition } from "./policy/condition.ts";
import type { Policy, RowEffect } from "./policy/model.ts";
import { compileSelector } from "./policy/selector.ts";
import type { Caller } from "./principal.ts";
import type { RowDecision, RowFilter } from "./row-decision.ts";

interface RowPolicy {
  readonly name: string;
  readonly condition: Condition;
  readonly effect: RowEffect;
}

/**
 * A policy speaks of the rows of a type when it selects at least one of its fields. Guarantees that filters are joined by
 * AND, the largest group size holds, and a policy that cannot be decided shows no rows; never throws.
 */
export function createRowRules(
  policies: readonly Policy[],
  coordinates: readonly GovernedCoordinate[],
  reportFailure: ReportFailure,
): (caller: Caller, type: string) => RowDecision | undefined {
  const byType = new Map<string, RowPolicy[]>();
  for (const { effect, name, selector, ...conditions } of policies) {
    if (effect.type !== "filter" && effect.type !== "min-group") continue;
    const compiled: RowPolicy = { name, condition: compileCondition(conditions), effect };
    const selected = coordinates.filter(compileSelector(selector).selects);
    for (const type of new Set(selected.map(({ coordinate }) => coordinate.slice(0, coordinate.indexOf("."))))) {
      byType.set(type, [...(byType.get(type) ?? []), compiled]);
    }
  }
  return (caller, type) => {
    const speaking = byType.get(type);
    return speaking && decideRows(speaking, caller, reportFailure);
  };
}

function decideRows(policies: readonly RowPolicy[], caller: Caller, reportFailure: ReportFailure): RowDecision {
  const filters: RowFilter[] = [];
  const holding: string[] = [];
  let minGroup: number | undefined;
  for (const { name, condition, effect } of policies) {
    try {
      if (condition.standing(caller) !== "holds") continue;
      if (effect.type === "min-group") minGroup = Math.max(minGroup ?? 0, effect.size);
      else filters.push({ kind: "none", policy: name });
    } catch (cause) {
      reportFailure(name, cause);
      filters.push({ kind: "none", policy: name });
    }
    holding.push(name);
  }
  return { filters, minGroup, policies: holding.sort() };
}
