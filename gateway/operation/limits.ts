/**
 * How much one operation may ask for. Counted on the document before it is validated, because validation itself gets
 * slow on the documents that these limits refuse. Fragments count at every use; each fragment is measured once, so the
 * cost is linear in the document.
 */
import {
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";

export interface OperationLimits {
  /** Of the text, in UTF-8, checked before it is parsed. */
  readonly maxBytes: number;
  /** Of the lexer, checked while parsing. */
  readonly maxTokens: number;
  /** Fields inside fields; a root field has depth 1. */
  readonly maxDepth: number;
  /** Field selections. */
  readonly maxFields: number;
  readonly maxAliases: number;
  /** Of one operation. */
  readonly maxRootFields: number;
  /** As `cost/compile-cost.ts` estimates it for each request; undefined estimates nothing. */
  readonly maxCost: number | undefined;
  /** How long a list counts as about which the schema says nothing. */
  readonly assumedListSize: number;
}

/** Room for any query a person writes and for the usual introspection query. */
export const defaultLimits: OperationLimits = Object.freeze({
  maxBytes: 262_144,
  maxTokens: 10_000,
  maxDepth: 40,
  maxFields: 2_000,
  maxAliases: 100,
  maxRootFields: 50,
  maxCost: undefined,
  assumedListSize: 10,
});

/** Lists and objects within a literal: what reads values later may be recursive. The same as for JSON in variables. */
const maxValueDepth = 128;

interface Measure {
  readonly depth: number;
  /** Of the values in arguments. */
  readonly valueDepth: number;
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
    const { depth, fields, aliases, ...measured } = measureOf(definition.selectionSet);
    const defaults = (definition.variableDefinitions ?? []).flatMap(({ defaultValue, directives }) => [
      defaultValue === undefined ? 0 : depthOf([defaultValue]),
      depthOfArguments(undefined, directives),
    ]);
    const valueDepth = Math.max(measured.valueDepth, depthOfArguments(undefined, definition.directives), ...defaults);
    const rootFields = countFields(definition.selectionSet, fragments, new Set());
    if (depth > limits.maxDepth) {
      return refuse("MAX_DEPTH_LIMIT", `The operation is ${depth} fields deep, at most ${limits.maxDepth} are allowed`);
    }
    if (valueDepth > maxValueDepth) {
      return refuse(
        "MAX_DEPTH_LIMIT",
        `A value in the operation nests ${valueDepth} levels deep, at most ${maxValueDepth} are allowed`,
      );
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

const nothing: Measure = { depth: 0, valueDepth: 0, fields: 0, aliases: 0 };

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
    let valueDepth = 0;
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
      const ownValues = depthOfArguments(isField ? selection.arguments : undefined, selection.directives);
      valueDepth = Math.max(valueDepth, inner.valueDepth, ownValues);
      fields += inner.fields + (isField ? 1 : 0);
      aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0);
    }
    return { depth, valueDepth, fields, aliases };
  };
  return measure;
}

function depthOfArguments(
  given: readonly ArgumentNode[] | undefined,
  directives: readonly DirectiveNode[] | undefined,
): number {
  const all = [...(given ?? []), ...(directives ?? []).flatMap((directive) => directive.arguments ?? [])];
  return depthOf(all.map(({ value }) => value));
}

/** Without recursion, one level at a time. */
function depthOf(values: readonly ValueNode[]): number {
  let depth = -1;
  for (let level = values; level.length > 0; depth++) {
    level = level.flatMap((value) => {
      if (value.kind === Kind.LIST) return value.values;
      return value.kind === Kind.OBJECT ? value.fields.map((field) => field.value) : [];
    });
  }
  return Math.max(0, depth);
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
