/**
 * Why a field of an object is not there: found from the plan (who should have delivered it) and from what happened to
 * those fetches.
 *
 * A fetch that was never sent for an object, because its representation could not be built, leads on to whoever should
 * have delivered what the representation needs; the field is then missing for that one's failure.
 *
 * Hot: never. Once for each field that is missing.
 */
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from "graphql";
import { answerName } from "../../plan/answer-name.ts";
import type { Requirement, Selection } from "../../plan/plan.ts";
import type { Attribution } from "./attribute-problems.ts";
import type { Path } from "./error-list.ts";
import { type Cause, unfit } from "./failure.ts";
import type { Link, Place, Places } from "./places.ts";
import { createNodeFinder, readFieldOf } from "./read-objects.ts";
import type { JsonObject, Node, RunState } from "./run-state.ts";

/** An object and those around it, up to the root. */
export interface Enclosed {
  readonly place: Place;
  readonly object: JsonObject;
  readonly above: Enclosed | undefined;
  /** Our name of the field, and positions in its lists, that lead here from the object above. */
  readonly keys?: Path | undefined;
}

interface Explanation {
  readonly cause: Cause;
  /** A fetch failed, or a subgraph said that something went wrong. */
  readonly failed: boolean;
  /** The object that an error elsewhere in the same answer took along, if that is why the field is missing. */
  readonly lost: Enclosed | undefined;
}

export interface Explainer {
  /**
   * Undefined when it is right that the field is not there: its entity is unknown to its subgraph, which said so by null.
   * `type` is the object's type, or the interface it is known as.
   */
  explain(at: Enclosed, type: string, key: string, coordinate: string): Explanation | undefined;
  /** The node that a link hung on an object of its place. */
  nodeAt(link: Link, object: JsonObject): Node | undefined;
}

/** What happened to the fetch that should have delivered a field. */
type Reason =
  | { readonly kind: "failure"; readonly cause: Cause; readonly lost: Enclosed | undefined }
  | { readonly kind: "left-out"; readonly link: Link; readonly coordinate: string; readonly needed: boolean }
  | { readonly kind: "unknown-entity"; readonly link: Link };

