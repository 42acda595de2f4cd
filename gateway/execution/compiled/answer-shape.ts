/**
 * What the client asked for, field by field and type by type: CollectFields and MergeSelectionSets of the GraphQL
 * specification (sections 6.3.2 and 6.4.3) done once, before any request.
 *
 * Conditions have been decided before: a shape holds for given values of their variables.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { allowed, compileMask, type Decision, type MaskSetup, settleDecision, strictest } from "#policies";
import { readDefer } from "../../plan/defer.ts";
import type { ReservedNames } from "../../plan/reserved-names.ts";
import type { Decisions } from "../executor.ts";
import type { Place } from "./places.ts";

export interface ObjectShape {
  readonly kind: "object";
  readonly id: number;
  /** The declared type's name. */
  readonly type: string;
  readonly abstract: boolean;
  readonly place: Place;
  /** By runtime type; of one entry when the declared type is an object type. */
  readonly cases: ReadonlyMap<string, readonly FieldShape[]>;
  /**
   * For objects known only as the declared interface, as behind `@interfaceObject`; undefined when what the client asked
   * for depends on the type.
   */
  readonly asInterface: readonly FieldShape[] | undefined;
  /** What comes later of such an object, by the type that it is known as. */
  readonly deferred: ReadonlyMap<string, readonly DeferredFragment[]>;
}

/** A fragment with `@defer`, for objects of one type at one place. */
export interface DeferredFragment {
  /** Unique in the answer, in the order in which it is described. */
  readonly id: number;
  readonly label: string | undefined;
  /** Of the same objects: the fragment's fields alone. */
  readonly shape: ObjectShape;
}

export interface FieldShape {
  readonly responseName: string;
  /** `Type.field` of the runtime type. */
  readonly coordinate: string;
  /** The name inside the mesh, see reserved-names. */
  readonly key: string;
  readonly value: FieldValue;
}

type FieldValue =
  | { readonly kind: "typename" }
  | { readonly kind: "introspection"; readonly nodes: readonly FieldNode[] }
  /** `mask` is applied to the raw value before it is completed, never to null. */
  | { readonly kind: "value"; readonly type: TypeShape; readonly mask: Mask | undefined }
  /** Nobody was asked for it: null, with an error when it was denied. */
  | { readonly kind: "hidden"; readonly nonNull: boolean; readonly decision: HidingDecision };

type HidingDecision = Extract<Decision, { effect: "deny" | "null" }>;
type Mask = (value: unknown) => unknown;

export type TypeShape =
  | { readonly kind: "non-null"; readonly of: TypeShape }
  | { readonly kind: "list"; readonly of: TypeShape }
  | LeafShape
  | ObjectShape;

/** The object of a type, inside its lists; undefined for leaves. */
export function objectOf(type: TypeShape): ObjectShape | undefined {
  switch (type.kind) {
    case "non-null":
    case "list":
      return objectOf(type.of);
    case "object":
      return type;
    case "leaf":
      return undefined;
  }
}

interface LeafShape {
  readonly kind: "leaf";
  readonly type: string;
  /** Names of an enum that clients may see; undefined for scalars. */
  readonly values: ReadonlySet<string> | undefined;
}

const nothingDeferred: ObjectShape["deferred"] = new Map();

interface LaterFragment {
  readonly label: string | undefined;
  readonly set: SelectionSetNode;
}

interface Collected {
  readonly fields: ReadonlyMap<string, FieldNode[]>;
  readonly later: readonly LaterFragment[];
}

