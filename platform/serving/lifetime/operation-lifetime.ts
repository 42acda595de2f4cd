/**
 * How long the answer of an operation may be kept, as far as that depends on the operation alone: computed once for each, at
 * the cost of a walk over its selections.
 *
 * An operation has parts that may live for different times: the root fields together, and each `_entities`. A part lives as
 * its hints (`@cacheControl`) say. One without hints lives as long as the freshness objective lets it, if the product has
 * one and nothing in the part is computed by own code, from whatever that reads. The shortest part is the whole's.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { type CacheHints, entityLifetime, type OutputCache, rootLifetime, type SelectionLifetime } from "#schema";

export type OperationLifetime =
  /** Neither hints nor an objective say anything of it. */
  | { readonly kind: "unsaid" }
  /** It is not to be kept. */
  | { readonly kind: "none" }
  | {
      readonly kind: "some";
      /** Infinite where only the objective limits it. */
      readonly maxAgeSeconds: number;
      readonly staleWhileRevalidateSeconds: number;
      readonly staleIfErrorSeconds: number;
      readonly isPrivate: boolean;
      /** Policies speak of a field in it, so that callers may see it masked, each otherwise. */
      readonly isGoverned: boolean;
    };

/** What a product's subgraph says that lifetimes depend on. */
export interface LifetimeFacts {
  readonly schema: GraphQLSchema;
  readonly hints: CacheHints;
  readonly hasObjective: boolean;
  /** What is generated around a table has its `cache`; undefined for a table without, absent for other types. */
  readonly cacheByType: ReadonlyMap<string, OutputCache | undefined>;
  isComputed(type: string, field: string): boolean;
  isGoverned(type: string, field: string): boolean;
}

/** Of the operation that the name chooses; `unsaid` when it chooses none, as nothing runs then. */
export type LifetimeByName = (operationName: string | undefined) => OperationLifetime;

/** For a valid document. */
export function lifetimesOf(document: DocumentNode, facts: LifetimeFacts): LifetimeByName {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const lifetimes = new Map(
    operations.map((operation) => [operation.name?.value, lifetimeOf(operation, { ...facts, fragments })]),
  );
  const only = lifetimes.size === 1 ? [...lifetimes.values()][0] : undefined;
  return (name) => (name === undefined ? only : lifetimes.get(name)) ?? unsaid;
}

/** Fields of an operation with its fragments put in. One that has more, which few lines can say, is not kept. */
const maxFields = 20_000;

interface Walk extends LifetimeFacts {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

interface Part {
  readonly selections: SelectionSetNode;
  readonly parent: GraphQLCompositeType;
  readonly hint: SelectionLifetime | undefined;
}

const unsaid: OperationLifetime = Object.freeze({ kind: "unsaid" });
const none: OperationLifetime = Object.freeze({ kind: "none" });

function lifetimeOf({ operation, selectionSet }: OperationDefinitionNode, walk: Walk): OperationLifetime {
  const query = walk.schema.getQueryType();
  if (operation !== "query" || !query || countFields(selectionSet, walk.fragments, new Map()) > maxFields) return none;
  const roots = rootFields(selectionSet, walk);
  // The schema may be another one after the next start, whatever becomes of the data.
  if (roots.some(({ name }) => ["_service", "__schema", "__type"].includes(name.value))) return none;

  const parts: Part[] = roots
    .filter(({ name }) => name.value === "_entities")
    .flatMap(({ selectionSet: selections }) => {
      const parent = walk.schema.getType("_Entity");
      if (selections === undefined || !isCompositeType(parent)) return [];
      return [{ selections, parent, hint: entityLifetime(selections, walk) }];
    });
  const others = roots.filter(({ name }) => name.value !== "_entities" && name.value !== "__typename");
  if (others.length > 0) {
    const selections: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: others };
    parts.push({ selections, parent: query, hint: rootLifetime(selections, query, walk) });
  }
  const isSaid = walk.hasObjective || parts.some(({ hint }) => hint !== undefined);
  return isSaid ? lifetimeOfParts(parts, walk) : unsaid;
}

function lifetimeOfParts(parts: readonly Part[], walk: Walk): OperationLifetime {
  let maxAgeSeconds = Number.POSITIVE_INFINITY;
  let isGoverned = false;
  const caches = new Set<OutputCache | undefined>();
  for (const { selections, parent, hint } of parts) {
    let isComputed = false;
    visitFields(selections, parent, walk, (type, { name: { value: field } }) => {
      for (const { name } of isAbstractType(type) ? walk.schema.getPossibleTypes(type) : [type]) {
        if (walk.isComputed(name, field) && walk.hints[`${name}.${field}`]?.maxAge === undefined) isComputed = true;
        if (walk.isGoverned(name, field)) isGoverned = true;
        if (walk.cacheByType.has(name)) caches.add(walk.cacheByType.get(name));
      }
    });
    const byObjective = walk.hasObjective && !isComputed ? Number.POSITIVE_INFINITY : 0;
    maxAgeSeconds = Math.min(maxAgeSeconds, hint?.maxAge ?? byObjective);
  }
  if (maxAgeSeconds <= 0) return none;
  const shortest = (window: (cache: OutputCache) => number | undefined): number => {
    const windows = [...caches].map((cache) => (cache && window(cache)) ?? 0);
    return windows.length === 0 ? 0 : Math.min(...windows);
  };
  return {
    kind: "some",
    maxAgeSeconds,
    staleWhileRevalidateSeconds: shortest((cache) => cache.staleWhileRevalidateSeconds),
    staleIfErrorSeconds: shortest((cache) => cache.staleIfErrorSeconds),
    isPrivate: parts.some(({ hint }) => hint?.isPrivate === true),
    isGoverned,
  };
}

function countFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  counted: Map<string, number>,
): number {
  let count = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value;
      const within = counted.get(name) ?? countFields(fragments.get(name)?.selectionSet ?? empty, fragments, counted);
      counted.set(name, within);
      count += within;
    } else {
      count += selection.kind === Kind.FIELD ? 1 : 0;
      if (selection.selectionSet !== undefined) count += countFields(selection.selectionSet, fragments, counted);
    }
  }
  return count;
}

const empty: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };

/** The fields of the root type, fragments seen through. */
function rootFields(set: SelectionSetNode, walk: Walk): readonly FieldNode[] {
  return set.selections.flatMap((selection): readonly FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.fragments.get(selection.name.value);
    return fragment === undefined ? [] : rootFields(fragment.selectionSet, walk);
  });
}

function visitFields(
  set: SelectionSetNode,
  parent: GraphQLCompositeType,
  walk: Walk,
  visit: (type: GraphQLCompositeType, field: FieldNode) => void,
): void {
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD) {
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition && walk.schema.getType(fragment.typeCondition.name.value);
      visitFields(fragment.selectionSet, isCompositeType(condition) ? condition : parent, walk, visit);
      continue;
    }
    if (selection.name.value.startsWith("__")) continue;
    visit(parent, selection);
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined;
    const returned = field && getNamedType(field.type);
    if (selection.selectionSet !== undefined && isCompositeType(returned)) {
      visitFields(selection.selectionSet, returned, walk, visit);
    }
  }
}
