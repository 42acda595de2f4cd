/**
 * Where a product keeps its rows. One storage per product; DuckDB and PostgreSQL implement it and pass one suite.
 *
 * Rows are published as immutable versions. A reader takes a snapshot, which pins one version for all its statements
 * until it is released, so no reader ever sees a mixture; a version nobody can reach any more is dropped.
 *
 * Values of a row, the same for every engine:
 * string, uuid → string · integer, double → number · long → bigint · decimal → string in plain notation, never rounded ·
 * boolean → boolean · date → `YYYY-MM-DD` · time → `HH:MM:SS[.fff]` · timestamp → ISO 8601 in UTC, `2024-01-31T10:00:00.000Z` ·
 * json → parsed · binary → base64 · array → array · struct, map → plain object · NULL → null.
 */
import type { ColumnType } from "#schema";

export type Row = Readonly<Record<string, unknown>>;

export interface Snapshot {
  /** The published version, counting up from 1. */
  readonly version: number;
  readonly publishedAt: Date;
  /** The quoted physical name of an output's table in this version, to be put into SQL. */
  table(output: string): string;
  /** `columns` says how to convert each column of the result; parameters are `$1`, `$2`, …; an array parameter binds as an SQL array. */
  query(sql: string, parameters: readonly unknown[], columns: ReadonlyMap<string, ColumnType>): Promise<readonly Row[]>;
  /** Gives the version back; calling it twice does nothing. */
  release(): void;
}
