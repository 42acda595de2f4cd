/**
 * The order of rows, and the rows after a place in it (keyset pagination).
 *
 * Every order is made total by the key columns at its end, so that each row has one place. A cursor is the values of the
 * ordering columns of its row: "after it" is a condition on values, not a count of rows, and stays true when another
 * version of the data is published in between.
 *
 * NULL sorts last, ascending and descending, said in SQL because the engines' defaults differ. Text is compared by
 * code point (`collate "C"`), not by the database's language.
 */
import { sql } from "kysely";
import type { ServedColumn } from "../model/served-table.ts";
import type { Sql } from "./statement.ts";
import { valueSql } from "./value.ts";

export type Direction = "ASC" | "DESC";

export interface OrderTerm {
  readonly column: ServedColumn;
  readonly direction: Direction;
}

/** The column as both engines compare it. */
export function comparedSql(column: ServedColumn): Sql {
  const reference = sql.ref(`t.${column.column}`);
  return column.type.kind === "string" ? sql`${reference} collate "C"` : reference;
}

/** `reversed` walks the same order from its end. */
export function orderSql(order: readonly OrderTerm[], reversed: boolean): Sql {
  // Rows without any column that has an order come as they are stored.
  if (order.length === 0) return sql`(select null)`;
  return sql.join(
    order.map(({ column, direction }) => {
      const descending = (direction === "DESC") !== reversed;
      return sql`${comparedSql(column)} ${sql.raw(descending ? "desc" : "asc")} ${sql.raw(reversed ? "nulls first" : "nulls last")}`;
    }),
  );
}

/**
 * Rows strictly after the place (or, `reversed`, strictly before it), where `texts` are the place's values in the order's
 * terms: (a after x) or (a = x and b after y) or (a = x and b = y and c after z) …
 */
export function beyondSql(order: readonly OrderTerm[], texts: readonly (string | null)[], reversed: boolean): Sql {
  const alternatives: Sql[] = [];
  const equal: Sql[] = [];
  order.forEach((term, index) => {
    const text = texts[index] ?? null;
    const beyond = termBeyondSql(term, text, reversed);
    if (beyond !== undefined) alternatives.push(sql`(${sql.join([...equal, beyond], sql` and `)})`);
    equal.push(
      text === null
        ? sql`${reference(term)} is null`
        : sql`${comparedSql(term.column)} = ${valueSql(term.column.type, text)}`,
    );
  });
  return alternatives.length === 0 ? sql`false` : sql`(${sql.join(alternatives, sql` or `)})`;
}

function termBeyondSql(term: OrderTerm, text: string | null, reversed: boolean): Sql | undefined {
  // NULLs are the end of the order: nothing comes after one, and everything that is not NULL comes before it.
  if (text === null) return reversed ? sql`${reference(term)} is not null` : undefined;
  const descending = (term.direction === "DESC") !== reversed;
  const compared = sql`${comparedSql(term.column)} ${sql.raw(descending ? "<" : ">")} ${valueSql(term.column.type, text)}`;
  return reversed || term.column.nonNull ? compared : sql`(${compared} or ${reference(term)} is null)`;
}

function reference(term: OrderTerm): Sql {
  return sql.ref(`t.${term.column.column}`);
}
