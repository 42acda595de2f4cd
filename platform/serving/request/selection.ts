/**
 * What an operation asks of an object: its fields with aliases, fragments, `@skip` and `@include` resolved. From it comes
 * which columns are read.
 */
import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  type SelectionSetNode,
} from "graphql";

/** The nodes that ask for each field of the type, under any alias. */
export type Selection = ReadonlyMap<string, readonly FieldNode[]>;

/**
 * The selection under these nodes on one object type.
 *
 * GraphQL's CollectFields (section 6.3.2), by field name instead of response key: one column serves all its aliases.
 */
export function selectionOf(info: GraphQLResolveInfo, nodes: readonly FieldNode[], type: GraphQLObjectType): Selection {
  const selection = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode | undefined): void => {
    for (const node of set?.selections ?? []) {
      if (!isIncluded(info, node)) continue;
      if (node.kind === "Field") {
        const found = selection.get(node.name.value);
        if (found === undefined) selection.set(node.name.value, [node]);
        else found.push(node);
      } else if (node.kind === "InlineFragment") {
        if (appliesTo(info, node.typeCondition?.name.value, type)) collect(node.selectionSet);
      } else if (!seen.has(node.name.value)) {
        seen.add(node.name.value);
        const fragment = info.fragments[node.name.value];
        if (fragment !== undefined && appliesTo(info, fragment.typeCondition.name.value, type))
          collect(fragment.selectionSet);
      }
    }
  };
  for (const node of nodes) collect(node.selectionSet);
  return selection;
}

function isIncluded(info: GraphQLResolveInfo, node: SelectionSetNode["selections"][number]): boolean {
  if (node.directives === undefined || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, info.variableValues)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, info.variableValues)?.if !== false;
}

function appliesTo(info: GraphQLResolveInfo, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditionType = info.schema.getType(condition);
  return isAbstractType(conditionType) && info.schema.isSubType(conditionType, type);
}