export interface AnswerShapeInput {
  readonly schema: GraphQLSchema;
  /** With `@defer` on those fragments only that come later. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly names: ReservedNames;
  readonly root: Place;
  readonly decisions: Decisions;
  readonly masks: MaskSetup;
}

/** Shapes are shared where the same selections meet the same type at the same place. */
export function buildAnswerShape(input: AnswerShapeInput): ObjectShape {
  const { schema, operation, names } = input;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of input.document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const rootType = schema.getRootType(operation.operation);
  if (!rootType) throw new Error(`The schema has no ${operation.operation} type.`);

  const setIds = new Map<SelectionSetNode, number>();
  const idOf = (set: SelectionSetNode): number => {
    const id = setIds.get(set) ?? setIds.size;
    setIds.set(set, id);
    return id;
  };
  const shapes = new Map<string, ObjectShape>();
  let fragmentsDeferred = 0;
  let absent = 0;
  const absentPlaces = new Map<string, Place>();

  function objectShape(type: GraphQLCompositeType, sets: readonly SelectionSetNode[], place: Place): ObjectShape {
    const key = `${type.name} ${place.id} ${sets.map(idOf).join(",")}`;
    const known = shapes.get(key);
    if (known !== undefined) return known;
    const cases = new Map<string, readonly FieldShape[]>();
    const deferred = new Map<string, readonly DeferredFragment[]>();
    const describe = (known: GraphQLCompositeType): readonly FieldShape[] => {
      const { fields, later } = collect(known, sets);
      if (later.length > 0)
        deferred.set(
          known.name,
          later.map(({ label, set }) => deferredFragment(known, label, set, place)),
        );
      return fieldsOf(known, fields, place);
    };
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    for (const runtimeType of possible) cases.set(runtimeType.name, describe(runtimeType));
    const shape: ObjectShape = {
      kind: "object",
      id: shapes.size,
      type: type.name,
      abstract: isAbstractType(type),
      place,
      cases,
      asInterface: isInterfaceType(type) ? alikeForAll(describe(type), cases) : undefined,
      deferred: deferred.size === 0 ? nothingDeferred : deferred,
    };
    shapes.set(key, shape);
    return shape;
  }

  function deferredFragment(
    type: GraphQLCompositeType,
    label: string | undefined,
    set: SelectionSetNode,
    place: Place,
  ): DeferredFragment {
    const id = fragmentsDeferred++;
    return { id, label, shape: objectShape(type, [set], place) };
  }

  /** Response name → field nodes, in the order of first appearance, and the fragments that come later. */
  function collect(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Collected {
    const found = new Map<string, FieldNode[]>();
    const later: LaterFragment[] = [];
    const spread = new Set<string>();
    const walk = (set: SelectionSetNode): void => {
      for (const node of set.selections) {
        if (node.kind === Kind.FIELD) {
          const name = node.alias?.value ?? node.name.value;
          const nodes = found.get(name);
          if (nodes === undefined) found.set(name, [node]);
          else nodes.push(node);
        } else if (node.kind === Kind.INLINE_FRAGMENT) {
          if (applies(node.typeCondition?.name.value, type)) enter(node.directives, node.selectionSet);
        } else {
          const fragment = fragments.get(node.name.value);
          if (fragment === undefined || !applies(fragment.typeCondition.name.value, type)) continue;
          const isDeferred = readDefer(node.directives) !== undefined;
          if (!isDeferred && spread.has(node.name.value)) continue;
          if (!isDeferred) spread.add(node.name.value);
          enter(node.directives, fragment.selectionSet);
        }
      }
    };
    const enter = (directives: FieldNode["directives"], set: SelectionSetNode): void => {
      const defer = readDefer(directives);
      if (defer === undefined) walk(set);
      else if (!later.some((other) => other.label === defer.label && other.set === set)) later.push({ ...defer, set });
    };
    for (const set of sets) walk(set);
    return { fields: found, later };
  }

  function applies(condition: string | undefined, type: GraphQLCompositeType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditional = schema.getType(condition);
    if (!isAbstractType(conditional)) return false;
    return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(conditional, type);
  }

  function fieldsOf(
    type: GraphQLCompositeType,
    collected: ReadonlyMap<string, FieldNode[]>,
    place: Place,
  ): readonly FieldShape[] {
    return [...collected].flatMap(([responseName, nodes]): FieldShape[] => {
      const [node] = nodes;
      if (node === undefined) return [];
      const name = node.name.value;
      const coordinate = `${type.name}.${name}`;
      if (name === "__typename") return [{ responseName, coordinate, key: name, value: { kind: "typename" } }];
      if (type === rootType && place === input.root && (name === "__schema" || name === "__type")) {
        return [{ responseName, coordinate, key: name, value: { kind: "introspection", nodes } }];
      }
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
      if (field === undefined) return [];
      const decision = decisionOf(type, name, field.type);
      if (decision.effect === "deny" || decision.effect === "null") {
        return [
          {
            responseName,
            coordinate,
            key: name,
            value: { kind: "hidden", nonNull: isNonNullType(field.type), decision },
          },
        ];
      }
      const key = names.keyOf(node, operation.operation === "mutation" && place === input.root);
      const sets = nodes.flatMap((each) => each.selectionSet ?? []);
      const named = getNamedType(field.type);
      const child = "getFields" in named || isAbstractType(named) ? childPlace(place, key) : place;
      const mask = decision.effect === "mask" ? compileMask(decision, field.type, input.masks, coordinate) : undefined;
      const value: FieldValue = { kind: "value", type: typeShape(field.type, sets, child), mask };
      return [{ responseName, coordinate, key, value }];
    });
  }

  /** Of an object that is known as an interface only, nobody knows which of the decisions holds: the strictest does. */
  function decisionOf(type: GraphQLCompositeType, field: string, fieldType: GraphQLOutputType): Decision {
    if (input.decisions.size === 0) return allowed;
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    const decisions = possible.flatMap(({ name }) => input.decisions.get(`${name}.${field}`) ?? []);
    return isAbstractType(type) ? settleDecision(strictest(decisions), fieldType) : (decisions[0] ?? allowed);
  }

  /** What no fetch delivers still has a place, where everything is missing. */
  function childPlace(place: Place, key: string): Place {
    const child = place.children.get(key);
    if (child !== undefined) return child;
    const path = `${place.id}.${key}`;
    const known = absentPlaces.get(path);
    if (known !== undefined) return known;
    const created: Place = {
      id: -1 - absent++,
      name: key,
      parent: place,
      children: new Map(),
      links: [],
      deliveries: new Map(),
      type: undefined,
      objectTypes: place.objectTypes,
      merged: false,
    };
    absentPlaces.set(path, created);
    return created;
  }

  function typeShape(type: GraphQLOutputType, sets: readonly SelectionSetNode[], place: Place): TypeShape {
    if (isNonNullType(type)) return { kind: "non-null", of: typeShape(type.ofType, sets, place) };
    if (isListType(type)) return { kind: "list", of: typeShape(type.ofType, sets, place) };
    if (isObjectType(type) || isAbstractType(type)) return objectShape(type, sets, place);
    const values = isEnumType(type) ? new Set(type.getValues().map((value) => value.name)) : undefined;
    return { kind: "leaf", type: type.name, values };
  }

  return objectShape(rootType as GraphQLObjectType, [operation.selectionSet], input.root);
}

/** The fields of an interface, if the same is asked of each type behind it. */
function alikeForAll(
  fields: readonly FieldShape[],
  cases: ReadonlyMap<string, readonly FieldShape[]>,
): readonly FieldShape[] | undefined {
  return [...cases.values()].every((each) => areAskedAlike(each, fields)) ? fields : undefined;
}

/** Whether the same is asked of two types; what policies say of their fields may differ. */
function areAskedAlike(a: readonly FieldShape[], b: readonly FieldShape[]): boolean {
  return (
    a.length === b.length &&
    a.every((field, index) => {
      const other = b[index];
      if (field.responseName !== other?.responseName || field.value.kind === "typename") return false;
      if (field.value.kind !== "value" || other.value.kind !== "value") return true;
      return field.key === other.key && isSameType(field.value.type, other.value.type);
    })
  );
}

/** Object types are the same shape, or differ in what is asked of them. */
export function isSameType(a: TypeShape, b: TypeShape): boolean {
  if (a.kind === "leaf") return b.kind === "leaf" && a.type === b.type;
  if (a.kind === "object") return a === b;
  return a.kind === b.kind && isSameType(a.of, (b as typeof a).of);
}
