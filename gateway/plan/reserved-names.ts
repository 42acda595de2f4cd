/**
 * Measure against planner and executor faults around aliases.
 *
 * The planner merges selections by response name, and representations are read by field name. A client alias that equals
 * the name of a key or required field, or a client's arguments on a required field, would therefore put one field's
 * value in another's place. So the planner never sees a client's response name: a field without arguments goes by its
 * own name, a field with arguments by a name reserved for (field, arguments). Whatever the client called it is known
 * only where the answer is written. Fields that the client asks for twice under two names are fetched once.
 *
 * The root fields of a mutation are the exception: each response name is one execution (GraphQL, section 6.2.2).
 */
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from "graphql";

export interface ReservedNames {
  /** The response name under which a field of the client travels inside the mesh. */
  keyOf(field: FieldNode, atMutationRoot: boolean): string;
}

/** `taken` are the field names of the supergraph; no reserved name equals one of them. */
export function createReservedNames(taken: ReadonlySet<string>): ReservedNames {
  let prefix = "_a";
  while ([...taken].some((name) => name.startsWith(prefix))) prefix += "a";
  const keyByUse = new Map<string, string>();

  function reserve(use: string, name: string): string {
    const known = keyByUse.get(use);
    if (known !== undefined) return known;
    const key = `${prefix}${keyByUse.size}_${name}`;
    keyByUse.set(use, key);
    return key;
  }

  return {
    keyOf(field, atMutationRoot) {
      const name = field.name.value;
      if (name.startsWith("__")) return name;
      if (atMutationRoot) return reserve(`mutation ${field.alias?.value ?? name}`, name);
      if (field.arguments === undefined || field.arguments.length === 0) return name;
      const args = field.arguments.map((argument) => print(argument)).sort();
      return reserve(`${name}(${args.join(",")})`, name);
    },
  };
}

/** The client's operation for the planner: one operation definition, its fragments, reserved names, no introspection. */
export function applyReservedNames(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  names: ReservedNames,
): DocumentNode {
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );

  function rename(field: FieldNode, atMutationRoot: boolean): FieldNode {
    const key = names.keyOf(field, atMutationRoot);
    const { alias: _, ...rest } = field;
    const nameNode: NameNode = { kind: Kind.NAME, value: key };
    return key === field.name.value ? rest : { ...rest, alias: nameNode };
  }

  /** Root fields of a mutation have their own names, so fragments at the root are written out. */
  function expandRoot(set: SelectionSetNode): SelectionSetNode {
    return {
      ...set,
      selections: set.selections.map((node) => {
        switch (node.kind) {
          case Kind.FIELD:
            return rename(renameBelow(node), true);
          case Kind.INLINE_FRAGMENT:
            return { ...node, selectionSet: expandRoot(node.selectionSet) };
          case Kind.FRAGMENT_SPREAD: {
            const fragment = fragments.get(node.name.value);
            if (fragment === undefined) throw new Error(`Unknown fragment ${node.name.value}.`);
            return {
              kind: Kind.INLINE_FRAGMENT,
              typeCondition: fragment.typeCondition,
              ...(node.directives && { directives: node.directives }),
              selectionSet: expandRoot(fragment.selectionSet),
            };
          }
        }
      }),
    };
  }

  function renameBelow(field: FieldNode): FieldNode {
    if (field.selectionSet === undefined) return field;
    return { ...field, selectionSet: visit(field.selectionSet, { Field: { leave: (node) => rename(node, false) } }) };
  }

  const rewritten: OperationDefinitionNode =
    operation.operation === "mutation"
      ? { ...operation, selectionSet: expandRoot(operation.selectionSet) }
      : visit(operation, { Field: { leave: (node) => rename(node, false) } });
  const fragmentDefinitions = [...fragments.values()].map((fragment) =>
    visit(fragment, { Field: { leave: (node) => rename(node, false) } }),
  );
  return { kind: Kind.DOCUMENT, definitions: [rewritten, ...fragmentDefinitions] };
}
