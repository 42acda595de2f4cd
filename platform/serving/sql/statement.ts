/**
 * SQL as a statement: text, parameters, and how to read the columns of its result. Texts are written with kysely's
 * PostgreSQL compiler, in the part of SQL that DuckDB and PostgreSQL share. What comes from a client is a parameter,
 * always; the text depends on the manifest and on the shape of the arguments alone.
 */
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from "kysely";
import type { ColumnType } from "#schema";

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly columns: ReadonlyMap<string, ColumnType>;
}

export type Sql = RawBuilder<unknown>;

// Compiles only: the dummy driver has no database behind it.
const compiler = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export function compileStatement(query: Sql, columns: ReadonlyMap<string, ColumnType>): Statement {
  const { sql, parameters } = query.compile(compiler);
  return { sql, parameters, columns };
}
