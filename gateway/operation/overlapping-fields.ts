/**
 * Field selection merging (GraphQL specification, section 5.3.2) in time that grows with the operation. graphql-js compares
 * every pair of fields, in every selection set anew: half a second for what fits the limits of one request.
 *
 * Fields that meet under one response name are a **group**. From the root down, in every group
 *
 *   - fields that can be there together (those of one object type, and of every abstract one) are the same field with the
 *     same arguments. What is selected below those meets again;
 *   - all fields have one shape (lists, nullability, the leaf type), and so has what is selected below them.
 *
 * A set of fields that was looked at is not looked at again, and more than `maxSteps` fields are too many: only what was
 * written for it comes that far.
 *
 * The idea is Simon Adameit's ("Overlapping fields can be merged fast").
 */
import {
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  type ValidationContext,
  type ValueNode,
} from "graphql";

interface Field {
  readonly id: number;
  readonly node: FieldNode;
  readonly parent: GraphQLNamedType | undefined;
  /** Undefined for `__typename` and for what does not exist, which other rules tell. */
  readonly type: GraphQLOutputType | undefined;
}

const nothing: ReadonlyMap<string, readonly Field[]> = new Map();
const maxSteps = 50_000;
const maxShownName = 100;

/** Takes the place of graphql-js' `OverlappingFieldsCanBeMergedRule`: the same operations are refused. */
export function OverlappingFieldsRule(context: ValidationContext): ASTVisitor {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of context.getDocument().definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const check = hasCycle(fragments) ? undefined : createCheck(context, fragments);
  return {
    OperationDefinition: (operation) => {
      check?.(operation);
      return false;
    },
    FragmentDefinition: () => false,
  };
}

class TooManySteps extends Error {}

function createCheck(
  context: ValidationContext,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (operation: OperationDefinitionNode) => void {
  const schema = context.getSchema();
  const known = new Map<FieldNode, Field>();
  const argumentsByField = new Map<FieldNode, string>();
  let steps = 0;

  function fieldOf(node: FieldNode, parent: GraphQLNamedType | undefined): Field {
    const before = known.get(node);
    if (before !== undefined) return before;
    const definition =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const field = { id: known.size, node, parent, type: definition?.type };
    known.set(node, field);
    return field;
  }

  /** The fields of these selection sets by response name; a fragment counts once, however often it is spread. */
  function group(sets: Iterable<readonly [SelectionSetNode, GraphQLNamedType | undefined]>): Map<string, Field[]> {
    const groups = new Map<string, Field[]>();
    const spread = new Set<string>();
    const collect = (set: SelectionSetNode, parent: GraphQLNamedType | undefined): void => {
      for (const selection of set.selections) {
        steps += 1;
        if (steps > maxSteps) throw new TooManySteps();
        if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const field = fieldOf(selection, parent);
          const fields = groups.get(name);
          if (fields === undefined) groups.set(name, [field]);
          else fields.push(field);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          const { typeCondition } = selection;
          collect(selection.selectionSet, typeCondition ? schema.getType(typeCondition.name.value) : parent);
        } else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) collect(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
        }
      }
    };
    for (const [set, parent] of sets) collect(set, parent);
    return groups;
  }

  function below(fields: readonly Field[]): ReadonlyMap<string, readonly Field[]> {
    const sets = fields.flatMap(({ node, type }) =>
      node.selectionSet ? [[node.selectionSet, type && getNamedType(type)] as const] : [],
    );
    return sets.length === 0 ? nothing : group(sets);
  }

  function refuse(name: string, reason: string, ...fields: readonly Field[]): void {
    const message = `Fields "${shorten(name)}" conflict because ${reason}. Use different aliases on the fields to fetch both if this was intentional.`;
    context.reportError(new GraphQLError(message, { nodes: fields.map(({ node }) => node) }));
  }

  /** False when it is refused. */
  function checkNames(name: string, together: readonly Field[]): boolean {
    const [first] = together;
    const other = first && together.find((field) => !isSameField(first, field));
    if (first === undefined || other === undefined) return true;
    refuse(name, describeDifference(first, other), first, other);
    return false;
  }

  function checkShape(name: string, fields: readonly Field[]): boolean {
    const first = fields.find(({ type }) => type !== undefined);
    const other = first && fields.find(({ type }) => type && !haveOneShape(first.type, type));
    if (first === undefined || other === undefined) return true;
    refuse(name, `they return conflicting types "${first.type}" and "${other.type}"`, first, other);
    return false;
  }

  function checkShapes(groups: ReadonlyMap<string, readonly Field[]>): void {
    for (const [name, fields] of groups) if (checkShape(name, fields)) checkShapes(below(fields));
  }

  const looked = new Set<string>();

  function check(groups: ReadonlyMap<string, readonly Field[]>): void {
    for (const [name, fields] of groups) {
      const parts = fieldsTogether(fields);
      if (!parts.every((together) => checkNames(name, together)) || !checkShape(name, fields)) continue;
      // What is below fields of different parts is never there together, but has to have one shape.
      if (parts.length > 1) checkShapes(below(fields));
      for (const together of parts) {
        const key = together.map(({ id }) => id).join();
        if (looked.has(key)) continue;
        looked.add(key);
        check(below(together));
      }
    }
  }

  function isSameField(first: Field, other: Field): boolean {
    return first.node.name.value === other.node.name.value && argumentsOf(first) === argumentsOf(other);
  }

  function argumentsOf({ node }: Field): string {
    if (node.arguments === undefined || node.arguments.length === 0) return "";
    const before = argumentsByField.get(node);
    if (before !== undefined) return before;
    const text = node.arguments
      .map(({ name, value }) => `${name.value}:${print(sortFields(value))}`)
      .sort()
      .join();
    argumentsByField.set(node, text);
    return text;
  }

  return (operation) => {
    const root = schema.getRootType(operation.operation) ?? undefined;
    try {
      check(group([[operation.selectionSet, root]]));
    } catch (error) {
      if (!(error instanceof TooManySteps)) throw error;
      const message =
        "The operation repeats the same fields or fragments so often that it cannot be checked: select each of them once";
      context.reportError(new GraphQLError(message, { nodes: operation }));
    }
  };
}

