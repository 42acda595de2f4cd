/** Rows by the values of some of their columns: entities by key, the targets of references. */
import { sql } from "kysely";
import type { ServedColumn } from "../model/served-table.ts";
import { resultColumns, selectionSql } from "./page.ts";
import { compileStatement, type Sql, type Statement } from "./statement.ts";
import { valuesSql } from "./value.ts";

/**
 * `keys` has the checked texts of `by`'s columns for each wanted row. One parameter per key column, whatever the number
 * of keys, so the statement's text is the same for every batch.
 */
export function lookupStatement(
  table: Sql,
  columns: readonly ServedColumn[],
  by: readonly ServedColumn[],
  keys: readonly (readonly string[])[],
): Statement {
  const texts = by.map((_, index) => keys.map((key) => key[index] ?? ""));
  const [first] = by;
  if (by.length === 1 && first !== undefined) {
    return compileStatement(
      sql`select ${selectionSql(columns)} from ${table} as t where ${sql.ref(`t.${first.column}`)} = any(${valuesSql(first.type, texts[0] ?? [])})`,
      resultColumns(columns),
    );
  }
  const names = by.map((_, index) => `k${index}`);
  const wanted = by.map(
    ({ type }, index) => sql`unnest(${valuesSql(type, texts[index] ?? [])}) as ${sql.ref(names[index] ?? "")}`,
  );
  const equal = by.map(({ column }, index) => sql`${sql.ref(`t.${column}`)} = ${sql.ref(`wanted.${names[index]}`)}`);
  return compileStatement(
    sql`select ${selectionSql(columns)} from ${table} as t join (select ${sql.join(wanted)}) as wanted on ${sql.join(equal, sql` and `)}`,
    resultColumns(columns),
  );
}
