import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** Whether what is asked of the objects of a field depends on which type behind an interface they are of. */
export function asksForType(info: GraphQLResolveInfo, declared: GraphQLInterfaceType): boolean {
  const { schema, fragments, variableValues } = info;

  function collect(type: GraphQLInterfaceType | GraphQLObjectType): ReadonlyMap<string, readonly FieldNode[]> {
    const found = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const walk = (set: SelectionSetNode): void => {
      for (const node of set.selections) {
        if (!isIncluded(node)) continue;
        if (node.kind === Kind.FIELD) {
          const name = node.alias?.value ?? node.name.value;
          found.set(name, [...(found.get(name) ?? []), node]);
        } else if (node.kind === Kind.INLINE_FRAGMENT) {
          if (applies(node.typeCondition?.name.value, type)) walk(node.selectionSet);
        } else if (!spread.has(node.name.value)) {
          spread.add(node.name.value);
          const fragment = fragments[node.name.value];
          if (fragment && applies(fragment.typeCondition.name.value, type)) walk(fragment.selectionSet);
        }
      }
    };
    for (const { selectionSet } of info.fieldNodes) if (selectionSet) walk(selectionSet);
    return found;
  }

  function applies(condition: string | undefined, type: GraphQLInterfaceType | GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditional = schema.getType(condition);
    return isAbstractType(conditional) && schema.isSubType(conditional, type);
  }

  function isIncluded(node: SelectionNode): boolean {
    const skip = getDirectiveValues(GraphQLSkipDirective, node, variableValues);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, variableValues);
    return skip?.if !== true && include?.if !== false;
  }

  const own = collect(declared);
  const isAlike = (fields: ReadonlyMap<string, readonly FieldNode[]>): boolean =>
    fields.size === own.size &&
    [...fields].every(([name, nodes], index) => {
      const [ownName, ownNodes = []] = [...own][index] ?? [];
      const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const ownSets = ownNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const isTypename = nodes[0]?.name.value === "__typename";
      return (
        name === ownName &&
        !isTypename &&
        sets.length === ownSets.length &&
        sets.every((set, at) => set === ownSets[at])
      );
    });
  return !schema.getPossibleTypes(declared).every((type) => isAlike(collect(type)));
}
