/**
 * Measure against planner faults around `@skip` and `@include`: when a field with `@requires` is conditional, the planner
 * makes the fetch of what it requires conditional but not the representation that holds it (and the other way round), so
 * that fields which have no condition at all get lost.
 *
 * Operations are therefore planned without conditions: once for each combination of values that is asked for. Plans get
 * smaller by it, and nothing has to be decided while they run.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";

/** The names of the variables in `@skip` and `@include`, sorted. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      const value = isCondition(directive) ? argumentOf(directive) : undefined;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}

/**
 * The same document as if the conditions had been decided: excluded selections are gone, `@skip` and `@include` too.
 * A selection set may come out empty, which no GraphQL text can say but every reader of the AST can bear.
 */
export function decideConditions(document: DocumentNode, values: ReadonlyMap<string, boolean>): DocumentNode {
  function isIncluded(node: SelectionNode): boolean {
    return (node.directives ?? []).filter(isCondition).every((directive) => {
      const value = argumentOf(directive);
      const holds = value?.kind === Kind.VARIABLE ? (values.get(value.name.value) ?? false) : isTrue(value);
      return holds !== (directive.name.value === "skip");
    });
  }

  function decide(set: SelectionSetNode): SelectionSetNode {
    const selections = set.selections.filter(isIncluded).map((node): SelectionNode => {
      const directives = (node.directives ?? []).filter((directive) => !isCondition(directive));
      if (node.kind === Kind.FRAGMENT_SPREAD) return { ...node, directives };
      if (node.kind === Kind.INLINE_FRAGMENT) return { ...node, directives, selectionSet: decide(node.selectionSet) };
      return node.selectionSet === undefined
        ? { ...node, directives }
        : { ...node, directives, selectionSet: decide(node.selectionSet) };
    });
    return { ...set, selections };
  }

  return {
    ...document,
    definitions: document.definitions.map((node) =>
      node.kind === Kind.OPERATION_DEFINITION || node.kind === Kind.FRAGMENT_DEFINITION
        ? ({ ...node, selectionSet: decide(node.selectionSet) } satisfies
            | OperationDefinitionNode
            | FragmentDefinitionNode)
        : node,
    ),
  };
}

function isCondition(directive: DirectiveNode): boolean {
  return directive.name.value === "skip" || directive.name.value === "include";
}

function argumentOf(directive: DirectiveNode): NonNullable<DirectiveNode["arguments"]>[number]["value"] | undefined {
  return directive.arguments?.find(({ name }) => name.value === "if")?.value;
}

function isTrue(value: ReturnType<typeof argumentOf>): boolean {
  return value?.kind === Kind.BOOLEAN && value.value;
}
