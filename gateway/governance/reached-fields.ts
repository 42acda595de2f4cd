/**
 * The fields of object types that an operation can get, as coordinates: through fragments, and behind interfaces and unions
 * on every object type that can stand there. Conditions count as met.
 *
 * Cost: linear in the selections and the sets of types that each of them meets.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

/** `Type.field`; introspection is left out. */
export function reachedFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlySet<string> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const reached = new Set<string>();
  const seen = new Map<SelectionSetNode, Set<string>>();

  function walk(set: SelectionSetNode, types: readonly GraphQLObjectType[]): void {
    const met = seen.get(set) ?? new Set<string>();
    seen.set(set, met);
    const next = types.filter(({ name }) => !met.has(name));
    if (next.length === 0) return;
    for (const { name } of next) met.add(name);
    for (const selection of set.selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet, narrow(next, fragment.typeCondition?.name.value));
        continue;
      }
      const name = selection.name.value;
      if (name.startsWith("__")) continue;
      for (const type of next) {
        const field = type.getFields()[name];
        if (field === undefined) continue;
        reached.add(`${type.name}.${name}`);
        if (selection.selectionSet !== undefined) walk(selection.selectionSet, objectTypesOf(field.type));
      }
    }
  }

  function narrow(types: readonly GraphQLObjectType[], condition: string | undefined): readonly GraphQLObjectType[] {
    if (condition === undefined) return types;
    const conditional = schema.getType(condition);
    return types.filter(
      (type) => type === conditional || (isAbstractType(conditional) && schema.isSubType(conditional, type)),
    );
  }

  function objectTypesOf(type: GraphQLOutputType): readonly GraphQLObjectType[] {
    const named = getNamedType(type);
    if (isObjectType(named)) return [named];
    return isAbstractType(named) ? schema.getPossibleTypes(named) : [];
  }

  const root = schema.getRootType(operation.operation);
  if (root) walk(operation.selectionSet, [root]);
  return reached;
}
