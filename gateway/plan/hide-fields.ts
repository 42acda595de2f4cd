/**
 * The operation that is planned for callers who may not read some of its fields: without them, so that they are never
 * asked for. A field of an interface that is hidden on some of the object types behind it is asked for on the others only.
 *
 * A selection set may come out empty, as with conditions. In: a document whose conditions are decided. Out: another one.
 */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** `hidden` are coordinates of object types, `Customer.salary`. */
export function hideFields(schema: GraphQLSchema, document: DocumentNode, hidden: ReadonlySet<string>): DocumentNode {
  if (hidden.size === 0) return document;

  function hideSelections(set: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode {
    return { ...set, selections: set.selections.flatMap((selection) => hideSelection(selection, parent)) };
  }

  function hideSelection(selection: SelectionNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    switch (selection.kind) {
      case Kind.FRAGMENT_SPREAD:
        return [selection];
      case Kind.INLINE_FRAGMENT: {
        const type = typeOf(selection.typeCondition?.name.value, parent);
        return [{ ...selection, selectionSet: hideSelections(selection.selectionSet, type) }];
      }
      case Kind.FIELD:
        return hideField(selection, parent);
    }
  }

  function hideField(field: FieldNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    const name = field.name.value;
    if (name.startsWith("__") || isUnionType(parent)) return [field];
    const possible = isObjectType(parent) ? [parent] : schema.getPossibleTypes(parent);
    const shown = possible.filter((type) => !hidden.has(`${type.name}.${name}`));
    if (shown.length === possible.length) return [below(field, parent)];
    if (shown.length === 0) return [];
    return shown.map((type) => onType(type, below(field, type)));
  }

  function below(field: FieldNode, parent: GraphQLCompositeType): FieldNode {
    if (field.selectionSet === undefined || isUnionType(parent)) return field;
    const type = getNamedType(parent.getFields()[field.name.value]?.type);
    return isCompositeType(type) ? { ...field, selectionSet: hideSelections(field.selectionSet, type) } : field;
  }

  function typeOf(condition: string | undefined, parent: GraphQLCompositeType): GraphQLCompositeType {
    if (condition === undefined) return parent;
    const type = schema.getType(condition);
    if (!isCompositeType(type)) throw new Error("A validated operation names an unknown type.");
    return type;
  }

  return {
    ...document,
    definitions: document.definitions.map((node) => {
      if (node.kind === Kind.FRAGMENT_DEFINITION) {
        const { selectionSet, typeCondition } = node;
        const type = schema.getType(typeCondition.name.value);
        return isCompositeType(type) ? { ...node, selectionSet: hideSelections(selectionSet, type) } : node;
      }
      if (node.kind !== Kind.OPERATION_DEFINITION) return node;
      const root = schema.getRootType(node.operation);
      return root ? { ...node, selectionSet: hideSelections(node.selectionSet, root) } : node;
    }),
  };
}

function onType(type: GraphQLObjectType, selection: SelectionNode): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
}
