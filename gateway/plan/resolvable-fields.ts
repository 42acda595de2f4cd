/**
 * Measure against planner faults: a field that no subgraph can resolve at its place is dropped silently, and the client
 * would get `null` without an error. Known for interfaces without runtime types behind `@interfaceObject`; whatever else
 * the planner may drop is found here too, since the plan is held against the operation field by field.
 *
 * The operation is walked as it would be executed, once for each object type that can be at a place. What is known of an
 * object are the selections that reach it: those of the fetch that brings it, and those of the entity fetches at its
 * place whose representations can be built from what is known. A field must be among them.
 *
 * Types that a subgraph cannot have at a place are left out, as the planner does. Cost: at plan time, once for each
 * (selection set, type, selections that reach it).
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { GatewayErrorCode } from "../errors.ts";
import { answerName } from "./answer-name.ts";
import { type Fetch, type FieldSelection, fetchesOf, type PlanNode, type Requirement, type Selection } from "./plan.ts";
import type { PossibleTypes } from "./possible-types.ts";
import type { ReservedNames } from "./reserved-names.ts";

export interface ResolvableFieldsInput {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly names: ReservedNames;
  readonly root: PlanNode | undefined;
  readonly supergraphSchema: GraphQLSchema;
  readonly apiSchema: GraphQLSchema;
  readonly possibleTypes: PossibleTypes;
}

/** Selections of a fetch that reach an object; `keys` lead there from the fetch's root. */
interface Source {
  readonly fetch: Fetch;
  readonly selections: readonly Selection[];
  readonly keys: readonly string[];
}

