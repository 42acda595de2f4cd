/**
 * Subgraphs' own errors at the client's paths. While an answer is completed, the error trees that reach a value go down
 * with it: by our name of a field, by an item's position.
 */
import type { Requirement } from "../../plan/plan.ts";
import { type FieldShape, type ObjectShape, objectOf, type TypeShape } from "./answer-shape.ts";
import type { Attribution, ErrorTree } from "./attribute-problems.ts";
import type { Path } from "./error-list.ts";
import type { Enclosed, Explainer } from "./explain-missing.ts";
import type { Cause } from "./failure.ts";
import type { Place } from "./places.ts";

export type ErrorTrees = readonly ErrorTree[];
export const noTrees: ErrorTrees = [];

/** What subgraphs say of an object. */
export interface ObjectErrors {
  readonly trees: ErrorTrees;
  /** Keys whose errors are in the list already. */
  readonly placed: ReadonlySet<string | number>;
}

export interface ErrorPlacer {
  place(at: Enclosed, fields: readonly FieldShape[], path: Path | undefined, inherited: ErrorTrees): ObjectErrors;
  /**
   * Adds every error of a tree whose value is null, where it would be if the null were an object: at each of the names that
   * the client gave its field, or as deep as the client asked when something else needs the field.
   */
  placeNull(tree: ErrorTree, type: TypeShape, path: Path | undefined): void;
  /** The trees that reach an object from those around it. */
  inherited(at: Enclosed): ErrorTrees;
}

export type AddError = (cause: Cause, path: Path | undefined) => void;

/**
 * Finds the trees that reach an object, by the answer that it lies in and by its entities. Adds the errors that belong to
 * the object itself: those of fields that the client did not ask for but something else requires, and all errors of
 * entities that came out as null, since nothing of them will be visited. What neither client nor requirements ask for (the
 * planner fetches the fields of all types that can be at a place) is nobody's.
 *
 * `selected`: what the client asks for in all parts of its answer, when it comes in several.
 */
export function createErrorPlacer(
  attribution: Attribution,
  explainer: Explainer,
  selected: ReadonlyMap<Place | undefined, ReadonlySet<string>> | undefined,
  addError: AddError,
): ErrorPlacer {
  const { errorsByFetch, errorsByNode, collateralByFetch } = attribution;
  const hasTrees = errorsByFetch.size > 0 || errorsByNode.size > 0;
  const nothing: ObjectErrors = { trees: noTrees, placed: new Set() };

  function place(
    at: Enclosed,
    fields: readonly FieldShape[],
    path: Path | undefined,
    inherited: ErrorTrees,
  ): ObjectErrors {
    if (!hasTrees) return nothing;
    const trees = [...inherited];
    const placed = new Set<string | number>();
    const elsewhere = selected?.get(at.place);
    const placeUnasked = (key: string | number, tree: ErrorTree): void => {
      if (fields.some((field) => field.key === key) || elsewhere?.has(String(key)) || !isRequired(at.place, key))
        return;
      for (const cause of causesOf(tree)) addError(cause, path);
    };
    const placeLost = (tree: ErrorTree): void => {
      for (const cause of tree.causes) addError(cause, path);
      for (const [key, below] of tree.below) {
        placed.add(key);
        for (const { key: own, responseName: segment, value } of fields) {
          if (own === key && value.kind === "value") placeNull(below, value.type, { segment, above: path });
        }
        placeUnasked(key, below);
      }
    };
    for (const link of at.place.links) {
      if (link.constant) {
        const tree = errorsByFetch.get(link.fetch.id);
        if (tree !== undefined && collateralByFetch.has(link.fetch.id)) placeLost(tree);
        else if (tree !== undefined) trees.push(tree);
        continue;
      }
      const node = explainer.nodeAt(link, at.object);
      const tree = node && errorsByNode.get(node);
      if (tree === undefined) continue;
      if (node?.entity === undefined) placeLost(tree);
      else {
        for (const cause of tree.causes) addError(cause, path);
        trees.push(tree);
      }
    }
    for (const tree of trees) for (const [key, below] of tree.below) placeUnasked(key, below);
    return { trees, placed };
  }

  function placeNull(tree: ErrorTree, type: TypeShape, path: Path | undefined): void {
    for (const cause of tree.causes) addError(cause, path);
    for (const [segment, below] of tree.below) {
      const next = step(type, segment, path);
      const isOfOtherPart = selected?.get(objectOf(type)?.place)?.has(String(segment));
      if (next.length === 0 && !isOfOtherPart) for (const cause of causesOf(below)) addError(cause, path);
      for (const { type: nextType, path: nextPath } of next) placeNull(below, nextType, nextPath);
    }
  }

  function inherited({ above, keys }: Enclosed): ErrorTrees {
    if (!hasTrees || above === undefined) return noTrees;
    return segmentsOf(keys).reduce(descend, [...inherited(above), ...ownTrees(above)]);
  }

  /** Of what an object consists of, as far as it is there. */
  function ownTrees(at: Enclosed): ErrorTrees {
    return at.place.links.flatMap((link) => {
      if (link.constant) return collateralByFetch.has(link.fetch.id) ? [] : (errorsByFetch.get(link.fetch.id) ?? []);
      const node = explainer.nodeAt(link, at.object);
      return node?.entity === undefined ? [] : (errorsByNode.get(node) ?? []);
    });
  }

  return { place, placeNull, inherited };
}

