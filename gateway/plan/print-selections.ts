/** Selections and requirements as GraphQL text: tight for subgraphs, indented for people. */
import type { BooleanCondition, Requirement, Selection } from "./plan.ts";

/** One line without spaces that nobody needs, as subgraphs get it. */
export function printSelections(selections: readonly Selection[]): string {
  return `{${selections.map(printSelection).join(" ")}}`;
}

function printSelection(selection: Selection): string {
  const conditions = selection.conditions.map(printCondition).join("");
  if (selection.kind === "fragment") {
    const on = selection.on === undefined ? "" : ` on ${selection.on}`;
    return `...${on}${conditions}${printSelections(selection.selections)}`;
  }
  const alias = selection.key === selection.name ? "" : `${selection.key}:`;
  const rest = selection.selections === undefined ? "" : printSelections(selection.selections);
  return `${alias}${selection.name}${selection.args}${conditions}${rest}`;
}

function printCondition(condition: BooleanCondition): string {
  return `@${condition.negated ? "skip" : "include"}(if:$${condition.variable})`;
}

/** Requirements in the same form; `name: from` where the representation's key differs from what is read. */
export function printRequirements(requirements: readonly Requirement[]): string {
  const parts = requirements.map((requirement) => {
    if (requirement.kind === "fragment") return `... on ${requirement.on}${printRequirements(requirement.selections)}`;
    const alias = requirement.from === requirement.name ? "" : `${requirement.name}:`;
    return `${alias}${requirement.from}${requirement.selections ? printRequirements(requirement.selections) : ""}`;
  });
  return `{${parts.join(" ")}}`;
}