/** Throws a GraphQLError (`FIELD_NOT_RESOLVABLE`) at the client's path of the first field that no fetch delivers. */
export function assertFieldsPlanned(input: ResolvableFieldsInput): void {
  const { document, operation, names, supergraphSchema: schema, apiSchema, possibleTypes } = input;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const fetchesByPlace = new Map<string, Fetch[]>();
  const rootSources: Source[] = [];
  for (const fetch of fetchesOf(input.root)) {
    if (fetch.path.length === 0 && fetch.requires === undefined) rootSources.push(whole(fetch));
    else {
      const place = placeKey(fetch.path.filter((segment) => segment !== "@"));
      fetchesByPlace.set(place, [...(fetchesByPlace.get(place) ?? []), fetch]);
    }
  }
  const idOf = createIds();
  const checked = new Set<string>();

  function check(
    type: GraphQLObjectType,
    sets: readonly SelectionSetNode[],
    reaching: readonly Source[],
    place: readonly string[],
    path: readonly string[],
  ): void {
    const key = [type.name, placeKey(place), ...sets.map(idOf), "|", ...reaching.map((each) => idOf(each.selections))];
    const text = key.join(" ");
    if (checked.has(text)) return;
    checked.add(text);

    const sources = withEntities(type, reaching, fetchesByPlace.get(placeKey(place)) ?? []);
    const isRoot = place.length === 0;
    for (const [responseName, nodes] of collect(type, sets)) {
      const [node] = nodes;
      const name = node?.name.value ?? "";
      if (node === undefined || name.startsWith("__")) continue;
      const fieldKey = names.keyOf(node, isRoot && operation.operation === "mutation");
      const found = sources.flatMap((source) => fieldsOf(source, type.name, fieldKey));
      if (found.length === 0) throw notResolvable(type, name, [...path, responseName]);
      const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length === 0) continue;
      const possible = new Set(
        found.flatMap(({ source, field }) => possibleTypes(source.fetch.subgraph, type.name, field.name)),
      );
      const next = found.map(
        ({ source, field }): Source => ({
          fetch: source.fetch,
          selections: field.selections ?? [],
          keys: [...source.keys, field.key],
        }),
      );
      for (const typeName of possible) {
        const runtimeType = schema.getType(typeName);
        // Objects of an inaccessible type are nulled, whatever was asked of them.
        if (!isObjectType(runtimeType) || apiSchema.getType(typeName) === undefined) continue;
        check(runtimeType, below, next, [...place, fieldKey], [...path, responseName]);
      }
    }
  }

  /** The entity fetches that can be sent for an object of this type, added to what reaches it anyway. */
  function withEntities(
    type: GraphQLObjectType,
    reaching: readonly Source[],
    fetches: readonly Fetch[],
  ): readonly Source[] {
    const sources = [...reaching];
    let waiting = fetches;
    for (let progress = true; progress; ) {
      const ready = waiting.filter((fetch) => isSatisfied(fetch, type, sources));
      for (const fetch of ready) sources.push(whole(fetch));
      waiting = waiting.filter((fetch) => !ready.includes(fetch));
      progress = ready.length > 0;
    }
    return sources;
  }

  function isSatisfied(fetch: Fetch, type: GraphQLObjectType, sources: readonly Source[]): boolean {
    if (fetch.requires === undefined) return true;
    let applies = false;
    const holds = (requirements: readonly Requirement[]): boolean =>
      requirements.every((requirement) => {
        if (requirement.kind === "fragment") {
          if (!admits(requirement.on, type.name)) return true;
          applies = true;
          return holds(requirement.selections);
        }
        const { from } = requirement;
        return from === "__typename" || sources.some((source) => fieldsOf(source, type.name, from).length > 0);
      });
    return holds(fetch.requires) && applies;
  }

  function fieldsOf(
    source: Source,
    type: string,
    key: string,
  ): { readonly source: Source; readonly field: FieldSelection }[] {
    const walk = (selections: readonly Selection[]): FieldSelection[] =>
      selections.flatMap((selection) => {
        if (selection.kind === "field") {
          return answerName(source.fetch, [...source.keys, selection.key]) === key ? [selection] : [];
        }
        return selection.on === undefined || admits(selection.on, type) ? walk(selection.selections) : [];
      });
    return walk(source.selections).map((field) => ({ source, field }));
  }

  /** CollectFields of the GraphQL specification (section 6.3.2); the document's conditions are decided. */
  function collect(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ReadonlyMap<string, FieldNode[]> {
    const found = new Map<string, FieldNode[]>();
    const walk = (set: SelectionSetNode): void => {
      for (const node of set.selections) {
        if (node.kind === Kind.FIELD) {
          const name = node.alias?.value ?? node.name.value;
          found.set(name, [...(found.get(name) ?? []), node]);
          continue;
        }
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
        const condition = fragment?.typeCondition?.name.value;
        if (fragment !== undefined && (condition === undefined || admits(condition, type.name))) {
          walk(fragment.selectionSet);
        }
      }
    };
    for (const set of sets) walk(set);
    return found;
  }

  function admits(condition: string, type: string): boolean {
    if (condition === type) return true;
    const [abstract, object] = [schema.getType(condition), schema.getType(type)];
    return isAbstractType(abstract) && isObjectType(object) && schema.isSubType(abstract, object);
  }

  function notResolvable(type: GraphQLObjectType, field: string, path: readonly string[]): GraphQLError {
    const what = path.length === 1 ? `the ${operation.operation} field "${field}"` : `"${type.name}.${field}" here`;
    return new GraphQLError(`No subgraph can resolve ${what}.`, {
      path,
      extensions: { code: "FIELD_NOT_RESOLVABLE" satisfies GatewayErrorCode },
    });
  }

  const rootType = schema.getRootType(operation.operation);
  if (rootType) check(rootType, [operation.selectionSet], rootSources, [], []);
}

function whole(fetch: Fetch): Source {
  return { fetch, selections: fetch.selections, keys: [] };
}

function placeKey(place: readonly string[]): string {
  return place.join(".");
}

function createIds(): (object: object) => number {
  const ids = new Map<object, number>();
  return (object) => {
    const id = ids.get(object) ?? ids.size;
    ids.set(object, id);
    return id;
  };
}
