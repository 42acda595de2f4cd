/**
 * The values of a row as text and back, per column type: the one form in which rows go from one engine to another.
 * Lists, structs and maps are JSON text whose leaves are again such texts, so that no decimal and no long is rounded.
 */
import type { ColumnType } from "#schema";

/** The text form of a port value; null stays null. */
export function textOf(value: unknown, type: ColumnType): string | null {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "array":
    case "map":
    case "struct":
    case "json":
      return JSON.stringify(jsonOf(value, type));
    case "string":
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "binary":
    case "decimal":
      return String(value);
  }
}

/** Nested values as JSON: leaves that JSON numbers cannot hold are strings. */
function jsonOf(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "array":
      return (value as readonly unknown[]).map((item) => jsonOf(item, type.items));
    case "map":
      return Object.fromEntries(
        Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, jsonOf(item, type.values)]),
      );
    case "struct": {
      const struct = value as Record<string, unknown>;
      return Object.fromEntries(type.fields.map((field) => [field.name, jsonOf(struct[field.name], field.type)]));
    }
    case "long":
      return String(value);
    case "string":
    case "uuid":
    case "integer":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "json":
    case "binary":
    case "decimal":
      return value;
  }
}

/** A leaf or nested value that came out of JSON, as a port value of its type. */
export function fromJson(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "array":
      return (value as readonly unknown[]).map((item) => fromJson(item, type.items));
    case "map":
      return Object.fromEntries(
        Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, fromJson(item, type.values)]),
      );
    case "struct": {
      const struct = value as Record<string, unknown>;
      return Object.fromEntries(type.fields.map((field) => [field.name, fromJson(struct[field.name], field.type)]));
    }
    case "json":
      return value;
    case "boolean":
      return typeof value === "boolean" ? value : value === "true";
    case "string":
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "date":
    case "time":
    case "timestamp":
    case "binary":
    case "decimal":
      return fromText(String(value), type);
  }
}

/** A scalar's text as an engine prints it, as a port value. */
export function fromText(text: string, type: ColumnType): unknown {
  switch (type.kind) {
    case "integer":
    case "double":
      return Number(text);
    case "long":
      return BigInt(text);
    case "decimal":
      return plainDecimal(text);
    case "boolean":
      return text === "t" || text === "true";
    case "timestamp":
      return instantText(text);
    case "json":
      return JSON.parse(text);
    case "string":
    case "uuid":
    case "date":
    case "time":
    case "binary":
    case "array":
    case "map":
    case "struct":
      return text;
  }
}

/** Plain notation for a decimal that an engine may print with an exponent. */
function plainDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?[eE]([+-]?\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** ISO 8601 in UTC from `2024-01-31 10:00:00.123456+00` (an engine whose session runs in UTC). */
export function instantText(text: string): string {
  const match = /^(.+?)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::?00)?)?$/.exec(text);
  if (match === null) return text;
  const [, date = "", time = "", fraction = ""] = match;
  const micros = fraction.padEnd(6, "0");
  return `${date}T${time}.${micros.endsWith("000") ? micros.slice(0, 3) : micros}Z`;
}

/** ISO 8601 in UTC from microseconds since the epoch. */
export function instantOf(micros: bigint): string {
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = micros - millis * 1000n;
  const text = new Date(Number(millis)).toISOString();
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}

/** The inverse of `textOf`. */
export function valueOfText(text: unknown, type: ColumnType): unknown {
  if (typeof text !== "string") return null;
  switch (type.kind) {
    case "array":
    case "map":
    case "struct":
    case "json":
      return fromJson(JSON.parse(text), type);
    case "string":
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "decimal":
    case "binary":
      return fromText(text, type);
  }
}