export function createExplainer(
  run: RunState,
  places: Places,
  schema: GraphQLSchema,
  attribution: Attribution,
): Explainer {
  const causes = new Map<string, Cause>();
  const nodeAt = createNodeFinder(run);

  function causeFor(message: string, subgraph: string | undefined): Cause {
    const cause = causes.get(message) ?? unfit(message, subgraph);
    causes.set(message, cause);
    return cause;
  }

  function reasonFor(
    at: Enclosed,
    type: string | undefined,
    key: string,
    coordinate: string,
    seen: ReadonlySet<Link>,
  ): Reason | undefined {
    const reasons = deliverersOf(at, type, key).flatMap(({ link, owner }): Reason[] => {
      if (seen.has(link)) return [];
      const reason = whatHappened(link, owner, typeAt(owner, owner === at ? type : undefined), coordinate, seen);
      return reason === undefined ? [] : [reason];
    });
    // Of several that should have delivered it, a failure says more than an entity that is not known.
    return (
      reasons.find((reason) => reason.kind === "failure" && reason.lost === undefined) ??
      reasons.find((reason) => reason.kind !== "unknown-entity") ??
      reasons[0]
    );
  }

  function whatHappened(
    link: Link,
    owner: Enclosed,
    type: string | undefined,
    coordinate: string,
    seen: ReadonlySet<Link>,
  ): Reason | undefined {
    const { id } = link.fetch;
    const node = nodeAt(link, owner.object);
    if (!link.constant && node === undefined) return missingRequirement(link, owner, type, new Set([...seen, link]));
    const failure = (node && attribution.failureByNode.get(node)) ?? attribution.failureByFetch.get(id);
    if (failure !== undefined && node?.entity === undefined)
      return { kind: "failure", cause: failure, lost: undefined };
    const collateral = (node && attribution.collateralByNode.get(node)) ?? attribution.collateralByFetch.get(id);
    if (collateral !== undefined && node?.entity === undefined) {
      return { kind: "failure", cause: collateral, lost: owner };
    }
    if (!link.constant && node?.entity === undefined) {
      const wasAsked = node === undefined || node.index >= 0;
      return wasAsked ? { kind: "unknown-entity", link } : missingContext(link, owner, new Set([...seen, link]));
    }
    return { kind: "left-out", link, coordinate, needed: false };
  }

  /** Why an object has no representation for a link. */
  function missingRequirement(
    link: Link,
    owner: Enclosed,
    type: string | undefined,
    seen: ReadonlySet<Link>,
  ): Reason | undefined {
    const find = (requirements: readonly Requirement[], at: Enclosed, of: string | undefined): Reason | undefined => {
      for (const requirement of requirements) {
        if (requirement.kind === "fragment") {
          const reason = isPossible(requirement.on, of) ? find(requirement.selections, at, of) : undefined;
          if (reason !== undefined) return reason;
          continue;
        }
        const value = readFieldOf(run, at.place, at.object, requirement.from);
        const coordinate = `${of ?? requirement.from}.${requirement.name}`;
        const reason =
          value === undefined
            ? asNeeded(reasonFor(at, of, requirement.from, coordinate, seen), coordinate)
            : findInside(value, requirement, at);
        if (reason !== undefined) return reason;
      }
      return undefined;
    };
    const findInside = (value: unknown, requirement: Requirement, at: Enclosed): Reason | undefined => {
      const child = requirement.kind === "field" ? at.place.children.get(requirement.from) : undefined;
      if (requirement.selections === undefined || child === undefined) return undefined;
      if (Array.isArray(value)) {
        for (const item of value) {
          const reason = findInside(item, requirement, at);
          if (reason !== undefined) return reason;
        }
        return undefined;
      }
      if (typeof value !== "object" || value === null) return undefined;
      const inner: Enclosed = { place: child, object: value as JsonObject, above: at };
      return find(requirement.selections, inner, typeAt(inner, undefined));
    };
    return find(link.fetch.requires ?? [], owner, type);
  }

  /** Why an object has no value for an argument that comes from the objects around it. */
  function missingContext(link: Link, owner: Enclosed, seen: ReadonlySet<Link>): Reason | undefined {
    for (const { path } of link.fetch.contextRewrites) {
      let at: Enclosed | undefined = owner;
      for (const segment of path) {
        if (at === undefined || segment.startsWith("... on ")) continue;
        if (segment === "..") {
          at = at.above;
          continue;
        }
        const value = readFieldOf(run, at.place, at.object, segment);
        if (value === undefined) {
          const type = typeAt(at, undefined);
          const coordinate = `${type ?? segment}.${segment}`;
          return asNeeded(reasonFor(at, type, segment, coordinate, seen), coordinate);
        }
        const place: Place | undefined = at.place.children.get(segment);
        if (place === undefined || typeof value !== "object" || value === null) break;
        at = { place, object: value as JsonObject, above: at };
      }
    }
    return undefined;
  }

  /** The links that should have delivered a field, each with the object that it belongs to. */
  function deliverersOf(
    at: Enclosed,
    type: string | undefined,
    key: string,
  ): { readonly link: Link; readonly owner: Enclosed }[] {
    return (at.place.deliveries.get(key) ?? []).flatMap(({ fetch }) => {
      const link = places.linkById.get(fetch.id);
      if (link === undefined) return [];
      const names: string[] = [];
      let owner: Enclosed | undefined = at;
      while (owner !== undefined && owner.place !== link.place) {
        names.unshift(owner.place.name);
        owner = owner.above;
      }
      if (owner === undefined || !delivers(link, fetch.selections, names, [], type, key)) return [];
      return [{ link, owner }];
    });
  }

  function delivers(
    link: Link,
    selections: readonly Selection[],
    [name, ...names]: readonly string[],
    keys: readonly string[],
    type: string | undefined,
    key: string,
  ): boolean {
    return selections.some((selection) => {
      if (selection.kind === "fragment") {
        const applies = name !== undefined || selection.on === undefined || isPossible(selection.on, type);
        const rest = name === undefined ? [] : [name, ...names];
        return applies && delivers(link, selection.selections, rest, keys, type, key);
      }
      const path = [...keys, selection.key];
      const answered = answerName(link.fetch, path);
      if (name === undefined) return answered === key;
      return answered === name && delivers(link, selection.selections ?? [], names, path, type, key);
    });
  }

  function typeAt({ place, object }: Enclosed, known: string | undefined): string | undefined {
    if (known !== undefined) return known;
    const typename = readFieldOf(run, place, object, "__typename");
    return typeof typename === "string" ? typename : undefined;
  }

  /** Whether an object known as `type` can be of the type of a condition; anything can, when nobody knows its type. */
  function isPossible(condition: string, type: string | undefined): boolean {
    if (type === undefined || condition === type) return true;
    const [conditional, own] = [schema.getType(condition), schema.getType(type)];
    const composite = (isObjectType(own) || isInterfaceType(own)) && isAbstractType(conditional);
    if (composite && schema.isSubType(conditional, own)) return true;
    return isAbstractType(own) && (isObjectType(conditional) || isInterfaceType(conditional))
      ? schema.isSubType(own, conditional)
      : false;
  }

  return {
    nodeAt,
    explain(at, type, key, coordinate) {
      const reason = reasonFor(at, type, key, coordinate, new Set());
      switch (reason?.kind) {
        case "failure":
          return { cause: reason.cause, failed: true, lost: reason.lost };
        case "left-out": {
          const { subgraph } = reason.link.fetch;
          const message = reason.needed
            ? `"${coordinate}" needs "${reason.coordinate}", which subgraph "${subgraph}" did not give`
            : `Subgraph "${subgraph}" left out "${coordinate}"`;
          return { cause: causeFor(message, subgraph), failed: false, lost: undefined };
        }
        case "unknown-entity":
          return undefined;
        case undefined:
          return {
            cause: causeFor(`No subgraph was asked for "${coordinate}"`, undefined),
            failed: false,
            lost: undefined,
          };
      }
    },
  };
}

/** What needs a field of an entity that is not known has more to tell than the field itself. */
function asNeeded(reason: Reason | undefined, coordinate: string): Reason | undefined {
  if (reason === undefined || reason.kind === "failure") return reason;
  if (reason.kind === "left-out" && reason.needed) return reason;
  return { kind: "left-out", link: reason.link, coordinate, needed: true };
}
