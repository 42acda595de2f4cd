/** One page of a table, and many pages of it at once: the same rows for each of many parents in one statement. */
import { sql } from "kysely";
import type { ColumnType } from "#schema";
import type { ServedColumn } from "../model/served-table.ts";
import { beyondSql, type OrderTerm, orderSql } from "./ordering.ts";
import { compileStatement, type Sql, type Statement } from "./statement.ts";
import { valueSql, valuesSql } from "./value.ts";

export interface PageQuery {
  /** What to read from: `visibleTable`. */
  readonly table: Sql;
  readonly columns: readonly ServedColumn[];
  readonly where: Sql | undefined;
  /** Total: ends with the key. */
  readonly order: readonly OrderTerm[];
  readonly after: readonly (string | null)[] | undefined;
  readonly before: readonly (string | null)[] | undefined;
  /** Rows to skip, for tables without a key; 0 otherwise. */
  readonly offset: number;
  /** How many rows at most, one more than the page to see whether there is another. */
  readonly limit: number;
  /** From the end of the order; the rows come in that reversed order. */
  readonly reversed: boolean;
}

/** The name of the row number in `partitionedPageStatement`; no manifest column can have it, it would have to start with a letter. */
const ROW_NUMBER = "__row";
const long: ColumnType = { kind: "long" };

export function pageStatement(query: PageQuery): Statement {
  const { table, columns, order, reversed, limit, offset } = query;
  return compileStatement(
    sql`select ${selectionSql(columns)} from ${table} as t${whereClause(conditions(query))} order by ${orderSql(order, reversed)} limit ${count(limit)}${offset === 0 ? sql`` : sql` offset ${count(offset)}`}`,
    resultColumns(columns),
  );
}

/** The page of every parent: the rows whose `by` is the parent's value, numbered within each parent. */
export function partitionedPageStatement(query: PageQuery, by: ServedColumn, parents: readonly string[]): Statement {
  const { table, columns, order, reversed, limit, offset } = query;
  const selected = columns.includes(by) ? columns : [...columns, by];
  const partition = sql.ref(`t.${by.column}`);
  const member = sql`${partition} = any(${valuesSql(by.type, parents)})`;
  return compileStatement(
    sql`select * from (select ${selectionSql(selected)}, row_number() over (partition by ${partition} order by ${orderSql(order, reversed)}) as ${sql.id(ROW_NUMBER)} from ${table} as t${whereClause([member, ...conditions(query)])}) as page where ${sql.id(ROW_NUMBER)} > ${count(offset)} and ${sql.id(ROW_NUMBER)} <= ${count(offset + limit)} order by ${sql.id(ROW_NUMBER)}`,
    new Map([...resultColumns(selected), [ROW_NUMBER, long]]),
  );
}

/** `count`, over all rows that match. */
export function countStatement(table: Sql, where: Sql | undefined): Statement {
  return compileStatement(
    sql`select count(*) as "count" from ${table} as t${whereClause(where === undefined ? [] : [where])}`,
    new Map([["count", long]]),
  );
}

/** `parent` and `count` for every parent that has rows. */
export function partitionedCountStatement(
  table: Sql,
  where: Sql | undefined,
  by: ServedColumn,
  parents: readonly string[],
): Statement {
  const partition = sql.ref(`t.${by.column}`);
  const member = sql`${partition} = any(${valuesSql(by.type, parents)})`;
  return compileStatement(
    sql`select ${partition} as "parent", count(*) as "count" from ${table} as t${whereClause(where === undefined ? [member] : [member, where])} group by ${partition}`,
    new Map([
      ["parent", by.type],
      ["count", long],
    ]),
  );
}

function conditions(query: PageQuery): readonly Sql[] {
  const { where, order, after, before } = query;
  return [
    ...(where === undefined ? [] : [where]),
    ...(after === undefined ? [] : [beyondSql(order, after, false)]),
    ...(before === undefined ? [] : [beyondSql(order, before, true)]),
  ];
}

export function whereClause(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`` : sql` where ${sql.join(parts, sql` and `)}`;
}

export function selectionSql(columns: readonly ServedColumn[]): Sql {
  return sql.join(columns.map(({ column }) => sql`${sql.ref(`t.${column}`)}`));
}

export function resultColumns(columns: readonly ServedColumn[]): ReadonlyMap<string, ColumnType> {
  return new Map(columns.map(({ column, type }) => [column, type]));
}

function count(value: number): Sql {
  return valueSql(long, String(value));
}
