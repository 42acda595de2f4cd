import type { PlanOptions } from "./planner.ts";

/** Equal for two plannings if and only if they ask for the same plan of one supergraph. Holds the operation's text. */
export function planKey(text: string, options: PlanOptions): string {
  const { operationName = null, conditions, overrides, hidden } = options;
  return JSON.stringify([text, operationName, whatHolds(conditions), whatHolds(overrides), [...(hidden ?? [])].sort()]);
}

/** What is false is as if it were not said. */
function whatHolds(values: ReadonlyMap<string, boolean> = new Map()): readonly string[] {
  return [...values].flatMap(([name, holds]) => (holds ? [name] : [])).sort();
}
