/**
 * Text to typed values, as DuckDB SQL that never fails: a text that is not exactly a value of the column's type gives
 * null and a reason. Nothing is rounded: `3.7` is no integer and `1.23456` is no decimal(18,4). The reason names column
 * and type, never the value, which may be personal.
 */
import { type ColumnType, printColumnType } from "#schema";
import { duckdbType } from "../storage/duckdb-values.ts";
import { quoteText } from "../storage/layout.ts";

export interface TypedColumn {
  /** SQL of the value, null where there is a reason. */
  readonly value: string;
  /** SQL of the reason, null where the text is fine; undefined when nothing can be wrong. */
  readonly reason: string | undefined;
}

/** `text` is SQL of a VARCHAR. */
export function typedColumn(
  text: string,
  column: { readonly name: string; readonly type: ColumnType; readonly required: boolean },
): TypedColumn {
  const { type } = column;
  const trimmed = type.kind === "string" ? text : `nullif(trim(${text}), '')`;
  const value = sqlValueOf(trimmed, type);
  const cases: string[] = [];
  if (column.required) {
    cases.push(`when ${trimmed} is null then ${quoteText(`column "${column.name}" is empty but required`)}`);
  }
  const wrong = wrongness(trimmed, value, type);
  if (wrong !== undefined) {
    cases.push(
      `when ${trimmed} is not null and (${wrong}) then ${quoteText(`column "${column.name}" is no ${expectation(type)}`)}`,
    );
  }
  return { value, reason: cases.length === 0 ? undefined : `case ${cases.join(" ")} end` };
}

const patterns = {
  whole: "[+-]?\\d{1,19}",
  date: "\\d{4}-\\d{2}-\\d{2}",
  timestamp: "\\d{4}-\\d{2}-\\d{2}([ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)? ?(Z|[+-]\\d{2}(:?\\d{2})?)?)?",
  base64: "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
};

function sqlValueOf(text: string, type: ColumnType): string {
  switch (type.kind) {
    case "string":
      return text;
    case "binary":
      return `case when regexp_full_match(${text}, '${patterns.base64}') then from_base64(${text}) end`;
    case "json":
      return `case when json_valid(${text}) then cast(${text} as JSON) end`;
    case "array":
    case "map":
    case "struct":
      return `try_cast(try_cast(${text} as JSON) as ${duckdbType(type)})`;
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "decimal":
      return `try_cast(${text} as ${duckdbType(type)})`;
  }
}

function wrongness(text: string, value: string, type: ColumnType): string | undefined {
  const unlike = (pattern: string): string => `not regexp_full_match(${text}, '${pattern}') or ${value} is null`;
  switch (type.kind) {
    case "string":
      // PostgreSQL cannot keep it; both engines take the same texts.
      return `contains(${text}, chr(0))`;
    case "integer":
    case "long":
      return unlike(patterns.whole);
    case "decimal": {
      // As many decimals as the scale, then only zeros.
      const fraction = type.scale === 0 ? "0*" : `\\d{0,${type.scale}}0*`;
      return unlike(`[+-]?(\\d+(\\.${fraction})?|\\.${type.scale === 0 ? "0+" : `\\d${fraction}`})`);
    }
    case "double":
      return `${value} is null or not isfinite(${value})`;
    case "date":
      return unlike(patterns.date);
    case "timestamp":
      return unlike(patterns.timestamp);
    case "uuid":
    case "boolean":
    case "time":
    case "json":
    case "binary":
    case "array":
    case "map":
    case "struct":
      return `${value} is null`;
  }
}

function expectation(type: ColumnType): string {
  const name = printColumnType(type);
  const hints: Partial<Record<ColumnType["kind"], string>> = {
    date: " (YYYY-MM-DD)",
    timestamp: " (ISO 8601)",
    time: " (HH:MM:SS)",
    binary: " (base64)",
    string: " without NUL characters",
    decimal: " (plain notation, no more decimals than declared)",
  };
  return name + (hints[type.kind] ?? "");
}
