/**
 * The resolvers of a product's generated schema. Everything that depends on the manifest alone is looked up here, once;
 * a request only follows closures.
 */
import type { DocumentNode, GraphQLResolveInfo, GraphQLScalarType } from "graphql";
import { isObjectType } from "graphql";
import { meshScalars } from "#schema";
import type { Row } from "../../storage/port.ts";
import { badInput } from "../errors.ts";
import { ownTypesBehind } from "../extension/own-types.ts";
import { productContextOf, refusedContext } from "../extension/product-context.ts";
import type { Extension, ExtensionField } from "../extension/read-extension.ts";
import type { ForeignType, ServedColumn, ServedProduct, ServedTable, ToMany, ToOne } from "../model/served-table.ts";
import { aggregateFieldName, typeNamesOf } from "../model/type-names.ts";
import { loadRow } from "../request/row-loader.ts";
import { selectionOf } from "../request/selection.ts";
import type { ServingContext } from "../request/serving-context.ts";
import { valueText } from "../sql/value.ts";
import { resolveAggregate } from "./aggregate.ts";
import { type ColumnsOfFields, columnsFor, columnsOfFields } from "./columns-of-fields.ts";
import {
  connectionResolvers,
  edgeResolvers,
  emptyConnection,
  resolveConnection,
  resolveConnectionOf,
} from "./connection.ts";

type Values = Readonly<Record<string, unknown>>;
type Resolve = (parent: Values, args: Values, context: ServingContext, info: GraphQLResolveInfo) => unknown;

/** As @apollo/subgraph takes them: by type and field; an enum's values, a scalar's own functions. */
export type SubgraphResolvers = Record<string, Record<string, unknown> | GraphQLScalarType>;

export function buildResolvers(product: ServedProduct, extension: Extension | undefined): SubgraphResolvers {
  const fieldsByOutput = new Map(
    product.tables.map((table) => [table.output, columnsOfFields(table, requiredBy(extension, table.typeName))]),
  );
  const listed = (output: string): { table: ServedTable; fields: ColumnsOfFields } => {
    const table = product.tableByOutput.get(output);
    const fields = fieldsByOutput.get(output);
    if (table === undefined || fields === undefined) throw new Error(`${product.name} has no table ${output}.`);
    return { table, fields };
  };

  const resolvers: SubgraphResolvers = { ...meshScalars };
  const query: Record<string, Resolve> = {};
  resolvers.Query = query;
  for (const table of product.tables) {
    const { fields } = listed(table.output);
    const names = typeNamesOf(table);
    Object.assign(query, rootResolvers(table, fields));
    resolvers[table.typeName] = {
      ...Object.fromEntries(table.columns.map(({ name, column }) => [name, (row: Row) => row[column]])),
      ...Object.fromEntries(table.toOne.map((relation) => [relation.name, toOneResolver(relation, listed)])),
      ...Object.fromEntries(table.toMany.map((relation) => [relation.name, toManyResolver(relation, listed)])),
      ...(table.key.length === 0 ? {} : { __resolveReference: referenceResolver(table, fields) }),
    };
    resolvers[names.connection] = connectionResolvers;
    resolvers[names.edge] = edgeResolvers;
    for (const column of table.columns) {
      if (column.enum !== undefined) {
        resolvers[column.enum.name] = Object.fromEntries(column.enum.values.map(({ name, raw }) => [name, raw]));
      }
    }
  }
  for (const type of product.foreignTypes) resolvers[type.typeName] = foreignTypeResolvers(type, listed);
  for (const field of extension?.fields ?? []) {
    const ofType = resolvers[field.typeName] ?? {};
    resolvers[field.typeName] = {
      ...ofType,
      [field.fieldName]: extensionResolver(product, field, listed, extension?.document),
    };
  }
  return resolvers;
}

type Listed = (output: string) => { readonly table: ServedTable; readonly fields: ColumnsOfFields };

function requiredBy(extension: Extension | undefined, typeName: string): ReadonlyMap<string, readonly ServedColumn[]> {
  const fields = (extension?.fields ?? []).filter((field) => field.typeName === typeName);
  return new Map(fields.map(({ fieldName, requires }) => [fieldName, requires ?? []]));
}

function rootResolvers(table: ServedTable, fields: ColumnsOfFields): Record<string, Resolve> {
  const { singleName, pluralName } = table.linked;
  const resolvers: Record<string, Resolve> = {
    [pluralName]: (_root, args, context, info) => resolveConnection(table, fields, args, context, info),
  };
  if (table.operands.length > 0) {
    resolvers[aggregateFieldName(table)] = (_root, args, context, info) => resolveAggregate(table, args, context, info);
  }
  if (table.key.length > 0) {
    resolvers[singleName] = (_root, args, context, info) => {
      for (const column of table.key) context.access.assertOperand(table, column, "compare");
      return loadRow(context, table, table.key, {
        key: table.key.map((column) => valueText(column.type, args[column.name], column.name)),
        columns: askedColumns(table, fields, context, info),
      });
    };
  }
  return resolvers;
}

