/** A selection set of graphql-js in, ours out: fragments inline, arguments and directives as text. */
import {
  type ASTNode,
  type DirectiveNode,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { FieldSelection, Selection } from "./plan.ts";

export interface ReadSelections {
  readonly selections: readonly Selection[];
  readonly variables: ReadonlySet<string>;
}

/** Throws for a fragment spread: the planner writes fragments out. */
export function readSelections(set: SelectionSetNode): ReadSelections {
  const variables = new Set<string>();
  const note = (node: ASTNode): void => {
    visit(node, { Variable: (variable) => void variables.add(variable.name.value) });
  };
  const readDirectives = (directives: readonly DirectiveNode[] = []): string => {
    for (const directive of directives) note(directive);
    return directives.map((directive) => print(directive)).join(" ");
  };

  function read(node: SelectionNode): Selection {
    switch (node.kind) {
      case Kind.FIELD: {
        for (const argument of node.arguments ?? []) note(argument);
        const args = (node.arguments ?? []).map((argument) => print(argument)).join(",");
        const field: FieldSelection = {
          kind: "field",
          key: node.alias?.value ?? node.name.value,
          name: node.name.value,
          args: args && `(${args})`,
          directives: readDirectives(node.directives),
          selections: node.selectionSet?.selections.map(read),
        };
        return field;
      }
      case Kind.INLINE_FRAGMENT:
        return {
          kind: "fragment",
          on: node.typeCondition?.name.value,
          directives: readDirectives(node.directives),
          selections: node.selectionSet.selections.map(read),
        };
      case Kind.FRAGMENT_SPREAD:
        throw new Error(`The planner must not reuse fragments, but spreads ${node.name.value}.`);
    }
  }

  return { selections: set.selections.map(read), variables };
}
