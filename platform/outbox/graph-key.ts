/** A row's key as it stands in the graph: what `_entities` representations of the row hold. */
import { type GraphQLScalarType, specifiedScalarTypes } from "graphql";
import type { KeyValue } from "#events";
import { meshScalars } from "#schema";
import type { ServedColumn, ServedTable } from "../serving/model/served-table.ts";
import type { Row } from "../storage/port.ts";

const scalars: ReadonlyMap<string, GraphQLScalarType> = new Map(
  [...specifiedScalarTypes, ...Object.values(meshScalars)].map((scalar) => [scalar.name, scalar]),
);

/** Undefined for a row whose key the graph cannot show: an enum's value that is none of its values, a number that is none. */
export function graphKeyOf(table: ServedTable, row: Row): Readonly<Record<string, KeyValue>> | undefined {
  const key: Record<string, KeyValue> = {};
  for (const column of table.key) {
    const value = leafValue(column, row[column.column]);
    if (value === undefined) return undefined;
    key[column.name] = value;
  }
  return key;
}

/** The value as the executor completes it (GraphQL specification, section 6.4.3: CompleteValue of a leaf). */
function leafValue(column: ServedColumn, value: unknown): KeyValue | undefined {
  if (value === null || value === undefined) return undefined;
  if (column.enum !== undefined) return column.enum.values.find(({ raw }) => raw === value)?.name;
  try {
    const shown = scalars.get(column.graphqlType)?.serialize(value);
    return typeof shown === "string" || typeof shown === "number" || typeof shown === "boolean" ? shown : undefined;
  } catch {
    return undefined;
  }
}