/** Columns asked of the type at this place of the operation; the same for every entity that stands there. */
function askedColumns(
  table: ServedTable,
  fields: ColumnsOfFields,
  context: ServingContext,
  info: GraphQLResolveInfo,
): ReadonlySet<ServedColumn> {
  return context.loader(info.fieldNodes, `columns of ${table.typeName}`, () => {
    const type = info.schema.getType(table.typeName);
    if (!isObjectType(type)) throw new Error(`The subgraph's schema has lost the type ${table.typeName}.`);
    return columnsFor(table, fields, selectionOf(info, info.fieldNodes, type));
  });
}

/** `_entities`: representations of one tick are one statement. */
function referenceResolver(table: ServedTable, fields: ColumnsOfFields) {
  return (representation: Values, context: ServingContext, info: GraphQLResolveInfo): Promise<Row | null> => {
    // The gateway's representations come from data; anybody else's may be guesses.
    if (context.masking === "here") {
      for (const column of table.key) context.access.assertOperand(table, column, "compare");
    }
    return loadRow(context, table, table.key, {
      key: table.key.map((column) => representedText(table.typeName, column, representation[column.name])),
      columns: askedColumns(table, fields, context, info),
    });
  };
}

function representedText(typeName: string, column: ServedColumn, value: unknown): string {
  if (value === undefined || value === null) throw badInput(`A representation of ${typeName} needs ${column.name}.`);
  const raw = column.enum?.values.find(({ name }) => name === value)?.raw ?? value;
  return valueText(column.type, raw, `${column.name} of a representation`);
}

function toOneResolver({ column, target }: ToOne, listed: Listed): Resolve {
  if (target.kind === "foreign") {
    return (row) => (isMissing(row[column.column]) ? null : { [target.keyName]: row[column.column] });
  }
  return (row, _args, context, info) => {
    const value = row[column.column];
    if (isMissing(value)) return null;
    const { table, fields } = listed(target.output);
    const by = table.columnByName.get(target.column);
    if (by === undefined) throw new Error(`${table.output} has no column ${target.column}.`);
    return loadRow(context, table, [by], {
      key: [valueText(by.type, value, column.name)],
      columns: askedColumns(table, fields, context, info),
    });
  };
}

function toManyResolver({ output, column, parentKey }: ToMany, listed: Listed): Resolve {
  return (parent, args, context, info) => {
    const { table, fields } = listed(output);
    const value = parent[parentKey];
    if (isMissing(value)) return emptyConnection(table, args, context);
    const text = valueText(column.type, value, parentKey);
    return resolveConnectionOf(table, fields, column, text, args, context, info);
  };
}

/** Another product's entity is here what its representation says: the key. Whether it exists is its owner's to say. */
function foreignTypeResolvers(type: ForeignType, listed: Listed): Record<string, unknown> {
  return {
    __resolveReference(representation: Values): Values {
      if (isMissing(representation[type.keyName])) {
        throw badInput(`A representation of ${type.typeName} needs ${type.keyName}.`);
      }
      return { [type.keyName]: representation[type.keyName] };
    },
    ...Object.fromEntries(type.toMany.map((relation) => [relation.name, toManyResolver(relation, listed)])),
  };
}

/** A resolver of the product's own, with its columns; keys that it returns for a table's type are loaded. */
function extensionResolver(
  product: ServedProduct,
  field: ExtensionField,
  listed: Listed,
  document: DocumentNode | undefined,
): Resolve {
  const { requires, resolve } = field;
  const refused = refusedContext(`${field.typeName}.${field.fieldName}`);
  const target = product.tables.find((table) => table.typeName === field.returns);
  const ownTypes = document === undefined ? [] : ownTypesBehind(document, field.returns);
  return async (parent, args, context, info) => {
    context.access.assertWhole(ownTypes);
    const given =
      requires === undefined ? parent : Object.fromEntries(requires.map(({ column }) => [column, parent[column]]));
    const own = field.isComputed ? productContextOf(product, context) : refused;
    const result: unknown = await resolve(given, args, own);
    if (target === undefined) return result;
    const { table, fields } = listed(target.output);
    const columns = askedColumns(table, fields, context, info);
    const load = (value: unknown): unknown => {
      if (isMissing(value)) return null;
      if (Array.isArray(value)) return value.map(load);
      const row = value as Values; // documented: a key object; what is missing in it is refused by valueText
      const key = table.key.map(({ column, type }) =>
        valueText(type, row[column], `${field.typeName}.${field.fieldName}: ${column}`),
      );
      return loadRow(context, table, table.key, { key, columns });
    };
    return load(result);
  };
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
