/** `first`, `after`, `last`, `before`, `where` and `orderBy` of a connection field, read into what a page query needs. */
import { badInput } from "../errors.ts";
import type { AssertOperand, OperandUse } from "../model/operand-use.ts";
import { pageLimits } from "../model/row-limits.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import type { Direction, OrderTerm } from "../sql/ordering.ts";
import type { Sql } from "../sql/statement.ts";
import { whereSql } from "../sql/where.ts";
import { type CursorPlace, readCursor, readPosition } from "./cursor.ts";
import type { RowAccess } from "./row-access.ts";

export interface PageArguments {
  readonly size: number;
  /** From the end (`last`). */
  readonly reversed: boolean;
  readonly order: readonly OrderTerm[];
  readonly where: Sql | undefined;
  readonly after: CursorPlace | undefined;
  readonly before: CursorPlace | undefined;
  /** Rows before the page, where the table has no key and a place is a row number. */
  readonly offset: number;
}

/** Raises `BAD_USER_INPUT` for sizes out of bounds, foreign cursors and what `where` and `orderBy` refuse. */
export function readPageArguments(
  table: ServedTable,
  args: Readonly<Record<string, unknown>>,
  { assertOperand, mayUse }: Pick<RowAccess, "assertOperand" | "mayUse">,
): PageArguments {
  const first = readSize(args.first, "first");
  const last = readSize(args.last, "last");
  if (first !== undefined && last !== undefined) throw badInput("Pass first or last, not both.");
  const order = readOrder(table, args.orderBy, assertOperand, mayUse);
  const after = readText(args.after);
  const before = readText(args.before);
  const hasKey = table.key.length > 0;
  if (after !== undefined || before !== undefined) assertCursor(table, order, assertOperand);
  return {
    size: first ?? last ?? pageLimits.default,
    reversed: last !== undefined,
    order,
    where: whereSql(table, args.where, assertOperand),
    after: after === undefined || !hasKey ? undefined : readCursor(after, "after", table.typeName, order),
    before: before === undefined ? undefined : readCursor(before, "before", table.typeName, order),
    offset: after === undefined || hasKey ? 0 : readPosition(after, table.typeName, order),
  };
}

function readSize(value: unknown, name: "first" | "last"): number | undefined {
  if (typeof value !== "number") return undefined;
  if (value < 0) throw badInput(`${name} is negative.`);
  if (value > pageLimits.max) throw badInput(`${name} is more than ${pageLimits.max}. Read page by page.`);
  return value;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/**
 * Raises `OPERAND_FORBIDDEN` when a cursor of this order would have values in it that the caller may not see, or would
 * let the caller compare with them. Where the table has no key, a cursor is the number of a row.
 */
export function assertCursor(table: ServedTable, order: readonly OrderTerm[], assertOperand: AssertOperand): void {
  if (table.key.length === 0) return;
  for (const { column } of order) assertOperand(table, column, "show");
}

/**
 * The asked order, made total: by the key, or where there is none by every column that has an order and that the caller
 * may compare with.
 */
function readOrder(
  table: ServedTable,
  orderBy: unknown,
  assertOperand: AssertOperand,
  mayUse: RowAccess["mayUse"],
): readonly OrderTerm[] {
  const terms = (Array.isArray(orderBy) ? orderBy : []).map((term: { column: string; direction: Direction }) => ({
    column: operandByConstant(table, term.column, assertOperand, "compare"),
    direction: term.direction,
  }));
  if (terms.length > pageLimits.orderTerms) throw badInput(`orderBy has more than ${pageLimits.orderTerms} columns.`);
  const columns = new Set(terms.map(({ column }) => column));
  if (columns.size < terms.length) throw badInput("orderBy names a column twice.");
  const tieBreakers =
    table.key.length > 0 ? table.key : table.operands.filter((column) => mayUse(table, column, "compare"));
  const rest = tieBreakers.filter((column) => !columns.has(column));
  return [...terms, ...rest.map((column): OrderTerm => ({ column, direction: "ASC" }))];
}

/** The operand that the table's column enum calls so. */
export function operandByConstant(
  table: ServedTable,
  constant: string,
  assertOperand: AssertOperand,
  use: OperandUse,
): ServedColumn {
  const column = table.operands.find((candidate) => candidate.constant === constant);
  if (column === undefined) throw badInput(`${table.typeName} has no column ${constant} to sort or group by.`);
  assertOperand(table, column, use);
  return column;
}
