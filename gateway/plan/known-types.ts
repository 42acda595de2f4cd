/**
 * Objects whose type is known before they arrive need not say it. The planner asks for `__typename` wherever entities
 * are; where everybody who delivers a place delivers the same object type, the answer can only be one word, which costs
 * a subgraph to write and us to parse for every object (a third of the bytes of the usual deep query's largest answer).
 *
 * Interfaces and unions of the supergraph keep theirs, and so does an object type of a subgraph that stands for an
 * interface (`@interfaceObject`): the supergraph's word for it is not an object type.
 */
import { type GraphQLNamedType, type GraphQLSchema, getNamedType, isInterfaceType, isObjectType } from "graphql";
import { answerName } from "./answer-name.ts";
import { type Fetch, fetchesOf, mapFetches, type PlanNode, type Selection } from "./plan.ts";

/** Place (response names joined with dots) → the only object type that can be there. */
export type KnownTypes = ReadonlyMap<string, string>;

/** Over all fetches of a plan, whatever their conditions. */
export function findKnownTypes(root: PlanNode | undefined, schema: GraphQLSchema): KnownTypes {
  const typesByPlace = new Map<string, Set<GraphQLNamedType | undefined>>();
  const note = (place: string, type: GraphQLNamedType | undefined): void => {
    const types = typesByPlace.get(place) ?? new Set();
    typesByPlace.set(place, types.add(type));
  };

  function walk(
    fetch: Fetch,
    selections: readonly Selection[],
    type: GraphQLNamedType | undefined,
    keys: readonly string[],
    place: readonly string[],
  ): void {
    for (const selection of selections) {
      if (selection.kind === "fragment") {
        walk(
          fetch,
          selection.selections,
          selection.on === undefined ? type : schema.getType(selection.on),
          keys,
          place,
        );
      } else if (selection.selections !== undefined) {
        const path = [...keys, selection.key];
        const below = [...place, answerName(fetch, path)];
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name] : undefined;
        const fieldType = field && getNamedType(field.type);
        note(below.join("."), fieldType);
        walk(fetch, selection.selections, fieldType, path, below);
      }
    }
  }

  for (const fetch of fetchesOf(root)) {
    const place = placeOf(fetch);
    const start = fetch.requires === undefined ? rootType(schema, fetch, place) : undefined;
    walk(fetch, fetch.selections, start, [], place);
  }

  const known = new Map<string, string>();
  for (const [place, [type, ...others]] of typesByPlace) {
    if (others.length === 0 && isObjectType(type)) known.set(place, type.name);
  }
  return known;
}

/** The same plan without `__typename` where it is known; a selection set that had nothing else keeps it. */
export function dropKnownTypenames(root: PlanNode | undefined, known: KnownTypes): PlanNode | undefined {
  return root && mapFetches(root, (fetch) => [dropFrom(fetch, known)]);
}

function dropFrom(fetch: Fetch, known: KnownTypes): Fetch {
  function without(
    selections: readonly Selection[],
    keys: readonly string[],
    place: readonly string[],
  ): readonly Selection[] {
    // Entities say what they are: a representation without an answer is told from another by it.
    const isKnown = keys.length > 0 && known.has(place.join("."));
    const kept = selections.flatMap((selection): Selection[] => {
      if (selection.kind === "fragment")
        return [{ ...selection, selections: without(selection.selections, keys, place) }];
      if (isKnown && selection.name === "__typename") return [];
      if (selection.selections === undefined) return [selection];
      const path = [...keys, selection.key];
      return [{ ...selection, selections: without(selection.selections, path, [...place, answerName(fetch, path)]) }];
    });
    return kept.length === 0 ? selections : kept;
  }
  return { ...fetch, selections: without(fetch.selections, [], placeOf(fetch)) };
}

function rootType(schema: GraphQLSchema, fetch: Fetch, place: readonly string[]): GraphQLNamedType | undefined {
  const isMutation = fetch.operation === "mutation" && place.length === 0;
  return (isMutation ? schema.getMutationType() : schema.getQueryType()) ?? undefined;
}

function placeOf(fetch: Fetch): readonly string[] {
  return fetch.path.filter((segment) => segment !== "@");
}
