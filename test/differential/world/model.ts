/**
 * The model of a random graph: what there is, which subgraph resolves what, and which rows there are. Schemas and
 * resolvers of the monolith and of every subgraph are made from it, so the cut must not be visible in any answer.
 */
import type { Random } from "../random.ts";

export interface Model {
  readonly subgraphs: readonly string[];
  /** Entities that anything may lead to. */
  readonly entities: readonly EntityType[];
  /** An interface with a key, which some subgraphs know as an object type (`@interfaceObject`). */
  readonly item: ItemInterface | undefined;
  /** Entities whose fields take an argument from an object around them (`@context`). */
  readonly around: AroundTypes | undefined;
  readonly rootFields: readonly RootField[];
  /** Which entities a subgraph knows as `Thing`, and as members of `Any`. */
  readonly things: ReadonlyMap<string, readonly string[]>;
  readonly members: ReadonlyMap<string, readonly string[]>;
  /** Fields of the interface `Thing` beside `id`, and who resolves them. */
  readonly thingFields: readonly Field[];
}

export interface Field {
  readonly name: string;
  /** As in SDL. */
  readonly type: string;
  readonly args: string;
  /** Subgraphs that declare it. */
  readonly owners: readonly string[];
  /** `@requires(fields: …)` at its only owner. */
  readonly requires?: Requirement | undefined;
  /** `@provides(fields: …)` at its only owner. */
  provides?: string | undefined;
  /** Provided by some other field, and therefore shared. */
  provided?: boolean;
  /** The second owner takes the field over from the first, for some requests when there is a label. */
  readonly override?: { readonly label: string | undefined } | undefined;
  readonly value: (row: number, random: Random) => unknown;
}

interface Requirement {
  /** The required field. */
  readonly field: string;
  /** As in the field set. */
  readonly text: string;
  /** What the value of the required field contributes. */
  readonly read: (value: unknown) => unknown;
}

export interface EntityType {
  readonly name: string;
  /** Field sets. */
  readonly keys: readonly string[];
  /** Which of them a subgraph knows; all where it is not said. One that knows them all connects the others. */
  readonly keysIn: ReadonlyMap<string, readonly string[]>;
  /** The key field `code` is for subgraphs only. */
  readonly hidesCode: boolean;
  readonly isThing: boolean;
  readonly fields: Field[];
}

export interface ItemInterface {
  /** Knows the interface and every type behind it; every other subgraph knows an object type. */
  readonly owner: string;
  readonly implementations: readonly EntityType[];
  readonly fields: readonly Field[];
}

export interface AroundTypes {
  /** Where the context is set and read. */
  readonly owner: string;
  readonly holder: EntityType;
  readonly mid: EntityType;
  readonly leaf: EntityType;
}

/** Where a value leads to: a row of an entity. */
export interface Ref {
  readonly ref: { readonly type: string; readonly row: number };
}

export interface RootField {
  readonly operation: "Query" | "Mutation";
  readonly name: string;
  readonly type: string;
  readonly owner: string;
  readonly refs: readonly Ref["ref"][];
}

export type Row = Record<string, unknown> & { readonly __typename: string; readonly own: string; readonly row: number };

export const rowsPerType = 4;

export function namedType(type: string): string {
  return type.replace(/[[\]!]/g, "");
}

export function keysIn(entity: EntityType, subgraph: string): readonly string[] {
  return entity.keysIn.get(subgraph) ?? entity.keys;
}

/** Every entity type, wherever it can be reached from. */
export function allEntities({ entities, item, around }: Model): readonly EntityType[] {
  return [
    ...entities,
    ...(item?.implementations ?? []),
    ...(around === undefined ? [] : [around.holder, around.mid, around.leaf]),
  ];
}

/** The fields of an entity type, those of its interfaces included. */
export function fieldsOf(model: Model, entity: EntityType): readonly Field[] {
  const isItem = model.item?.implementations.includes(entity) ?? false;
  return [
    ...entity.fields,
    ...(isItem ? (model.item?.fields ?? []) : []),
    ...(entity.isThing ? model.thingFields : []),
  ];
}
