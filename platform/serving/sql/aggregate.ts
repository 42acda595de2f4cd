/**
 * Groups of rows with their sums, averages and extremes.
 *
 * Sums are decimals without rounding. An average is not computed by the engine (DuckDB averages decimals in floating
 * point, PostgreSQL in its own scale): the statement gives sum and count, and `average` divides them exactly.
 */
import { sql } from "kysely";
import type { ColumnType } from "#schema";
import type { ServedColumn } from "../model/served-table.ts";
import { comparedSql, type Direction } from "./ordering.ts";
import { whereClause } from "./page.ts";
import { compileStatement, type Sql, type Statement } from "./statement.ts";
import { valueSql } from "./value.ts";

export const calendarUnits = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY"] as const;
export type CalendarUnit = (typeof calendarUnits)[number];

export interface GroupTerm {
  readonly column: ServedColumn;
  /** Cuts a date or an instant (in UTC) to the first day of the unit. */
  readonly unit: CalendarUnit | undefined;
}

export type Measure =
  | { readonly kind: "rows" }
  | { readonly kind: "sum" | "min" | "max" | "values"; readonly column: ServedColumn };

export type AggregateOrderTerm =
  | { readonly by: "group"; readonly group: GroupTerm; readonly direction: Direction }
  | { readonly by: "rows"; readonly direction: Direction }
  | { readonly by: "sum" | "avg" | "min" | "max"; readonly column: ServedColumn; readonly direction: Direction };

export interface AggregateQuery {
  /** What to read from: `visibleTable`. */
  readonly table: Sql;
  readonly where: Sql | undefined;
  readonly groups: readonly GroupTerm[];
  readonly measures: readonly Measure[];
  readonly order: readonly AggregateOrderTerm[];
  readonly limit: number;
  readonly minGroup: SmallestGroup | undefined;
}

/**
 * What is not shown of small groups:
 *
 * 1. A group of fewer rows is left out, and so is the one of all rows where there is no `groupBy`.
 * 2. A sum or an average of fewer values is null. An extreme is the value of one row, so it is always null.
 * 3. A row counts only with `size` rows that agree with it in everything it is chosen and grouped by (its cell): so two
 *    questions about the same columns can never differ by fewer rows, and `where: { id: { ne: … } }` takes nobody out.
 */
interface SmallestGroup {
  readonly size: number;
  /** The columns that `where` compares. */
  readonly compared: readonly ServedColumn[];
}

const decimal = (scale: number): ColumnType => ({ kind: "decimal", precision: 38, scale });

export function aggregateStatement(query: AggregateQuery): Statement {
  const { groups, measures, minGroup } = query;
  const selected = [
    ...groups.map((group) => sql`${groupSql(group)} as ${sql.id(groupName(group.column))}`),
    ...measures.map((measure) => sql`${measureSql(measure, minGroup)} as ${sql.id(measureName(measure))}`),
  ];
  const grouped = groups.length === 0 ? sql`` : sql` group by ${sql.join(groups.map(groupSql))}`;
  // The groups at the end make the order total; without groups there is one row.
  const order = [
    ...query.order,
    ...groups.map((group): AggregateOrderTerm => ({ by: "group", group, direction: "ASC" })),
  ];
  const ordered =
    groups.length === 0
      ? sql``
      : sql` order by ${sql.join(order.map((term) => sql`${orderTermSql(term, minGroup)} ${sql.raw(term.direction.toLowerCase())} nulls last`))}`;
  const conditions = query.where === undefined ? [] : [query.where];
  const least = minGroup && valueSql({ kind: "long" }, String(minGroup.size));
  const inCells = minGroup !== undefined && minGroup.compared.length > 0;
  if (inCells) conditions.push(sql`t.${sql.id(cellSize)} >= ${least}`);
  const having = least === undefined ? sql`` : sql` having count(*) >= ${least}`;
  const table = inCells ? withCells(query, minGroup) : query.table;
  return compileStatement(
    sql`select ${sql.join(selected)} from ${table} as t${whereClause(conditions)}${grouped}${having}${ordered} limit ${valueSql({ kind: "long" }, String(query.limit))}`,
    new Map([
      ...groups.map((group): [string, ColumnType] => [groupName(group.column), groupType(group)]),
      ...measures.map((measure): [string, ColumnType] => [measureName(measure), measureType(measure)]),
    ]),
  );
}

