/** A file, read and typed: one temporary table in which every row is either good or carries the reason why not. */
import { quoteName } from "../storage/layout.ts";
import type { Scratch } from "../storage/port.ts";
import type { StagedColumn } from "./stage-columns.ts";
import { typedColumn } from "./typing.ts";

export interface TypedTable {
  /** Quoted; columns `"mesh.line"`, `"mesh.reason"`, `"mesh.raw"` and those of `columns`. */
  readonly table: string;
  readonly columns: readonly StagedColumn[];
  readonly rejected: number;
}

/** Rows in text form: the relation (SQL), and SQL for a row's line, its source text, its fault and each source column. */
export interface TextRelation {
  readonly from: string;
  readonly line: string;
  readonly raw: string;
  readonly fault: string;
  textAt(position: number): string;
}

let tables = 0;

/** Types a relation; the caller drops the table. */
export async function typeRelation(
  scratch: Scratch,
  relation: TextRelation,
  columns: readonly StagedColumn[],
): Promise<TypedTable> {
  const table = quoteName(`typed ${tables++}`);
  const typed = columns.map((column) =>
    typedColumn(column.at === undefined ? "cast(null as varchar)" : relation.textAt(column.at), column),
  );
  const reasons = typed.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const reason = `coalesce(${relation.fault}, nullif(concat_ws('; ', ${["null", ...reasons].join(", ")}), ''))`;
  const values = columns.map((column, index) => `${typed[index]?.value ?? "null"} as ${quoteName(column.name)}`);
  await scratch.execute(
    `create temp table ${table} as select ${[
      `cast(${relation.line} as bigint) as "mesh.line"`,
      `${reason} as "mesh.reason"`,
      `replace(cast(${relation.raw} as varchar), chr(0), '') as "mesh.raw"`,
      ...values,
    ].join(", ")} from ${relation.from}`,
  );
  const [count] = await scratch.query(`select count(*) as n from ${table} where "mesh.reason" is not null`);
  return { table, columns, rejected: Number(count?.n ?? 0) };
}
