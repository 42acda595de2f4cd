/** A selection set of graphql-js in, ours out: fragments inline, `@skip` and `@include` as conditions. */
import { type DirectiveNode, Kind, print, type SelectionSetNode } from "graphql";
import type { BooleanCondition, FieldSelection, Selection } from "./plan.ts";

/** Selections that a literal `@skip(if: true)` or `@include(if: false)` excludes are left out. */
export function readSelections(set: SelectionSetNode): Selection[] {
  return set.selections.flatMap((node): Selection[] => {
    const conditions = readConditions(node.directives ?? []);
    if (conditions === undefined) return [];
    switch (node.kind) {
      case Kind.FIELD: {
        const args = (node.arguments ?? []).map((argument) => print(argument)).join(",");
        const field: FieldSelection = {
          kind: "field",
          key: node.alias?.value ?? node.name.value,
          name: node.name.value,
          args: args && `(${args})`,
          conditions,
          selections: node.selectionSet && readSelections(node.selectionSet),
        };
        return [field];
      }
      case Kind.INLINE_FRAGMENT:
        return [
          {
            kind: "fragment",
            on: node.typeCondition?.name.value,
            conditions,
            selections: readSelections(node.selectionSet),
          },
        ];
      case Kind.FRAGMENT_SPREAD:
        throw new Error(`The planner must not reuse fragments, but spreads ${node.name.value}.`);
    }
  });
}

/** Undefined when the selection can never be included. */
export function readConditions(directives: readonly DirectiveNode[]): BooleanCondition[] | undefined {
  const conditions: BooleanCondition[] = [];
  for (const directive of directives) {
    const negated = directive.name.value === "skip";
    if (!negated && directive.name.value !== "include") continue;
    const value = directive.arguments?.find((argument) => argument.name.value === "if")?.value;
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, negated });
    else if (value?.kind === Kind.BOOLEAN && value.value === negated) return undefined;
  }
  return conditions;
}

/** Whether all conditions hold for these values of the Boolean variables. */
export function holds(conditions: readonly BooleanCondition[], values: ReadonlyMap<string, boolean>): boolean {
  return conditions.every((condition) => (values.get(condition.variable) ?? false) !== condition.negated);
}