export function groupName(column: ServedColumn): string {
  return `group.${column.column}`;
}

export function measureName(measure: Measure): string {
  return measure.kind === "rows" ? "rows" : `${measure.kind}.${measure.column.column}`;
}

/** What a group's value is read as: a cut instant is a day. */
function groupType({ column, unit }: GroupTerm): ColumnType {
  return unit === undefined ? column.type : { kind: "date" };
}

/** Sums of whole numbers are decimals without places: no sum of 64-bit numbers overflows one. */
function measureType(measure: Measure): ColumnType {
  if (measure.kind === "rows" || measure.kind === "values") return { kind: "long" };
  const { type } = measure.column;
  if (measure.kind !== "sum" || type.kind === "double") return type;
  return decimal(type.kind === "decimal" ? type.scale : 0);
}

function groupSql({ column, unit }: GroupTerm): Sql {
  const reference = sql.ref(`t.${column.column}`);
  if (unit === undefined) return reference;
  const local = column.type.kind === "timestamp" ? sql`(${reference} at time zone 'UTC')` : reference;
  return sql`cast(date_trunc('${sql.raw(unit.toLowerCase())}', ${local}) as date)`;
}

/** How many rows there are like a row, itself included; no manifest column can have the name. */
const cellSize = "__cell";

function withCells({ table, groups }: AggregateQuery, { compared }: SmallestGroup): Sql {
  const cell = [...groups.map(groupSql), ...compared.map(({ column }) => sql.ref(`t.${column}`))];
  return sql`(select t.*, count(*) over (partition by ${sql.join(cell)}) as ${sql.id(cellSize)} from ${table} as t)`;
}

function measureSql(measure: Measure, minGroup: SmallestGroup | undefined): Sql {
  const measured = wholeMeasureSql(measure);
  if (minGroup === undefined || measure.kind === "rows" || measure.kind === "values") return measured;
  if (measure.kind !== "sum") return sql`case when false then ${measured} end`;
  return shownSql(measure.column, measured, minGroup);
}

function shownSql({ column }: ServedColumn, measured: Sql, { size }: SmallestGroup): Sql {
  return sql`case when count(${sql.ref(`t.${column}`)}) >= ${valueSql({ kind: "long" }, String(size))} then ${measured} end`;
}

function wholeMeasureSql(measure: Measure): Sql {
  if (measure.kind === "rows") return sql`count(*)`;
  const reference = sql.ref(`t.${measure.column.column}`);
  switch (measure.kind) {
    case "values":
      return sql`count(${reference})`;
    case "min":
      return sql`min(${reference})`;
    case "max":
      return sql`max(${reference})`;
    case "sum": {
      const { type } = measure.column;
      if (type.kind === "double") return sql`sum(${reference})`;
      return sql`cast(sum(${reference}) as ${sql.raw(`decimal(38,${type.kind === "decimal" ? type.scale : 0})`)})`;
    }
  }
}

function orderTermSql(term: AggregateOrderTerm, minGroup: SmallestGroup | undefined): Sql {
  switch (term.by) {
    case "rows":
      return sql`count(*)`;
    case "group": {
      // A cut date is no text, and text must be compared as elsewhere; grouping by it is the same in any order.
      return term.group.unit === undefined ? comparedSql(term.group.column) : groupSql(term.group);
    }
    case "avg": {
      const average = sql`avg(${sql.ref(`t.${term.column.column}`)})`;
      return minGroup === undefined ? average : shownSql(term.column, average, minGroup);
    }
    case "sum":
    case "min":
    case "max":
      return measureSql({ kind: term.by, column: term.column }, minGroup);
  }
}
