/** The keys by which a type's entities are known: `@join__type(key:)`, of whatever subgraph. */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  Kind,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";

/** One key, `id organization{id}`, its fields in order of their names. */
export interface KeySet {
  readonly name: string;
  readonly fields: readonly KeyField[];
}

interface KeyField {
  readonly name: string;
  readonly fields: readonly KeyField[] | undefined;
}

/** By type: each key once, sorted by name. */
export function readKeySets(supergraph: DocumentNode): ReadonlyMap<string, readonly KeySet[]> {
  const byType = new Map<string, readonly KeySet[]>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const sets = new Map<string, KeySet>();
    for (const directive of definition.directives ?? []) {
      const set = readKeySet(directive);
      if (set !== undefined) sets.set(set.name, set);
    }
    if (sets.size > 0)
      byType.set(
        definition.name.value,
        [...sets.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
  }
  return byType;
}

function readKeySet(directive: ConstDirectiveNode): KeySet | undefined {
  if (directive.name.value !== "join__type") return undefined;
  const key = directive.arguments?.find(({ name }) => name.value === "key");
  const text = key === undefined ? undefined : valueFromASTUntyped(key.value);
  if (typeof text !== "string") return undefined;
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const fields = readFields(operation.selectionSet);
  return { name: nameOf(fields), fields };
}

function readFields(set: SelectionSetNode): readonly KeyField[] {
  return set.selections
    .flatMap((selection): readonly KeyField[] =>
      selection.kind === Kind.FIELD
        ? [{ name: selection.name.value, fields: selection.selectionSet && readFields(selection.selectionSet) }]
        : selection.kind === Kind.INLINE_FRAGMENT
          ? readFields(selection.selectionSet)
          : [],
    )
    .filter(({ name }) => name !== "__typename")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf(fields: readonly KeyField[]): string {
  return fields.map(({ name, fields: below }) => (below ? `${name}{${nameOf(below)}}` : name)).join(" ");
}

/**
 * The values of a key as one text, the same whoever wrote them: a number and its digits are equal. Undefined when the
 * object does not have them all.
 */
export function keyValues({ fields }: Pick<KeySet, "fields">, object: unknown): string | undefined {
  const values = readValues(fields, object);
  return values === undefined ? undefined : JSON.stringify(values);
}

function readValues(fields: readonly KeyField[], object: unknown): readonly unknown[] | undefined {
  if (typeof object !== "object" || object === null) return undefined;
  const values: unknown[] = [];
  for (const { name, fields: below } of fields) {
    const value = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
    if (value === undefined) return undefined;
    const read = below === undefined ? textOf(value) : nested(below, value);
    if (read === undefined) return undefined;
    values.push(read);
  }
  return values;
}

function nested(fields: readonly KeyField[], value: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return readValues(fields, value);
  const items = value.map((item) => readValues(fields, item));
  return items.every((item) => item !== undefined) ? items : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
