/**
 * What should be missing when subgraphs fail: an oracle that runs the operation on the unsplit schema and lets exactly
 * those fields throw that the failing requests should have delivered.
 *
 * For every field of the client that the unsplit schema resolves, the oracle looks in the plan for the fetches that
 * deliver it (a fetch at its place or above whose selections lead to it for the types of the objects around it), and asks
 * for each what becomes of it there:
 *
 * - its representation cannot be built, because something required is delivered by nobody who succeeds: it **fails**;
 * - its subgraph fails, or reports an error for the entity: it **fails**;
 * - its subgraph does not know the entity: it is **unknown**;
 * - otherwise it **succeeds**.
 *
 * The field is resolved when one of its fetches succeeds, throws when one fails, and is null when none knows the entity.
 *
 * An object behind an interface that its subgraph knows as an object type (`@interfaceObject`) is of a type that another
 * subgraph has to tell. If the plan asks for it, the object fails when that subgraph does.
 */
import {
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
} from "graphql";
import { answerName } from "../../gateway/plan/answer-name.ts";
import { type Fetch, fetchesOf, type Requirement, type Selection } from "../../gateway/plan/plan.ts";
import type { PlannedOperation } from "../../gateway/plan/planner.ts";
import { asksForType } from "./asks-for-type.ts";

/** How a subgraph fails: all of its requests, or only those of one kind. */
export type Outage = "all" | "roots" | "entities";

export interface Failures {
  readonly outages: ReadonlyMap<string, Outage>;
  /** Entities that a subgraph does not find, or that it fails to find, as `subgraph Type#row`. */
  readonly unknown: ReadonlySet<string>;
  readonly broken: ReadonlySet<string>;
}

type Fate =
  | { readonly kind: "succeeds" }
  | { readonly kind: "unknown" }
  | { readonly kind: "fails"; readonly subgraphs: ReadonlySet<string> };

/** An object on the way from the root: where it is, of which type, and its row. */
interface Place {
  readonly names: readonly string[];
  readonly instance: string;
  readonly type: string;
  readonly row: number | undefined;
  readonly above: Place | undefined;
}

export interface Oracle {
  /** To be asked for each field as it is resolved, parents first. */
  fateOf(source: unknown, info: GraphQLResolveInfo): Fate;
  /** To be asked for each object that the field led to; `positions` are those in its lists. */
  fateOfType(source: unknown, info: GraphQLResolveInfo, object: object, positions: readonly number[]): Fate;
}

const succeeds: Fate = { kind: "succeeds" };

