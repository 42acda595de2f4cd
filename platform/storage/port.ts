/**
 * Where a product keeps its rows. One storage per product; DuckDB and PostgreSQL implement it and pass one suite.
 *
 * Rows are published as immutable versions. A reader takes a snapshot, which pins one version for all its statements
 * until it is released, so no reader ever sees a mixture; a version nobody can reach any more is dropped.
 * A writer fills a draft inside one transaction: it becomes the next version as a whole, or nothing of it remains. What a
 * draft writes into the outbox is part of the same transaction, and is handed on afterwards, at least once.
 *
 * Values of a row, the same for every engine:
 * string, uuid → string · integer, double → number · long → bigint · decimal → string in plain notation, never rounded ·
 * boolean → boolean · date → `YYYY-MM-DD` · time → `HH:MM:SS[.fff]` · timestamp → ISO 8601 in UTC, `2024-01-31T10:00:00.000Z`
 * (six decimals where there are microseconds) · json → parsed · binary → base64 · array → array · struct, map → plain
 * object · NULL → null. A result column that `columns` does not name keeps the nearest of these for its engine type.
 */
import type { ColumnType } from "#schema";

export type Row = Readonly<Record<string, unknown>>;

export type StorageEngine = "duckdb" | "postgres";

export interface QueryOptions {
  /** Aborting stops the statement in the engine; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Snapshot {
  /** The published version, counting up from 1. */
  readonly version: number;
  readonly publishedAt: Date;
  /** When it was last known that the inputs have nothing newer. */
  readonly checkedAt: Date;
  readonly engine: StorageEngine;
  /** The quoted physical name of an output's table in this version, to be put into SQL. */
  table(output: string): string;
  /** `columns` says how to convert each column of the result; parameters are `$1`, `$2`, …; an array parameter binds as an SQL array. */
  query(
    sql: string,
    parameters: readonly unknown[],
    columns: ReadonlyMap<string, ColumnType>,
    options?: QueryOptions,
  ): Promise<readonly Row[]>;
  /** The same for results of any size: batches of some thousand rows, from one statement. */
  stream(
    sql: string,
    parameters: readonly unknown[],
    columns: ReadonlyMap<string, ColumnType>,
    options?: QueryOptions,
  ): AsyncIterable<readonly Row[]>;
  /** Gives the version back; calling it twice does nothing. */
  release(): void;
}

/** The reading half: what serving needs of a product's storage. */
export interface Snapshots {
  /** Pins the version that is published now. Raises `PRODUCT_NOT_PUBLISHED` before the first one. */
  snapshot(): Promise<Snapshot>;
}

export interface PublishedVersion {
  readonly version: number;
  readonly publishedAt: Date;
  /** When its inputs were looked at. */
  readonly checkedAt: Date;
  /** What it was made from; an equal fingerprint means that making it again would give the same rows. */
  readonly fingerprint: string;
  /** Rows per output. */
  readonly rows: ReadonlyMap<string, number>;
  /** Open rows in quarantine. */
  readonly quarantined: number;
}

export interface Storage extends Snapshots {
  readonly product: string;
  readonly engine: StorageEngine;
  /** Opens the engine and finds what is published. Raises `STORAGE_UNREACHABLE`, `STORAGE_LOCKED`, `STORAGE_UNREADABLE`. */
  open(): Promise<PublishedVersion | undefined>;
  /** The version that a snapshot taken now would pin. */
  published(): PublishedVersion | undefined;
  /**
   * Runs `work` in one transaction, one writer at a time. Its outputs become the next version when it resolves with a
   * publication; when it resolves with undefined or throws, nothing of it remains.
   */
  publish(
    work: (draft: Draft) => Promise<Publication | undefined>,
    options?: QueryOptions,
  ): Promise<PublishedVersion | undefined>;
  /**
   * Hands the oldest rows of the outbox, at most `limit`, to `handOn`, in their order, and deletes them when that resolves.
   * Resolves with their number; with undefined while another drain of the product runs, in this process or in another.
   *
   * Rows come again, the same, when `handOn` rejects, when `signal` aborts or the storage is closed while it runs (the drain
   * then rejects without waiting for it), and when the process or the connection ends before they are deleted. Nobody who
   * reads or writes waits for `handOn`.
   */
  drainOutbox(
    limit: number,
    handOn: (rows: readonly OutboxRow[]) => Promise<void>,
    options?: QueryOptions,
  ): Promise<number | undefined>;
  /** Ends drains, waits for running statements, then closes the engine. */
  close(): Promise<void>;
}

