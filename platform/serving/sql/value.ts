/**
 * Values on their way into SQL. Every value travels as text and is cast in SQL: both engines then read it the same way,
 * no driver guesses a type, and nothing is rounded on the way (a JavaScript number would round a decimal).
 */
import { sql } from "kysely";
import type { ColumnType } from "#schema";
import { badInput } from "../errors.ts";
import type { Sql } from "./statement.ts";

const patterns = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  integer: /^-?\d{1,19}$/,
  long: /^-?\d{1,19}$/,
  double: /^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|-?Infinity)$/i,
  decimal: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  time: /^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/,
  timestamp: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/,
};

const ranges = {
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** 38 digits are what both engines compare without rounding. */
const maxDecimalDigits = 38;

/**
 * The text of a value of this type, checked so that no engine can refuse it later with its own words. `what` names the
 * argument in the message. Raises `BAD_USER_INPUT`.
 */
export function valueText(type: ColumnType, value: unknown, what: string): string {
  const text = plainText(value);
  const refuse = (expected: string): never => {
    throw badInput(`${what} is not ${expected}.`);
  };
  if (text === undefined) return refuse(`a value of type ${type.kind}`);
  switch (type.kind) {
    case "string":
      // PostgreSQL cannot hold NUL, and half a surrogate pair has no UTF-8: no stored text can be equal to it.
      if (text.includes("\0") || !text.isWellFormed())
        return refuse("text that can be stored (it has NUL or half a character)");
      return text;
    case "uuid":
      return patterns.uuid.test(text) ? text.toLowerCase() : refuse("a UUID");
    case "integer":
    case "long": {
      const [min, max] = ranges[type.kind];
      if (!patterns[type.kind].test(text)) return refuse("a whole number");
      return BigInt(text) >= min && BigInt(text) <= max ? text : refuse(`a whole number from ${min} to ${max}`);
    }
    case "decimal": {
      if (!patterns.decimal.test(text)) return refuse("a decimal number in plain notation, like -12.50");
      const digits = text.replace("-", "").replace(/^0+(?=\d)/, "");
      return digits.replace(".", "").length <= maxDecimalDigits
        ? text
        : refuse(`a decimal of at most ${maxDecimalDigits} digits`);
    }
    case "double":
      return patterns.double.test(text) ? text : refuse("a number");
    case "boolean":
      return patterns.boolean.test(text) ? text : refuse("true or false");
    case "date":
      return patterns.date.test(text) && isCalendarDate(text) ? text : refuse("a date, like 2024-01-31");
    case "time":
      return patterns.time.test(text) && isTimeOfDay(text) ? text : refuse("a time, like 09:30:00");
    case "timestamp":
      return patterns.timestamp.test(text) && isCalendarDate(text.slice(0, 10)) && isTimeOfDay(text.slice(11, -1))
        ? text
        : refuse("a time in UTC, like 2024-01-31T10:00:00.000Z");
    case "json":
    case "binary":
    case "array":
    case "map":
    case "struct":
      return refuse("comparable");
  }
}

/** One spelling per value, so that a key that was asked for and the row that came back can be matched: `1.50` and `1.5`. */
export function canonicalText(type: ColumnType, value: unknown): string {
  const text = plainText(value) ?? "";
  switch (type.kind) {
    case "uuid":
      return text.toLowerCase();
    case "integer":
    case "long":
      return String(BigInt(text));
    case "double":
      return String(Number(text));
    case "decimal": {
      const plain = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
      return plain.replace(/^(-?)0+(?=\d)/, "$1").replace(/^-0$/, "0");
    }
    case "time":
      return text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    case "timestamp":
      return text.replace(/(\.\d*?)0+Z$/, "$1Z").replace(/\.Z$/, "Z");
    case "string":
    case "boolean":
    case "date":
    case "json":
    case "binary":
    case "array":
    case "map":
    case "struct":
      return text;
  }
}

/** `cast($1 as date)`: one checked value. */
export function valueSql(type: ColumnType, text: string): Sql {
  return sql`cast(${text} as ${sql.raw(sqlType(type, [text]))})`;
}

/** `cast($1 as date[])`: many checked values in one parameter, so that their number does not change the statement. */
export function valuesSql(type: ColumnType, texts: readonly string[]): Sql {
  return sql`cast(${texts} as ${sql.raw(sqlType(type, texts))}[])`;
}

/** A decimal's cast keeps every digit that the values have, so that `gt: 1.005` is not compared as `1.01` or `1.00`. */
function sqlType(type: ColumnType, texts: readonly string[]): string {
  switch (type.kind) {
    case "string":
      return "text";
    case "long":
      return "bigint";
    case "double":
      return "double precision";
    case "timestamp":
      return "timestamptz";
    case "decimal": {
      const scales = texts.map((text) => text.split(".")[1]?.length ?? 0);
      return `decimal(${maxDecimalDigits},${Math.max(type.scale, ...scales)})`;
    }
    case "uuid":
    case "integer":
    case "boolean":
    case "date":
    case "time":
      return type.kind;
    case "json":
    case "binary":
    case "array":
    case "map":
    case "struct":
      throw new Error(`A ${type.kind} is not compared.`);
  }
}

function plainText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return value instanceof Date ? value.toISOString() : undefined;
}

function isCalendarDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && !text.startsWith("0000");
}

function isTimeOfDay(text: string): boolean {
  const [hour = 99, minute = 99, second = 99] = text.split(":").map(Number);
  return hour < 24 && minute < 60 && second < 60;
}