/** `typeOwners`: which subgraph alone knows that an object is of a type. */
export function createOracle(
  planned: PlannedOperation,
  failures: Failures,
  supergraph: GraphQLSchema,
  typeOwners: ReadonlyMap<string, string>,
): Oracle {
  const fetches = fetchesOf(planned.plan.root);
  const namesByPath = new Map<string, readonly string[]>([["", []]]);
  const places = new Map<string, Place>();
  const fates = new Map<string, Fate>();
  const underWay = new Set<string>();

  function keyOf(node: FieldNode, isRoot: boolean): string {
    return planned.names.keyOf(node, isRoot && planned.operation.operation === "mutation");
  }

  /** Registers the field's own path, so that the fields below find their place. */
  function placeAround(source: unknown, info: GraphQLResolveInfo): Place {
    const parentPath = pathText(info.path.prev);
    const fieldsPath = pathText(lastField(info.path.prev));
    const names = namesByPath.get(fieldsPath) ?? [];
    const [node] = info.fieldNodes;
    if (node === undefined) throw new Error("A field without nodes.");
    namesByPath.set(pathText(info.path), [...names, keyOf(node, info.path.prev === undefined)]);
    const row = typeof source === "object" && source !== null && "row" in source ? Number(source.row) : undefined;
    const known = places.get(parentPath);
    if (known !== undefined) return known;
    const field = lastField(info.path.prev);
    const above = field === undefined ? undefined : places.get(pathText(field.prev));
    const place: Place = { names, instance: parentPath, type: info.parentType.name, row, above };
    places.set(parentPath, place);
    return place;
  }

  function fate(place: Place, key: string): Fate {
    // A fetch may deliver again what its own representations need.
    const sources = deliverers(place, key).filter(({ fetch, owner }) => !underWay.has(`${fetch.id} ${owner.instance}`));
    const found = sources.map(({ fetch, owner }) => fateOfFetch(fetch, owner));
    if (found.length === 0) throw new Error(`Nothing delivers ${place.type}.${key} at ${place.instance}.`);
    return combine(found);
  }

  function deliverers(place: Place, key: string): { readonly fetch: Fetch; readonly owner: Place }[] {
    return fetches.flatMap((fetch) => {
      const owner = ownerOf(fetch, place);
      return owner !== undefined && delivers(fetch, owner, place, key) ? [{ fetch, owner }] : [];
    });
  }

  function combine(found: readonly Fate[]): Fate {
    if (found.some(({ kind }) => kind === "succeeds")) return succeeds;
    const subgraphs = found.flatMap((each) => (each.kind === "fails" ? [...each.subgraphs] : []));
    return subgraphs.length > 0 ? { kind: "fails", subgraphs: new Set(subgraphs) } : { kind: "unknown" };
  }

  function fateOfFetch(fetch: Fetch, owner: Place): Fate {
    const id = `${fetch.id} ${owner.instance}`;
    const known = fates.get(id);
    if (known !== undefined) return known;
    underWay.add(id);
    const found = computeFate(fetch, owner);
    underWay.delete(id);
    fates.set(id, found);
    return found;
  }

  function computeFate(fetch: Fetch, owner: Place): Fate {
    const outage = failures.outages.get(fetch.subgraph);
    const fails: Fate = { kind: "fails", subgraphs: new Set([fetch.subgraph]) };
    if (fetch.requires === undefined) return outage === "all" || outage === "roots" ? fails : succeeds;
    const missing = missingFor(fetch.requires, owner) ?? missingAround(fetch, owner);
    if (missing !== undefined) return missing;
    if (outage === "all" || outage === "entities") return fails;
    const entity = `${fetch.subgraph} ${owner.type}#${owner.row}`;
    if (failures.broken.has(entity)) return fails;
    return failures.unknown.has(entity) ? { kind: "unknown" } : succeeds;
  }

  /** Values for arguments come from the objects around. */
  function missingAround({ contextRewrites }: Fetch, owner: Place): Fate | undefined {
    for (const { path } of contextRewrites) {
      let at: Place | undefined = owner;
      for (const segment of path) {
        if (segment === "..") at = at?.above;
        else if (at !== undefined && !segment.startsWith("... on ")) return missingField(at, segment);
      }
    }
    return undefined;
  }

  function missingFor(requirements: readonly Requirement[], owner: Place): Fate | undefined {
    for (const requirement of requirements) {
      if (requirement.kind === "fragment") {
        const missing = admits(requirement.on, owner.type) ? missingFor(requirement.selections, owner) : undefined;
        if (missing !== undefined) return missing;
        continue;
      }
      // Whoever brings an object says what it is.
      if (requirement.name === "__typename") continue;
      const missing = missingField(owner, requirement.from);
      if (missing !== undefined) return missing;
    }
    return undefined;
  }

  function missingField(place: Place, key: string): Fate | undefined {
    const found = fate(place, key);
    if (found.kind === "fails") return found;
    // The subgraph that does not know the entity is to blame for what needs something of it.
    return found.kind === "unknown" ? { kind: "fails", subgraphs: subgraphsOf(place, key) } : undefined;
  }

  function subgraphsOf(place: Place, key: string): ReadonlySet<string> {
    return new Set(deliverers(place, key).map(({ fetch }) => fetch.subgraph));
  }

  /** The object at a fetch's own place that a place lies in. */
  function ownerOf(fetch: Fetch, place: Place): Place | undefined {
    const names = fetch.path.filter((segment) => segment !== "@");
    let owner: Place | undefined = place;
    while (owner !== undefined && owner.names.length > names.length) owner = owner.above;
    return owner?.names.join(".") === names.join(".") ? owner : undefined;
  }

  function delivers(fetch: Fetch, owner: Place, place: Place, key: string): boolean {
    const way: Place[] = [];
    for (let at: Place | undefined = place; at !== undefined && at !== owner; at = at.above) way.unshift(at);
    const walk = (selections: readonly Selection[], keys: readonly string[], at: Place, depth: number): boolean =>
      selections.some((selection) => {
        if (selection.kind === "fragment") {
          return (
            (selection.on === undefined || admits(selection.on, at.type)) && walk(selection.selections, keys, at, depth)
          );
        }
        const path = [...keys, selection.key];
        const name = answerName(fetch, path);
        const next = way[depth];
        if (next === undefined) return name === key;
        return name === next.names.at(-1) && walk(selection.selections ?? [], path, next, depth + 1);
      });
    return walk(fetch.selections, [], owner, 0);
  }

  function admits(condition: string, type: string): boolean {
    if (condition === type) return true;
    const [abstract, object] = [supergraph.getType(condition), supergraph.getType(type)];
    return isAbstractType(abstract) && object !== undefined && supergraph.isSubType(abstract, object as never);
  }

  return {
    fateOf(source, info) {
      const place = placeAround(source, info);
      const [node] = info.fieldNodes;
      if (node === undefined) throw new Error("A field without nodes.");
      return fate(place, keyOf(node, info.path.prev === undefined));
    },
    fateOfType(source, info, object, positions) {
      const { __typename: type, row } = object as { readonly __typename?: string; readonly row?: number };
      const owner = typeOwners.get(type ?? "");
      const declared = getNamedType(info.returnType);
      if (type === undefined || owner === undefined || !isInterfaceType(declared)) return succeeds;
      if (!asksForType(info, declared)) return succeeds;
      const above = placeAround(source, info);
      const names = namesByPath.get(pathText(info.path)) ?? [];
      const instance = [pathText(info.path), ...positions].join("/");
      const telling = deliverers({ names, instance, type, row, above }, "__typename").filter(
        ({ fetch }) => fetch.subgraph === owner,
      );
      return telling.length === 0 ? succeeds : combine(telling.map((each) => fateOfFetch(each.fetch, each.owner)));
    },
  };
}

type ResponsePath = GraphQLResolveInfo["path"];

function pathText(path: ResponsePath | undefined): string {
  return path === undefined ? "" : `${pathText(path.prev)}/${path.key}`;
}

/** The innermost step that is a field rather than a position. */
function lastField(path: ResponsePath | undefined): ResponsePath | undefined {
  let at = path;
  while (at !== undefined && typeof at.key === "number") at = at.prev;
  return at;
}