/** An event on its way out. Columns are called as Debezium's outbox event router expects them. */
export interface OutboxRow {
  /** Counts up, with gaps. */
  readonly position: bigint;
  /** The event's id. */
  readonly id: string;
  /** The topic. */
  readonly aggregatetype: string;
  /** Events with an equal one keep their order. */
  readonly aggregateid: string;
  /** The event's type. */
  readonly type: string;
  /** The event as it travels, JSON. */
  readonly payload: string;
}

/** What a finished draft says of itself; its output tables are those made with `createOutput`. */
export interface Publication {
  readonly fingerprint: string;
  readonly publishedAt: Date;
  /** Default: `publishedAt`. */
  readonly checkedAt?: Date;
}

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** A SQL session; `execute` resolves with the number of changed rows. */
export interface SqlSession {
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  query(
    sql: string,
    parameters?: readonly unknown[],
    columns?: ReadonlyMap<string, ColumnType>,
  ): Promise<readonly Row[]>;
}

/** A DuckDB session that reads files. */
export interface Scratch extends SqlSession {
  /** Makes a temporary table of text columns and fills it; batches are column by column. Resolves with its quoted name. */
  textTable(columns: readonly string[], batches: AsyncIterable<TextBatch> | Iterable<TextBatch>): Promise<string>;
}

/** Columns of equal length. */
export type TextBatch = readonly (readonly (string | null)[])[];

/** The next version in the making, inside one transaction of the product's engine. */
export interface Draft extends SqlSession {
  readonly version: number;
  readonly engine: StorageEngine;
  readonly signal: AbortSignal | undefined;
  /** Names of the product's tables in SQL. */
  readonly layout: Layout;
  /** A DuckDB session that reads files: the engine itself, or one in memory beside PostgreSQL. */
  scratch(): Promise<Scratch>;
  /** Inserts the rows that a query of the scratch session gives, column by column in the order of `columns`. */
  take(select: string, table: string, columns: readonly TableColumn[]): Promise<number>;
  /** Inserts rows whose values follow the table of values above, in the order of `columns`. */
  load(table: string, columns: readonly TableColumn[], batches: AsyncIterable<readonly Row[]>): Promise<number>;
  /** Keeps a query's result under a name that only this draft's later queries see, before an input of the same name; resolves with its SQL name. */
  work(name: string, select: string): Promise<string>;
  /** The SQL name of what `work` keeps. */
  workTable(name: string): string;
  /** Its columns, with the engine's names of their types. */
  workColumns(name: string): Promise<readonly { readonly name: string; readonly type: string }[]>;
  /** The engine's name of a column type. */
  typeName(type: ColumnType): string;
  /** SQL that converts a value of the engine's type `from`, null where it cannot. */
  tryCast(value: string, from: string, type: ColumnType): string;
  /** Creates the output's table in this version from a query with exactly `columns`. */
  createOutput(
    output: string,
    columns: readonly TableColumn[],
    options: { readonly key: readonly string[]; readonly indexed: readonly string[] },
    select: string,
  ): Promise<number>;
}

/** Quoted names of what a product's storage holds. */
export interface Layout {
  /** The table that keeps an input's rows between runs. */
  staged(input: string): string;
  /** The view of it, without bookkeeping columns, that the transformation sees by the input's plain name. */
  view(input: string): string;
  /** A table in the published or coming version. */
  output(output: string, version: number): string;
  /** Bookkeeping tables. */
  readonly versions: string;
  readonly ledger: string;
  readonly inputs: string;
  readonly quarantine: string;
  readonly outbox: string;
  readonly announced: string;
}
