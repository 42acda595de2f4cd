/**
 * Measure against planner and executor faults around aliases.
 *
 * The planner merges selections by response name, and representations are read by field name. A client alias that equals
 * the name of a key or required field, or a client's arguments on a required field, would therefore put one field's
 * value in another's place. So the planner never sees a client's alias: a field goes by its own name or by a name reserved
 * for what the client wrote, and only where the answer is written are the client's names known.
 *
 * Leaves are reserved by field and arguments, so one that is asked for under two names is fetched once. Objects keep one
 * name for each of the client's, since a null that propagates in one must not reach the other.
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
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";

export interface ReservedNames {
  /** The response name under which a field of the client travels inside the mesh. */
  keyOf(field: FieldNode, atMutationRoot: boolean): string;
  /** What is reserved so far, as plain data: `restoreReservedNames` goes on from there. */
  save(): SavedNames;
}

export interface SavedNames {
  readonly prefix: string;
  readonly keyByUse: readonly (readonly [use: string, key: string])[];
}

/** `taken` are the field names of the supergraph; no reserved name equals one of them. */
export function createReservedNames(taken: ReadonlySet<string>): ReservedNames {
  let prefix = "_a";
  while ([...taken].some((name) => name.startsWith(prefix))) prefix += "a";
  return restoreReservedNames({ prefix, keyByUse: [] });
}

/** Gives the names that the saved ones would have given. */
export function restoreReservedNames(saved: SavedNames): ReservedNames {
  const { prefix } = saved;
  const keyByUse = new Map(saved.keyByUse);

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
      const responseName = field.alias?.value ?? name;
      if (name.startsWith("__")) return name;
      if (atMutationRoot) return reserve(`mutation ${responseName}`, name);
      const args = (field.arguments ?? []).map((argument) => print(argument)).sort();
      const use = `${name}(${args.join(",")})`;
      if (field.selectionSet === undefined) return args.length === 0 ? name : reserve(use, name);
      return args.length === 0 && responseName === name ? name : reserve(`${responseName}: ${use}`, name);
    },
    save: () => ({ prefix, keyByUse: [...keyByUse] }),
  };
}

const justTypename: SelectionSetNode = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } }],
};

/**
 * The client's operation for the planner: one operation definition, its fragments, reserved names. Whether an object is
 * there has to be asked even when nothing of it is wanted, so an empty selection set asks for `__typename`.
 */
export function applyReservedNames(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  names: ReservedNames,
): DocumentNode {
  const fill = { leave: (set: SelectionSetNode) => (set.selections.length === 0 ? justTypename : undefined) };
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );

  function rename(field: FieldNode, atMutationRoot: boolean): FieldNode {
    const key = names.keyOf(field, atMutationRoot);
    const { alias: _, ...rest } = field;
    const nameNode: NameNode = { kind: Kind.NAME, value: key };
    return key === field.name.value ? rest : { ...rest, alias: nameNode };
  }

  const below = { Field: { leave: (node: FieldNode) => rename(node, false) }, SelectionSet: fill };

  /** Root fields of a mutation have their own names, so fragments at the root are written out. */
  function expandRoot(set: SelectionSetNode): SelectionSetNode {
    if (set.selections.length === 0) return justTypename;
    return { ...set, selections: set.selections.map(expandSelection) };
  }

  function expandSelection(node: SelectionNode): SelectionNode {
    if (node.kind === Kind.FIELD) return rename(renameBelow(node), true);
    if (node.kind === Kind.INLINE_FRAGMENT) return { ...node, selectionSet: expandRoot(node.selectionSet) };
    const fragment = fragments.get(node.name.value);
    if (fragment === undefined) throw new Error(`Unknown fragment ${node.name.value}.`);
    const { typeCondition, selectionSet } = fragment;
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: expandRoot(selectionSet) };
  }

  function renameBelow(field: FieldNode): FieldNode {
    if (field.selectionSet === undefined) return field;
    return { ...field, selectionSet: visit(field.selectionSet, below) };
  }

  const rewritten: OperationDefinitionNode =
    operation.operation === "mutation"
      ? { ...operation, selectionSet: expandRoot(operation.selectionSet) }
      : visit(operation, below);
  const fragmentDefinitions = [...fragments.values()].map((fragment) => visit(fragment, below));
  return { kind: Kind.DOCUMENT, definitions: [rewritten, ...fragmentDefinitions] };
}
