/** DuckDB's values as port values, its types' names, and port values as its parameters. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from "@duckdb/node-api";
import type { ColumnType } from "#schema";
import { fromJson, fromText, instantOf, instantText } from "./values.ts";

/** DuckDB's name of a column type. */
export function duckdbType(type: ColumnType): string {
  switch (type.kind) {
    case "string":
      return "VARCHAR";
    case "uuid":
      return "UUID";
    case "integer":
      return "INTEGER";
    case "long":
      return "BIGINT";
    case "double":
      return "DOUBLE";
    case "boolean":
      return "BOOLEAN";
    case "date":
      return "DATE";
    case "time":
      return "TIME";
    case "timestamp":
      return "TIMESTAMPTZ";
    case "json":
      return "JSON";
    case "binary":
      return "BLOB";
    case "decimal":
      return `DECIMAL(${type.precision},${type.scale})`;
    case "array":
      return `${duckdbType(type.items)}[]`;
    case "map":
      return `MAP(${duckdbType(type.keys)}, ${duckdbType(type.values)})`;
    case "struct":
      return `STRUCT(${type.fields.map((field) => `"${field.name.replaceAll('"', '""')}" ${duckdbType(field.type)}`).join(", ")})`;
  }
}

/** SQL that turns a value's text form (see values.ts) into the type; fails where the text is none. */
export function duckdbFromText(text: string, type: ColumnType): string {
  switch (type.kind) {
    case "binary":
      return `from_base64(${text})`;
    case "string":
      return text;
    case "array":
    case "map":
    case "struct":
      return `cast(cast(${text} as JSON) as ${duckdbType(type)})`;
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "json":
    case "decimal":
      return `cast(${text} as ${duckdbType(type)})`;
  }
}

/** A value of a result as a port value; without a type, what is nearest. */
export function fromDuckDB(value: DuckDBValue, type: ColumnType | undefined): unknown {
  if (value === null) return null;
  if (type === undefined) return natural(value);
  switch (type.kind) {
    case "string":
    case "uuid":
    case "decimal":
      return typeof value === "string" ? value : String(natural(value));
    case "integer":
    case "double":
      return typeof value === "number" ? value : Number(natural(value));
    case "long":
      return typeof value === "bigint" ? value : BigInt(String(natural(value)));
    case "boolean":
      return value;
    case "json":
      return typeof value === "string" ? JSON.parse(value) : natural(value);
    case "array":
      if (value instanceof DuckDBListValue) return value.items.map((item) => fromDuckDB(item, type.items));
      return typeof value === "string" ? fromJson(JSON.parse(value), type) : natural(value);
    case "map":
      if (value instanceof DuckDBMapValue) {
        return Object.fromEntries(
          value.entries.map((entry) => [String(natural(entry.key)), fromDuckDB(entry.value, type.values)]),
        );
      }
      return typeof value === "string" ? fromJson(JSON.parse(value), type) : natural(value);
    case "struct":
      if (value instanceof DuckDBStructValue) {
        return Object.fromEntries(
          type.fields.map((field) => [field.name, fromDuckDB(value.entries[field.name] ?? null, field.type)]),
        );
      }
      return typeof value === "string" ? fromJson(JSON.parse(value), type) : natural(value);
    case "date":
    case "time":
    case "timestamp":
    case "binary": {
      const plain = natural(value);
      return typeof plain === "string" ? fromText(plain, type) : plain;
    }
  }
}

function natural(value: DuckDBValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampTZValue) return instantOf(value.micros);
  if (value instanceof DuckDBTimestampValue) return instantOf(value.micros);
  if (value instanceof DuckDBTimeValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBListValue) return value.items.map(natural);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, natural(item)]));
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(value.entries.map((entry) => [String(natural(entry.key)), natural(entry.value)]));
  }
  return instantText(String(value));
}

/** Parameters with the types to bind them as. */
export function duckdbParameters(parameters: readonly unknown[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  const values: DuckDBValue[] = [];
  const types: DuckDBType[] = [];
  for (const parameter of parameters) {
    if (Array.isArray(parameter)) {
      values.push(listValue(parameter.map(scalar)));
      types.push(LIST(listItemType(parameter)));
    } else {
      values.push(scalar(parameter));
      types.push(scalarType(parameter));
    }
  }
  return { values, types };
}

function scalar(value: unknown): DuckDBValue {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return blobValue(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && !isInt32(value)) return BigInt(value);
  if (value !== null && typeof value === "object") return JSON.stringify(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" || typeof value === "bigint") return value;
  throw new TypeError(`a ${typeof value} cannot be a parameter of a statement`);
}

function scalarType(value: unknown): DuckDBType {
  if (value === null || value === undefined) return SQLNULL;
  if (typeof value === "number") return Number.isSafeInteger(value) ? (isInt32(value) ? INTEGER : BIGINT) : DOUBLE;
  if (typeof value === "bigint") return BIGINT;
  if (typeof value === "boolean") return BOOLEAN;
  if (value instanceof Uint8Array) return BLOB;
  return VARCHAR;
}

/** One type for all items: the widest number among numbers, else the first item's. */
function listItemType(items: readonly unknown[]): DuckDBType {
  const present = items.filter((item) => item !== null && item !== undefined);
  if (present.length === 0) return SQLNULL;
  const types = present.map(scalarType);
  for (const widest of [VARCHAR, DOUBLE, BIGINT] as const) if (types.includes(widest)) return widest;
  return types[0] ?? SQLNULL;
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= -2_147_483_648 && value <= 2_147_483_647;
}
