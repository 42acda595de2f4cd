/**
 * A rewritten operation + decisions → where in the answer something has to be done, by runtime type. What needs nothing
 * is not in the shape, so it is neither visited nor copied.
 */
import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { compileMask, type Decision, type MaskSetup } from "#policies";
import type { Decisions } from "../executor.ts";
import type { RewrittenOperation } from "./rewrite-operation.ts";

/** By the key in the executed answer. */
export type ObjectShape = ReadonlyMap<string, FieldShape>;

type FieldShape =
  | { readonly kind: "masked"; readonly mask: (value: unknown) => unknown }
  | {
      /** A stand-in: the answer gets null under the response key, and an error if it was denied. */
      readonly kind: "hidden";
      readonly responseKey: string;
      readonly coordinate: string;
      readonly type: GraphQLOutputType;
      readonly decision: Decision;
    }
  | { readonly kind: "nested"; readonly type: GraphQLOutputType; readonly shape: CompositeShape }
  /** The runtime type that only we asked for. */
  | { readonly kind: "runtime-type" };

export type CompositeShape =
  | { readonly kind: "object"; readonly shape: ObjectShape }
  | { readonly kind: "abstract"; readonly typeAlias: string; readonly shapeByType: ReadonlyMap<string, ObjectShape> };

/** The shape of the root object; undefined when there is nothing to do anywhere. */
export function compileGovernedShape(
  schema: GraphQLSchema,
  rewritten: RewrittenOperation,
  decisions: Decisions,
  masks: MaskSetup,
): ObjectShape | undefined {
  const { definition } = rewritten;
  const rootType = schema.getRootType(definition.operation);
  if (rootType == null) return undefined;
  const shape = new ShapeCompiler(schema, rewritten, decisions, masks).object([definition.selectionSet], rootType);
  return shape.size === 0 ? undefined : shape;
}

class ShapeCompiler {
  readonly #schema: GraphQLSchema;
  readonly #rewritten: RewrittenOperation;
  readonly #decisions: Decisions;
  readonly #masks: MaskSetup;
  /** The same selections under different parents have the same shape: without this, nested unions would multiply. */
  readonly #known = new Map<string, ObjectShape>();
  readonly #ids = new Map<SelectionSetNode, number>();

  constructor(schema: GraphQLSchema, rewritten: RewrittenOperation, decisions: Decisions, masks: MaskSetup) {
    this.#schema = schema;
    this.#rewritten = rewritten;
    this.#decisions = decisions;
    this.#masks = masks;
  }

  object(selectionSets: readonly SelectionSetNode[], type: GraphQLObjectType): ObjectShape {
    const id = `${type.name} ${selectionSets.map((set) => this.#idOf(set)).join(" ")}`;
    const known = this.#known.get(id);
    if (known !== undefined) return known;

    const fieldsByKey = new Map<string, FieldNode[]>();
    for (const selectionSet of selectionSets) this.#collect(selectionSet, type, fieldsByKey);
    const shape = new Map<string, FieldShape>();
    for (const [key, fields] of fieldsByKey) {
      const fieldShape = this.#field(key, fields, type);
      if (fieldShape !== undefined) shape.set(key, fieldShape);
    }
    this.#known.set(id, shape);
    return shape;
  }

  /** The fields that an object of this type gets (GraphQL specification, 6.3.2), whatever `@skip` and `@include` say. */
  #collect(selectionSet: SelectionSetNode, type: GraphQLObjectType, fieldsByKey: Map<string, FieldNode[]>): void {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const fields = fieldsByKey.get(key);
        if (fields === undefined) fieldsByKey.set(key, [selection]);
        else fields.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT && this.#applies(selection.typeCondition?.name.value, type)) {
        this.#collect(selection.selectionSet, type, fieldsByKey);
      }
    }
  }

  #applies(typeCondition: string | undefined, type: GraphQLObjectType): boolean {
    if (typeCondition === undefined || typeCondition === type.name) return true;
    const condition = this.#schema.getType(typeCondition);
    return isAbstractType(condition) && this.#schema.isSubType(condition, type);
  }

  #field(key: string, fields: readonly FieldNode[], parent: GraphQLObjectType): FieldShape | undefined {
    if (key === this.#rewritten.typeAlias) return { kind: "runtime-type" };
    const standIn = this.#rewritten.standIns.get(key);
    const fieldName = standIn?.fieldName ?? fields[0]?.name.value ?? "";
    const type = parent.getFields()[fieldName]?.type;
    if (type === undefined) return undefined; // introspection
    const coordinate = `${parent.name}.${fieldName}`;
    const decision: Decision = this.#decisions.get(coordinate) ?? { effect: "allow" };
    if (standIn !== undefined) return { kind: "hidden", responseKey: standIn.responseKey, coordinate, type, decision };
    if (decision.effect !== "allow") {
      return { kind: "masked", mask: compileMask(decision, type, this.#masks, coordinate) };
    }
    const shape = this.#composite(fields, type);
    return shape === undefined ? undefined : { kind: "nested", type, shape };
  }

  #composite(fields: readonly FieldNode[], type: GraphQLOutputType): CompositeShape | undefined {
    const named = getNamedType(type);
    if (!isCompositeType(named)) return undefined;
    const selectionSets = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isObjectType(named)) {
      const shape = this.object(selectionSets, named);
      return shape.size === 0 ? undefined : { kind: "object", shape };
    }
    const shapeByType = new Map(
      this.#schema.getPossibleTypes(named).map((possible) => [possible.name, this.object(selectionSets, possible)]),
    );
    const isEmpty = [...shapeByType.values()].every((shape) => shape.size === 0);
    return isEmpty ? undefined : { kind: "abstract", typeAlias: this.#rewritten.typeAlias, shapeByType };
  }

  #idOf(selectionSet: SelectionSetNode): number {
    const id = this.#ids.get(selectionSet) ?? this.#ids.size;
    this.#ids.set(selectionSet, id);
    return id;
  }
}