function segmentsOf(path: Path | undefined): readonly (string | number)[] {
  return path === undefined ? [] : [...segmentsOf(path.above), path.segment];
}

/** The parts of the trees below a field or an item. */
export function descend(trees: ErrorTrees, segment: string | number): ErrorTrees {
  return trees.length === 0 ? noTrees : trees.flatMap((tree) => tree.below.get(segment) ?? []);
}

/** What leads on from a value of this type: several where the client gave one field several names. */
function step(
  type: TypeShape,
  segment: string | number,
  above: Path | undefined,
): readonly { readonly type: TypeShape; readonly path: Path }[] {
  switch (type.kind) {
    case "non-null":
      return step(type.of, segment, above);
    case "list":
      return typeof segment === "number" ? [{ type: type.of, path: { segment, above } }] : [];
    case "leaf":
      return [];
    case "object": {
      // Nobody knows of which type the object would have been: the first that has the field speaks for all.
      const fields = fieldsByType(type).find((list) => list.some(({ key }) => key === segment)) ?? [];
      return fields.flatMap(({ key, responseName, value }) =>
        key === segment && value.kind === "value" ? [{ type: value.type, path: { segment: responseName, above } }] : [],
      );
    }
  }
}

/** With those that would have come later, but for leaves that come at once too. */
function fieldsByType({ type, cases, asInterface, deferred }: ObjectShape): readonly (readonly FieldShape[])[] {
  const withLater = (known: string, fields: readonly FieldShape[]): readonly FieldShape[] => {
    const all = [...fields];
    const names = new Set(fields.map(({ responseName }) => responseName));
    for (const field of (deferred.get(known) ?? []).flatMap(({ shape }) => fieldsByType(shape).flat())) {
      if (names.has(field.responseName) && isLeaf(field)) continue;
      names.add(field.responseName);
      all.push(field);
    }
    return all;
  };
  return [...[...cases].map(([known, fields]) => withLater(known, fields)), withLater(type, asInterface ?? [])];
}

function isLeaf({ value }: FieldShape): boolean {
  return value.kind !== "value" || objectOf(value.type) === undefined;
}

function causesOf(tree: ErrorTree): readonly Cause[] {
  return [...tree.causes, ...[...tree.below.values()].flatMap(causesOf)];
}

function isRequired(place: Place, key: string | number): boolean {
  const reads = (requirements: readonly Requirement[]): boolean =>
    requirements.some((requirement) =>
      requirement.kind === "field" ? requirement.from === key : reads(requirement.selections),
    );
  return place.links.some(({ fetch }) => fetch.requires !== undefined && reads(fetch.requires));
}
