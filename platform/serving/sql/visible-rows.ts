/**
 * Row filters as SQL: a table as one caller sees it. Every statement that reads a table reads it through here, so that
 * lists, look-ups, relations, counts and aggregates are all about the same rows.
 */
import { sql } from "kysely";
import type { RowFilter } from "#policies";
import { isComparable } from "../model/column-kinds.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import type { Sql } from "./statement.ts";
import { valuesSql, valueText } from "./value.ts";

/** A table in the version that a request reads. */
export interface VisibleTable {
  /** For a `from`, to be followed by an alias: the table itself, or a query for its visible rows. */
  readonly rows: Sql;
  /** Whether some rows may be left out. */
  readonly isFiltered: boolean;
}

/**
 * The rows of the table for which every filter holds. A filter that cannot be applied (its column is none of the table's,
 * or has no order) lets no row through; so does one whose values are none of the column's type. NULL is in no list.
 *
 * @param physical the quoted name of the table.
 */
export function visibleTable(table: ServedTable, physical: string, filters: readonly RowFilter[]): VisibleTable {
  const stored = sql.raw(physical);
  if (filters.length === 0) return { rows: stored, isFiltered: false };
  const conditions = filters.map((filter) => filterSql(table, filter));
  return { rows: sql`(select t.* from ${stored} as t where ${sql.join(conditions, sql` and `)})`, isFiltered: true };
}

function filterSql(table: ServedTable, filter: RowFilter): Sql {
  if (filter.kind === "none") return sql`false`;
  const column = table.columnByName.get(filter.column);
  if (column === undefined || !isComparable(column.type)) return sql`false`;
  const texts = filter.values.flatMap((value) => textOf(column, value));
  // DuckDB cannot bind a list without items.
  if (texts.length === 0) return sql`false`;
  return sql`${sql.ref(`t.${column.column}`)} = any(${valuesSql(column.type, texts)})`;
}

/** Nothing when no value of the column's type can be equal to it. */
function textOf(column: ServedColumn, value: string | number | boolean): readonly string[] {
  try {
    return [valueText(column.type, value, "a row filter's value")];
  } catch {
    return [];
  }
}
