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
import type { ReservedNames } from "../../plan/reserved-names.ts";
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
  /** For objects known only as the declared interface, as behind `@interfaceObject`. */
  readonly asInterface: readonly FieldShape[] | undefined;
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
  | { readonly kind: "value"; readonly type: TypeShape };

export type TypeShape =
  | { readonly kind: "non-null"; readonly of: TypeShape }
  | { readonly kind: "list"; readonly of: TypeShape }
  | LeafShape
  | ObjectShape;

interface LeafShape {
  readonly kind: "leaf";
  readonly type: string;
  /** Names of an enum that clients may see; undefined for scalars. */
  readonly values: ReadonlySet<string> | undefined;
}

export interface AnswerShapeInput {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly names: ReservedNames;
  readonly root: Place;
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
  let absent = 0;
  const absentPlaces = new Map<string, Place>();

  function objectShape(type: GraphQLCompositeType, sets: readonly SelectionSetNode[], place: Place): ObjectShape {
    const key = `${type.name} ${place.id} ${sets.map(idOf).join(",")}`;
    const known = shapes.get(key);
    if (known !== undefined) return known;
    const cases = new Map<string, readonly FieldShape[]>();
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    for (const runtimeType of possible) {
      cases.set(runtimeType.name, fieldsOf(runtimeType, collect(runtimeType, sets), place));
    }
    const shape: ObjectShape = {
      kind: "object",
      id: shapes.size,
      type: type.name,
      abstract: isAbstractType(type),
      place,
      cases,
      asInterface: isInterfaceType(type) ? fieldsOf(type, collect(type, sets), place) : undefined,
    };
    shapes.set(key, shape);
    return shape;
  }

  /** Response name → field nodes, in the order of first appearance. */
  function collect(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): ReadonlyMap<string, FieldNode[]> {
    const found = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const walk = (set: SelectionSetNode): void => {
      for (const node of set.selections) {
        if (node.kind === Kind.FIELD) {
          const name = node.alias?.value ?? node.name.value;
          const nodes = found.get(name);
          if (nodes === undefined) found.set(name, [node]);
          else nodes.push(node);
        } else if (node.kind === Kind.INLINE_FRAGMENT) {
          if (applies(node.typeCondition?.name.value, type)) walk(node.selectionSet);
        } else if (!spread.has(node.name.value)) {
          spread.add(node.name.value);
          const fragment = fragments.get(node.name.value);
          if (fragment && applies(fragment.typeCondition.name.value, type)) walk(fragment.selectionSet);
        }
      }
    };
    for (const set of sets) walk(set);
    return found;
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
      const key = names.keyOf(node, operation.operation === "mutation" && place === input.root);
      const sets = nodes.flatMap((each) => each.selectionSet ?? []);
      const named = getNamedType(field.type);
      const child = "getFields" in named || isAbstractType(named) ? childPlace(place, key) : place;
      return [{ responseName, coordinate, key, value: { kind: "value", type: typeShape(field.type, sets, child) } }];
    });
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
