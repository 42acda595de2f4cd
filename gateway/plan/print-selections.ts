/** Selections and requirements as GraphQL text: tight for subgraphs, indented for people. */
import type { Requirement, Selection } from "./plan.ts";

/** One line without spaces that nobody needs, as subgraphs get it. */
export function printSelections(selections: readonly Selection[]): string {
  return `{${selections.map(printSelection).join(" ")}}`;
}

function printSelection(selection: Selection): string {
  if (selection.kind === "fragment") {
    const on = selection.on === undefined ? "" : ` on ${selection.on}`;
    return `...${on}${selection.directives}${printSelections(selection.selections)}`;
  }
  const alias = selection.key === selection.name ? "" : `${selection.key}:`;
  const rest = selection.selections === undefined ? "" : printSelections(selection.selections);
  return `${alias}${selection.name}${selection.args}${selection.directives}${rest}`;
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
