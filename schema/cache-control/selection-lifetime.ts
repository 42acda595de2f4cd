/**
 * For how long what a selection selects may be kept, by the rules of `@cacheControl`
 * (https://www.apollographql.com/docs/apollo-server/performance/caching):
 *
 * 1. A field's hint is its own; what its own does not say, the type that it returns says.
 * 2. Root fields, and fields that return objects, live for no time unless a hint says so; other fields live as long as
 *    the object that has them.
 * 3. `inheritMaxAge` lets a field that returns objects live as long as the object that has it.
 * 4. The shortest lifetime holds for the whole, and one that is private makes the whole private.
 *
 * In: a selection, the type that it selects of. Out: the whole's lifetime, and who limits it. Cost: linear in the selection.
 */
import {
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { type CacheHint, type CacheHints, hintOf } from "./cache-hints.ts";

export interface SelectionLifetime {
  /** Seconds. */
  readonly maxAge: number;
  readonly isPrivate: boolean;
  /** The coordinate whose hint, or whose lack of one, makes it no longer than this. */
  readonly limitedBy: string;
}

export interface SelectionOf {
  readonly schema: GraphQLSchema;
  readonly hints: CacheHints;
  readonly fragments?: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** Of a root type's fields. Undefined when no hint speaks of anything in it. What is under `@skip` or `@include` counts. */
export function rootLifetime(
  selections: SelectionSetNode,
  root: GraphQLObjectType,
  of: SelectionOf,
): SelectionLifetime | undefined {
  const walk = createWalk(of);
  walk.visit(selections, root, true);
  return walk.read();
}

/** Of objects that are asked for by their keys: fragments on their types, as below `_entities`. Likewise. */
export function entityLifetime(selections: SelectionSetNode, of: SelectionOf): SelectionLifetime | undefined {
  const walk = createWalk(of);
  const visit = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) continue;
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : of.fragments?.get(selection.name.value);
      if (fragment === undefined) continue;
      const type = fragment.typeCondition && of.schema.getType(fragment.typeCondition.name.value);
      if (!isCompositeType(type)) {
        visit(fragment.selectionSet);
        continue;
      }
      walk.enter(type);
      walk.visit(fragment.selectionSet, type, false);
    }
  };
  visit(selections);
  return walk.read();
}

interface Walk {
  /** An object of this type is asked for by its key. */
  enter(type: GraphQLCompositeType): void;
  visit(set: SelectionSetNode, type: GraphQLCompositeType, isRoot: boolean): void;
  read(): SelectionLifetime | undefined;
}

function createWalk({ schema, hints, fragments }: SelectionOf): Walk {
  let heard = false;
  let maxAge = Number.POSITIVE_INFINITY;
  let isPrivate = false;
  let limitedBy = "";

  const limit = (age: number, coordinate: string): void => {
    if (age >= maxAge) return;
    maxAge = age;
    limitedBy = coordinate;
  };
  const listen = (hint: CacheHint | undefined): void => {
    if (hint === undefined) return;
    heard = true;
    isPrivate ||= hint.isPrivate;
  };

  const visitField = (
    parent: GraphQLCompositeType,
    name: string,
    set: SelectionSetNode | undefined,
    isRoot: boolean,
  ): void => {
    if (name.startsWith("__")) return;
    const coordinate = `${parent.name}.${name}`;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const returned = field && getNamedType(field.type);
    const own = hintOf(hints, coordinate);
    const ofType = returned && hintOf(hints, returned.name);
    listen(own);
    listen(ofType);
    const isObject = returned !== undefined && isCompositeType(returned);
    if (own?.maxAge !== undefined) limit(own.maxAge, coordinate);
    else if (!own?.inherits) {
      if (ofType?.maxAge !== undefined) limit(ofType.maxAge, returned?.name ?? coordinate);
      else if (!ofType?.inherits && (isRoot || isObject)) limit(0, coordinate);
    }
    if (set !== undefined && isObject) visit(set, returned, false);
  };

  const visit = (set: SelectionSetNode, parent: GraphQLCompositeType, isRoot: boolean): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        visitField(parent, selection.name.value, selection.selectionSet, isRoot);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments?.get(selection.name.value);
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
      visit(fragment.selectionSet, isCompositeType(condition) ? condition : parent, isRoot);
    }
  };

  return {
    enter(type) {
      const hint = hintOf(hints, type.name);
      listen(hint);
      limit(hint?.maxAge ?? 0, type.name);
    },
    visit,
    read: () => (heard && Number.isFinite(maxAge) ? { maxAge, isPrivate, limitedBy } : undefined),
  };
}