/** Fields that can be in one object: those of one object type each, with all that are selected on abstract types. */
function fieldsTogether(fields: readonly Field[]): readonly (readonly Field[])[] {
  if (fields.length === 1) return [fields];
  const abstract: Field[] = [];
  const byType = new Map<GraphQLNamedType, Field[]>();
  for (const field of fields) {
    const { parent } = field;
    const known = parent && byType.get(parent);
    if (!isObjectType(parent)) abstract.push(field);
    else if (known === undefined) byType.set(parent, [field]);
    else known.push(field);
  }
  return byType.size <= 1 ? [fields] : [...byType.values()].map((concrete) => [...concrete, ...abstract]);
}

function haveOneShape(first: GraphQLOutputType | undefined, other: GraphQLOutputType): boolean {
  if (first === other || first === undefined) return true;
  if (isListType(first) || isListType(other)) {
    return isListType(first) && isListType(other) && haveOneShape(first.ofType, other.ofType);
  }
  if (isNonNullType(first) || isNonNullType(other)) {
    return isNonNullType(first) && isNonNullType(other) && haveOneShape(first.ofType, other.ofType);
  }
  return !isLeafType(first) && !isLeafType(other);
}

function describeDifference({ node: first }: Field, { node: other }: Field): string {
  return first.name.value === other.name.value
    ? "they have differing arguments"
    : `"${shorten(first.name.value)}" and "${shorten(other.name.value)}" are different fields`;
}

function shorten(name: string): string {
  return name.length > maxShownName ? `${name.slice(0, maxShownName)}…` : name;
}

/** An input object is the same in whatever order its fields stand. */
function sortFields(value: ValueNode): ValueNode {
  if (value.kind === Kind.LIST) return { ...value, values: value.values.map(sortFields) };
  if (value.kind !== Kind.OBJECT) return value;
  const fields = value.fields.map((field) => ({ ...field, value: sortFields(field.value) }));
  return { ...value, fields: fields.sort((a, b) => (a.name.value < b.name.value ? -1 : 1)) };
}

/** Fragments that spread themselves have no end; another rule refuses them. */
function hasCycle(fragments: ReadonlyMap<string, FragmentDefinitionNode>): boolean {
  const done = new Set<string>();
  const open = new Set<string>();
  const spreads = (set: SelectionSetNode): boolean =>
    set.selections.some((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return visit(selection.name.value);
      return selection.selectionSet !== undefined && spreads(selection.selectionSet);
    });
  const visit = (name: string): boolean => {
    if (open.has(name)) return true;
    const fragment = fragments.get(name);
    if (done.has(name) || fragment === undefined) return false;
    open.add(name);
    const found = spreads(fragment.selectionSet);
    open.delete(name);
    done.add(name);
    return found;
  };
  return [...fragments.keys()].some(visit);
}
