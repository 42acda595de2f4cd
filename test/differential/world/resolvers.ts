/**
 * What every schema of a model resolves from: one set of rows. A row may be told to fail (`failing`), or to be null where
 * it must not (`nulling`), for the monolith and the subgraphs alike.
 */
import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from "graphql";
import type { Random } from "../random.ts";
import { allEntities, type EntityType, type Field, fieldsOf, type Model, type Row, rowsPerType } from "./model.ts";

export interface Faults {
  /** Fields of rows, as `Type.field#row`, that fail, and that are null whatever their type says. */
  readonly failing: Set<string>;
  readonly nulling: Set<string>;
  /** Entities, as `subgraph Type#row`, that a subgraph fails to find, and that it does not know. */
  readonly broken: Set<string>;
  readonly unknown: Set<string>;
}

export interface Source {
  readonly model: Model;
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly faults: Faults;
  /** The mutations that have run. */
  readonly log: string[];
}

export function createSource(model: Model, random: Random): Source {
  const rows = new Map(
    allEntities(model).map((entity, kind) => [
      entity.name,
      Array.from({ length: rowsPerType }, (_, row) => createRow(model, entity, row, kind, random)),
    ]),
  );
  const faults: Faults = { failing: new Set(), nulling: new Set(), broken: new Set(), unknown: new Set() };
  return { model, rows, faults, log: [] };
}

function createRow(model: Model, entity: EntityType, row: number, kind: number, random: Random): Row {
  const values: Record<string, unknown> = {};
  for (const field of fieldsOf(model, entity)) values[field.name] = field.value(row, random);
  return {
    ...values,
    __typename: entity.name,
    own: entity.name,
    row,
    id: `${kind}-${row >> 1}${row & 1}`,
    part: row,
    code: `c${row}`,
    org: { name: `org${row % 2}` },
  };
}

/** `isMonolith`: nobody hands over what a field requires or takes from a context. */
export function attachResolvers(schema: GraphQLSchema, source: Source, isMonolith: boolean): void {
  const { model, rows, log } = source;
  const rowAt = (ref: { type: string; row: number }): Row | undefined => rows.get(ref.type)?.[ref.row];
  for (const root of model.rootFields) {
    const type = root.operation === "Query" ? schema.getQueryType() : schema.getMutationType();
    const field = type?.getFields()[root.name];
    if (field === undefined) continue;
    const values = root.refs.map(rowAt);
    field.resolve = () => {
      if (root.operation === "Mutation") log.push(root.name);
      return root.type.startsWith("[") ? values : values[0];
    };
  }
  for (const entity of allEntities(model)) {
    const type = schema.getType(entity.name);
    if (isObjectType(type)) attachFields(type, fieldsOf(model, entity), source, isMonolith);
  }
  const item = schema.getType("Item");
  if (isObjectType(item)) attachFields(item, model.item?.fields ?? [], source, isMonolith);
}

function attachFields(
  type: GraphQLObjectType,
  fields: readonly Field[],
  { rows, faults }: Source,
  isMonolith: boolean,
): void {
  const follow = (value: unknown, around: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => follow(item, around));
    if (typeof value !== "object" || value === null || !("ref" in value)) return value;
    const { type: target, row } = value.ref as { type: string; row: number };
    const found = rows.get(target)?.[row];
    return around === undefined ? found : { ...found, around };
  };
  for (const { name, requires } of fields) {
    const field = type.getFields()[name];
    if (field === undefined) continue;
    field.resolve = (source: Row, args: { readonly n?: number; readonly tone?: string }) => {
      const own = `${source.own}.${name}#${source.row}`;
      if (faults.failing.has(own)) throw new Error(`${own} fails`);
      if (faults.nulling.has(own)) return null;
      if (requires !== undefined) {
        const required = `${source.own}.${requires.field}#${source.row}`;
        // Where it was handed over, its owner has decided already. A subgraph that provides it reads it itself.
        const isRead = source.handedOver !== true;
        const isNull = isRead && (faults.failing.has(required) || faults.nulling.has(required));
        let value = isNull ? null : source[requires.field];
        if (isMonolith && !isNull && requires.text.includes("(n: 3)")) value = `${value}:3`;
        return `derived from ${JSON.stringify(requires.read(value))}`;
      }
      if (name === "said") return `${source.said}:${args.n} ${isMonolith ? source.around : args.tone}`;
      // In the monolith, what a Holder leads to remembers it.
      const around = isMonolith ? (source.own === "Holder" ? source.tone : source.around) : undefined;
      const value = follow(source[name], around);
      return "n" in args ? `${value}:${args.n}` : value;
    };
  }
}

/** What a representation holds beyond its key replaces the row's own values, so that missing requirements are seen. */
export function referenceResolvers({ model, rows, faults }: Source, name: string): Record<string, object> {
  const resolver = (
    types: readonly string[],
    answer: (row: Row, representation: Representation) => object,
  ): object => ({
    __resolveReference(representation: Representation) {
      const keys = Object.keys(representation).filter((key) => ["id", "part", "code", "org"].includes(key));
      const matches = (row: Row): boolean =>
        keys.every((key) => JSON.stringify(row[key]) === JSON.stringify(withoutTypename(representation[key])));
      const row = types.flatMap((type) => rows.get(type) ?? []).find(matches);
      const entity = `${name} ${row?.own}#${row?.row}`;
      // Thrown at once, it would cost the other entities of the request their answer too.
      if (faults.broken.has(entity)) return Promise.reject(new Error(`${entity} cannot be found`));
      return row === undefined || faults.unknown.has(entity) ? null : answer(row, representation);
    },
  });

  const resolvers: Record<string, object> = {};
  for (const entity of allEntities(model)) {
    const required = entity.fields.flatMap(({ requires, owners }) =>
      requires !== undefined && owners.includes(name) ? requires.field : [],
    );
    resolvers[entity.name] = resolver([entity.name], (row, representation) => ({
      ...row,
      handedOver: true,
      ...Object.fromEntries(required.map((field) => [field, representation[field]])),
    }));
  }
  const { item } = model;
  if (item !== undefined) {
    const types = item.implementations.map((entity) => entity.name);
    resolvers.Item = resolver(types, (row) => (item.owner === name ? { ...row } : { ...row, __typename: "Item" }));
  }
  return resolvers;
}

type Representation = Readonly<Record<string, unknown>>;

function withoutTypename(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { __typename: _, ...rest } = value as Record<string, unknown>;
  return rest;
}
