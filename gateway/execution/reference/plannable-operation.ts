/**
 * A client's operation, written so that the planner gets it right, and the way back from its answer. Two measures:
 *
 * - **Aliases.** The planner fetches keys and required fields under their own names into the same object as the client's
 *   fields, so an alias that is some field's name (`{ orders { id: total products { name } } }`) takes a key's place: wrong
 *   data, or none. Such aliases get a prefix of ours, which answer and error paths lose again.
 * - **Anchors.** When everything below a field is under `@skip` or `@include`, the planner takes those conditions for the
 *   field's own: a field that should be `{}` is not fetched and comes out as null. Such a field gets one selection
 *   without a condition, `__typename`, which the answer loses again.
 *
 * In: a validated document and the names of all fields. Out: document, text, `restore…`. Once per document; most
 * operations need neither measure and stay the objects that they are.
 */
import { type DocumentNode, type FieldNode, Kind, print, type SelectionNode, visit } from "graphql";

export interface PlannableOperation {
  readonly query: string;
  readonly document: DocumentNode;
  /** Of the answer's data; the same object when there is nothing to restore. */
  restoreData<T>(data: T): T;
  restorePath(path: readonly (string | number)[]): readonly (string | number)[];
  /** Of messages that name a field by its place in the answer. */
  restoreText(text: string): string;
}

/** The document must be valid: fields that share a response name then keep sharing it. */
export function toPlannable(
  query: string,
  document: DocumentNode,
  fieldNames: ReadonlySet<string>,
): PlannableOperation {
  const prefix = unusedPrefix(document);
  const anchor = `${prefix}anchor__`;
  let changed = false;
  const isConditional = hasConditions(document);
  const written = visit(document, {
    Field: {
      leave(field): FieldNode | undefined {
        const { alias, selectionSet } = field;
        const renames = alias !== undefined && alias.value !== field.name.value && fieldNames.has(alias.value);
        const anchors =
          isConditional && selectionSet !== undefined && !selectionSet.selections.some(isUnconditionalField);
        if (!renames && !anchors) return undefined;
        changed = true;
        return {
          ...field,
          ...(renames ? { alias: { ...alias, value: `${prefix}${alias.value}` } } : {}),
          ...(anchors
            ? { selectionSet: { ...selectionSet, selections: [...selectionSet.selections, typename(anchor)] } }
            : {}),
        };
      },
    },
  });
  if (!changed) {
    return { query, document, restoreData: (data) => data, restorePath: (path) => path, restoreText: (text) => text };
  }
  const restoreName = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  return {
    query: print(written),
    document: written,
    restoreData: (data) => restore(data, anchor, restoreName) as typeof data, // of the same shape but for the names
    restorePath: (path) => path.map((step) => (typeof step === "string" ? restoreName(step) : step)),
    restoreText: (text) => text.replaceAll(prefix, ""),
  };
}

/** A copy in which every object has the client's names, in the order it had. */
function restore(value: unknown, anchor: string, restoreName: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => restore(item, anchor, restoreName));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== anchor);
  return Object.fromEntries(entries.map(([name, inner]) => [restoreName(name), restore(inner, anchor, restoreName)]));
}

function hasConditions(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value === "skip" || name.value === "include";
    },
  });
  return found;
}

// A fragment may hold nothing but conditions, too: only a field counts.
function isUnconditionalField(selection: SelectionNode): boolean {
  return selection.kind === Kind.FIELD && (selection.directives ?? []).length === 0;
}

function typename(alias: string): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: alias },
    name: { kind: Kind.NAME, value: "__typename" },
  };
}

/** No name of the document begins with it. */
function unusedPrefix(document: DocumentNode): string {
  const names: string[] = [];
  visit(document, { Name: ({ value }) => void names.push(value) });
  let prefix = "mesh_as_";
  while (names.some((name) => name.startsWith(prefix))) prefix = `${prefix}_`;
  return prefix;
}
