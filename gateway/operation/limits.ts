/**
 * How much one operation may ask for. Counted on the document before it is validated, because validation itself gets
 * slow on the documents that these limits refuse. Fragments count at every use; each fragment is measured once, so the
 * cost is linear in the document.
 */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";

export interface OperationLimits {
  /** Of the lexer, checked while parsing. */
  readonly maxTokens: number;
  /** Fields inside fields; a root field has depth 1. */
  readonly maxDepth: number;
  /** Field selections. */
  readonly maxFields: number;
  readonly maxAliases: number;
  /** Of one operation. */
  readonly maxRootFields: number;
}

/** Room for any query a person writes and for the usual introspection query. */
export const defaultLimits: OperationLimits = Object.freeze({
  maxTokens: 10_000,
  maxDepth: 40,
  maxFields: 2_000,
  maxAliases: 100,
  maxRootFields: 50,
});

interface Measure {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
}

/** The first limit that an operation of the document breaks, as `MAX_…_LIMIT`; undefined when it keeps them all. */
export function checkLimits(document: DocumentNode, limits: OperationLimits): OperationRejected | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measureOf = createMeasure(fragments);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, aliases } = measureOf(definition.selectionSet);
    const rootFields = countFields(definition.selectionSet, fragments, new Set());
    if (depth > limits.maxDepth) {
      return refuse("MAX_DEPTH_LIMIT", `The operation is ${depth} fields deep, at most ${limits.maxDepth} are allowed`);
    }
    if (fields > limits.maxFields) {
      return refuse(
        "MAX_HEIGHT_LIMIT",
        `The operation selects ${fields} fields, at most ${limits.maxFields} are allowed`,
      );
    }
    if (aliases > limits.maxAliases) {
      return refuse(
        "MAX_ALIASES_LIMIT",
        `The operation uses ${aliases} aliases, at most ${limits.maxAliases} are allowed`,
      );
    }
    if (rootFields > limits.maxRootFields) {
      const message = `The operation has ${rootFields} root fields, at most ${limits.maxRootFields} are allowed`;
      return refuse("MAX_ROOT_FIELDS_LIMIT", message);
    }
  }
  return undefined;
}

function refuse(
  code: "MAX_DEPTH_LIMIT" | "MAX_HEIGHT_LIMIT" | "MAX_ALIASES_LIMIT" | "MAX_ROOT_FIELDS_LIMIT",
  message: string,
): OperationRejected {
  return rejectWith(code, [{ message }]);
}

const nothing: Measure = { depth: 0, fields: 0, aliases: 0 };

function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Measure {
  const byFragment = new Map<string, Measure>();
  const measureFragment = (name: string): Measure => {
    const known = byFragment.get(name);
    if (known !== undefined) return known;
    // A cycle measures as nothing where it closes; validation then refuses it (specification, 5.5.2.2).
    byFragment.set(name, nothing);
    const fragment = fragments.get(name);
    const measured = fragment === undefined ? nothing : measure(fragment.selectionSet);
    byFragment.set(name, measured);
    return measured;
  };
  const measure = ({ selections }: SelectionSetNode): Measure => {
    let depth = 0;
    let fields = 0;
    let aliases = 0;
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? measureFragment(selection.name.value)
          : selection.selectionSet === undefined
            ? nothing
            : measure(selection.selectionSet);
      depth = Math.max(depth, inner.depth + (isField ? 1 : 0));
      fields += inner.fields + (isField ? 1 : 0);
      aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0);
    }
    return { depth, fields, aliases };
  };
  return measure;
}

function countFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) count += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT) count += countFields(selection.selectionSet, fragments, seen);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = fragments.get(selection.name.value);
      if (fragment !== undefined) count += countFields(fragment.selectionSet, fragments, seen);
    }
  }
  return count;
}
