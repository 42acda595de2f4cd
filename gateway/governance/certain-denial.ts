/**
 * A denied field that would null the whole answer whatever the data are: every field down to it is there and cannot be
 * null. Such a request is refused before anything is fetched for it.
 */
import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { denialError } from "#policies";
import type { Decisions } from "../execution/executor.ts";

/** What to tell the client; undefined when some of the answer can be shown, or nobody knows before it is there. */
export function findCertainDenial(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  decisions: Decisions,
): string | undefined {
  function find(set: SelectionSetNode, type: GraphQLObjectType): string | undefined {
    for (const selection of set.selections) {
      // What is under a condition may be left out.
      if (selection.directives !== undefined && selection.directives.length > 0) continue;
      const found =
        selection.kind === Kind.FIELD
          ? findInField(selection.name.value, selection.selectionSet, type)
          : findInFragment(selection, type);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function findInField(
    name: string,
    below: SelectionSetNode | undefined,
    parent: GraphQLObjectType,
  ): string | undefined {
    const field = parent.getFields()[name];
    if (field === undefined || !isNonNullType(field.type)) return undefined;
    const coordinate = `${parent.name}.${name}`;
    const decision = decisions.get(coordinate);
    if (decision?.effect === "deny") return denialError(coordinate, decision).message;
    // A list may be empty, and of an interface or union nobody knows the type.
    const type = field.type.ofType;
    return below !== undefined && isObjectType(type) ? find(below, type) : undefined;
  }

  function findInFragment(
    selection: Exclude<SelectionSetNode["selections"][number], { kind: Kind.FIELD }>,
    type: GraphQLObjectType,
  ): string | undefined {
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : document.definitions.find(
            (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === selection.name.value,
          );
    if (fragment === undefined || !("selectionSet" in fragment)) return undefined;
    const condition = "typeCondition" in fragment ? fragment.typeCondition?.name.value : undefined;
    return condition === undefined || condition === type.name ? find(fragment.selectionSet, type) : undefined;
  }

  const root = schema.getRootType(operation.operation);
  return root ? find(operation.selectionSet, root) : undefined;
}
