/**
 * DuckDB as a product's storage: one file per product, opened by one process. Statements run on DuckDB's own threads,
 * so the event loop stays free; each of a handful of connections runs one statement at a time.
 *
 * A publish is one transaction on the writer's connection. Readers keep seeing the tables of the version they pinned,
 * because every version has tables of its own.
 */

import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  VARCHAR,
} from "@duckdb/node-api";
import { LRUCache } from "lru-cache";
import type { ClientError, ColumnType } from "#schema";
import { platformError } from "../errors.ts";
import { duckdbFromText, duckdbParameters, duckdbType, fromDuckDB } from "./duckdb-values.ts";
import { createBookkeeping, layoutIn, quoteName } from "./layout.ts";
import { anyOf, drainOn } from "./outbox.ts";
import { createPins } from "./pins.ts";
import type {
  Draft,
  OutboxRow,
  Publication,
  PublishedVersion,
  QueryOptions,
  Row,
  Scratch,
  Snapshot,
  SqlSession,
  Storage,
  TableColumn,
  TextBatch,
} from "./port.ts";
import { observed } from "./statement.ts";
import { textOf } from "./values.ts";
import { readLatestVersion, recordVersion } from "./versions.ts";

export interface DuckDBOptions {
  readonly product: string;
  /** The product's file; its folder is made when missing. `:memory:` keeps nothing. */
  readonly file: string;
  /** Default 256. DuckDB spills to disk beyond it. */
  readonly memoryLimitMb?: number | undefined;
  /** Default 2. */
  readonly threads?: number | undefined;
  /** Statements that run at the same time; more wait. Default 4. */
  readonly maxConnections?: number | undefined;
}

const schema = "mesh";
const layout = layoutIn(schema);
/** Rows that are converted before other work gets the event loop again. */
const rowsPerTurn = 4_096;
const preparedPerConnection = 200;
/** The engine's own vector size. */
const rowsPerChunk = 2_048;

interface Lease {
  readonly connection: DuckDBConnection;
  readonly prepared: LRUCache<string, DuckDBPreparedStatement>;
}

/** The storage of one product in one DuckDB file; `open` must be awaited first. */
export function createDuckDBStorage(options: DuckDBOptions): Storage {
  const { product } = options;
  let instance: DuckDBInstance | undefined;
  let current: PublishedVersion | undefined;
  let closing: Promise<void> | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  const idle: Lease[] = [];
  const waiting: ((lease: Lease) => void)[] = [];
  let connections = 0;
  const running = new Set<Promise<unknown>>();
  const ending = new AbortController();
  let isDraining = false;
  const pins = createPins((version) => {
    if (version !== current?.version && closing === undefined) void track(dropVersion(version)).catch(() => undefined);
  });

  function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    const forget = (): void => void running.delete(work);
    work.then(forget, forget);
    return work;
  }

  function opened(): DuckDBInstance {
    if (instance === undefined || closing !== undefined) {
      throw platformError("STORAGE_CLOSED", `The storage of product "${product}" is closed.`);
    }
    return instance;
  }

  async function acquire(): Promise<Lease> {
    const db = opened();
    const free = idle.pop();
    if (free !== undefined) return free;
    if (connections >= (options.maxConnections ?? 4)) return new Promise((resolve) => waiting.push(resolve));
    connections++;
    try {
      return { connection: await db.connect(), prepared: preparedCache() };
    } catch (error) {
      connections--;
      throw error;
    }
  }

  function giveBack(lease: Lease): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(lease);
    else next(lease);
  }

  /** One statement on a free connection; results are complete before it is given back. */
  async function read<T>(
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal | undefined,
    consume: (result: DuckDBResult) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const lease = await acquire();
    try {
      signal?.throwIfAborted();
      return await observed({ product, engine: "duckdb", purpose: "read", sql }, () =>
        interruptible(lease.connection, signal, async () => {
          let statement = lease.prepared.get(sql);
          if (statement === undefined) {
            statement = await lease.connection.prepare(sql);
            lease.prepared.set(sql, statement);
          }
          const { values, types } = duckdbParameters(parameters);
          statement.bind(values, types);
          return consume(await statement.run());
        }),
      );
    } finally {
      giveBack(lease);
    }
  }

  async function open(): Promise<PublishedVersion | undefined> {
    if (options.file !== ":memory:") await mkdir(dirname(options.file), { recursive: true });
    const existed = options.file !== ":memory:" && existsSync(options.file);
    try {
      instance = await DuckDBInstance.create(options.file, {
        threads: String(options.threads ?? 2),
        memory_limit: `${options.memoryLimitMb ?? 256}MB`,
        autoinstall_known_extensions: "false",
        autoload_known_extensions: "false",
        // Freed memory goes back to the system: a mesh runs many engines in one process.
        allocator_flush_threshold: "1MB",
        allocator_bulk_deallocation_flush_threshold: "1MB",
      });
    } catch (cause) {
      throw openFailure(product, options.file, existed, cause);
    }
    const connection = await instance.connect();
    try {
      const session = sessionOn(connection, product, undefined);
      await session.execute("set global TimeZone = 'UTC'");
      await session.execute(`create schema if not exists ${quoteName(schema)}`);
      await createBookkeeping(session, layout);
      current = await readLatestVersion(session, layout);
      await dropLeftovers(session);
    } finally {
      connection.closeSync();
    }
    return current;
  }

  /** After a crash: tables of versions that nobody can read any more. */
  async function dropLeftovers(session: SqlSession): Promise<void> {
    const tables = await session.query(
      "select table_name from information_schema.tables where table_schema = $1 and table_name like 'v%.%'",
      [schema],
    );
    for (const { table_name: name } of tables) {
      const version = /^v(\d+)\./.exec(String(name))?.[1];
      if (version !== undefined && Number(version) !== current?.version && !pins.isPinned(Number(version))) {
        await session.execute(`drop table ${quoteName(schema)}.${quoteName(String(name))}`);
      }
    }
  }

  async function dropVersion(version: number): Promise<void> {
    // Behind the writer: two connections that change the catalog at once would conflict.
    const after = writing.then(async () => {
      if (pins.isPinned(version) || version === current?.version) return;
      const connection = await opened().connect();
      try {
        const session = sessionOn(connection, product, undefined);
        const tables = await session.query(
          "select table_name from information_schema.tables where table_schema = $1 and starts_with(table_name, $2)",
          [schema, `v${version}.`],
        );
        for (const { table_name: name } of tables) {
          await session.execute(`drop table if exists ${quoteName(schema)}.${quoteName(String(name))}`);
        }
      } finally {
        connection.closeSync();
      }
    });
    writing = after.catch(() => undefined);
    return after;
  }

  function snapshotOf(version: PublishedVersion): Snapshot {
    const release = pins.pin(version.version);
    let released = false;
    const assertHeld = (): void => {
      if (released) throw new Error(`a snapshot of product "${product}" was used after its release`);
    };
    return {
      version: version.version,
      publishedAt: version.publishedAt,
      checkedAt: version.checkedAt,
      engine: "duckdb",
      table: (output) => layout.output(output, version.version),
      async query(sql, parameters, columns, queryOptions) {
        assertHeld();
        return track(read(sql, parameters, queryOptions?.signal, (result) => allRows(result, columns)));
      },
      async *stream(sql, parameters, columns, queryOptions) {
        assertHeld();
        // The result is complete inside DuckDB before the first batch, so the connection is not held by a slow reader.
        const result = await track(read(sql, parameters, queryOptions?.signal, async (complete) => complete));
        for (;;) {
          const rows = await nextRows(result, columns);
          if (rows === undefined) return;
          yield rows;
        }
      },
      release() {
        released = true;
        release();
      },
    };
  }

  async function publish(
    work: (draft: Draft) => Promise<Publication | undefined>,
    queryOptions?: QueryOptions,
  ): Promise<PublishedVersion | undefined> {
    const turn = writing.then(() => write(work, queryOptions?.signal));
    writing = turn.catch(() => undefined);
    return track(turn);
  }

  async function write(
    work: (draft: Draft) => Promise<Publication | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<PublishedVersion | undefined> {
    const connection = await opened().connect();
    const session = sessionOn(connection, product, signal);
    const version = (current?.version ?? 0) + 1;
    const rows = new Map<string, number>();
    try {
      await session.execute("begin transaction");
      try {
        const publication = await work(draftOn(connection, session, version, rows, signal));
        if (publication === undefined) {
          await session.execute("rollback");
          return undefined;
        }
        const published = await recordVersion(session, layout, version, publication, rows);
        await session.execute("commit");
        const former = current;
        current = published;
        // Not awaited: it runs behind this turn of the writer.
        if (former !== undefined && !pins.isPinned(former.version)) {
          queueMicrotask(() => {
            if (closing === undefined) void track(dropVersion(former.version)).catch(() => undefined);
          });
        }
        return published;
      } catch (error) {
        // The connection is closed below, which rolls back what `rollback` itself could not.
        await sessionOn(connection, product, undefined)
          .execute("rollback")
          .catch(() => undefined);
        throw error;
      }
    } finally {
      connection.closeSync();
    }
  }

  async function drainOutbox(
    limit: number,
    handOn: (rows: readonly OutboxRow[]) => Promise<void>,
    queryOptions?: QueryOptions,
  ): Promise<number | undefined> {
    // One process has the file, so its own drains are all that there are.
    const db = opened();
    if (isDraining) return undefined;
    isDraining = true;
    try {
      const connection = await db.connect();
      try {
        const session = sessionOn(connection, product, undefined);
        return await drainOn(session, layout, limit, handOn, anyOf(queryOptions?.signal, ending.signal));
      } finally {
        connection.closeSync();
      }
    } finally {
      isDraining = false;
    }
  }

  return {
    product,
    engine: "duckdb",
    open,
    published: () => current,
    async snapshot() {
      opened();
      if (current === undefined) {
        throw platformError("PRODUCT_NOT_PUBLISHED", `Product "${product}" has published no version yet.`);
      }
      return snapshotOf(current);
    },
    publish,
    drainOutbox: (...given) => track(drainOutbox(...given)),
    close() {
      closing ??= (async () => {
        ending.abort(platformError("STORAGE_CLOSED", `The storage of product "${product}" is closed.`));
        await Promise.allSettled([...running, writing]);
        for (const lease of idle) {
          for (const statement of lease.prepared.values()) statement.destroySync();
          lease.connection.closeSync();
        }
        instance?.closeSync();
        instance = undefined;
      })();
      return closing;
    },
  };
}

function preparedCache(): LRUCache<string, DuckDBPreparedStatement> {
  return new LRUCache({
    max: preparedPerConnection,
    dispose: (statement) => statement.destroySync(),
  });
}

/** A scratch session of its own, in memory, for an engine that reads no files. */
export interface OwnScratch extends Scratch {
  stream(sql: string, columns: ReadonlyMap<string, ColumnType>): AsyncIterable<readonly Row[]>;
  close(): void;
}

export async function openScratch(product: string, signal: AbortSignal | undefined): Promise<OwnScratch> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "2",
    memory_limit: "256MB",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // Freed memory goes back to the system: a mesh runs many engines in one process.
    allocator_flush_threshold: "1MB",
    allocator_bulk_deallocation_flush_threshold: "1MB",
  });
  const connection = await instance.connect();
  const session = sessionOn(connection, product, signal);
  await session.execute("set global TimeZone = 'UTC'");
  return {
    ...scratchOn(connection, session),
    async *stream(sql, columns) {
      const result = await connection.run(sql);
      for (;;) {
        const rows = await nextRows(result, columns);
        if (rows === undefined) return;
        yield rows;
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function draftOn(
  connection: DuckDBConnection,
  session: SqlSession,
  version: number,
  rows: Map<string, number>,
  signal: AbortSignal | undefined,
): Draft {
  const scratch = scratchOn(connection, session);
  return {
    ...session,
    version,
    engine: "duckdb",
    signal,
    layout,
    typeName: duckdbType,
    tryCast: (value, _from, type) =>
      type.kind === "json" ? `try_cast(to_json(${value}) as JSON)` : `try_cast(${value} as ${duckdbType(type)})`,
    async work(name, select) {
      // Temporary tables are looked up before any schema; they go when the draft's connection is closed. The engine
      // cannot commit a table of the file that was filled and dropped in one transaction.
      await session.execute(`set search_path = '${schema}'`);
      await session.execute(`create or replace temp table ${quoteName(name)} as ${select}`);
      return workTable(name);
    },
    workTable,
    async workColumns(name) {
      const rows = await session.query(
        `select column_name, column_type from (describe select * from ${workTable(name)})`,
      );
      return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
    },
    scratch: async () => scratch,
    take: (select, table, columns) => session.execute(`insert into ${table} (${names(columns)}) ${select}`),
    async load(table, columns, batches) {
      const texts = columns.map((_, index) => `c${index}`);
      const loading = await scratch.textTable(texts, textBatches(columns, batches));
      const typed = columns.map(({ type }, index) => duckdbFromText(`c${index}`, type));
      const count = await session.execute(
        `insert into ${table} (${names(columns)}) select ${typed.join(", ")} from ${loading}`,
      );
      await session.execute(`drop table ${loading}`);
      return count;
    },
    async createOutput(output, columns, _options, select) {
      // No index: zone maps and a vectorised scan answer keyed reads of products of this size in about a millisecond,
      // and an index would slow each publish and pin memory.
      const table = layout.output(output, version);
      await session.execute(
        `create table ${table} (${columns.map(({ name, type }) => `${quoteName(name)} ${duckdbType(type)}`).join(", ")})`,
      );
      const count = await session.execute(`insert into ${table} (${names(columns)}) ${select}`);
      rows.set(output, count);
      return count;
    },
  };
}

/** Rows as text columns, in parts that fit one chunk of the engine. */
async function* textBatches(
  columns: readonly TableColumn[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncIterable<TextBatch> {
  for await (const batch of batches) {
    for (let start = 0; start < batch.length; start += rowsPerChunk) {
      const part = batch.slice(start, start + rowsPerChunk);
      yield columns.map(({ name, type }) => part.map((row) => textOf(row[name], type)));
    }
  }
}

function scratchOn(connection: DuckDBConnection, session: SqlSession): Scratch {
  return {
    ...session,
    async textTable(columns, batches) {
      const name = `texts ${randomUUID()}`;
      const table = `temp.main.${quoteName(name)}`;
      await session.execute(
        `create temp table ${quoteName(name)} (${columns.map((c) => `${quoteName(c)} varchar`).join(", ")})`,
      );
      const appender = await connection.createAppender(name, "main", "temp");
      try {
        for await (const batch of batches) {
          const chunk = DuckDBDataChunk.create(columns.map(() => VARCHAR));
          chunk.setColumns(batch);
          appender.appendDataChunk(chunk);
          // Appending is synchronous: other work gets a turn between chunks.
          await new Promise(setImmediate);
        }
        appender.flushSync();
      } finally {
        appender.closeSync();
      }
      return table;
    },
  };
}

function workTable(name: string): string {
  return `temp.main.${quoteName(name)}`;
}

function names(columns: readonly TableColumn[]): string {
  return columns.map(({ name }) => quoteName(name)).join(", ");
}

function sessionOn(connection: DuckDBConnection, product: string, signal: AbortSignal | undefined): SqlSession {
  const run = (sql: string, parameters: readonly unknown[]): Promise<DuckDBResult> => {
    signal?.throwIfAborted();
    const { values, types } = duckdbParameters(parameters);
    return observed({ product, engine: "duckdb", purpose: "write", sql }, () =>
      interruptible(connection, signal, () =>
        parameters.length === 0 ? connection.run(sql) : connection.run(sql, values, types),
      ),
    );
  };
  return {
    execute: async (sql, parameters = []) => (await run(sql, parameters)).rowsChanged,
    query: async (sql, parameters = [], columns = new Map()) => allRows(await run(sql, parameters), columns),
  };
}

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return run();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    return await run();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

async function allRows(result: DuckDBResult, columns: ReadonlyMap<string, ColumnType>): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const rows = await nextRows(result, columns);
    if (rows === undefined) return all;
    for (const row of rows) all.push(row);
    if (all.length % rowsPerTurn === 0) await new Promise(setImmediate);
  }
}

/** The next chunk as rows, or undefined at the end. Hot: once per 2048 rows of every result. */
async function nextRows(
  result: DuckDBResult,
  columns: ReadonlyMap<string, ColumnType>,
): Promise<readonly Row[] | undefined> {
  const chunk = await result.fetchChunk();
  if (chunk === null || chunk.rowCount === 0) return undefined;
  const rows: Record<string, unknown>[] = Array.from({ length: chunk.rowCount }, () => ({}));
  for (let index = 0; index < chunk.columnCount; index++) {
    const name = result.columnName(index);
    const type = columns.get(name);
    const values = chunk.getColumnValues(index);
    for (let row = 0; row < rows.length; row++) {
      const target = rows[row];
      if (target !== undefined) target[name] = fromDuckDB(values[row] ?? null, type);
    }
  }
  return rows;
}

function openFailure(product: string, file: string, existed: boolean, cause: unknown): ClientError {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (/lock/i.test(words)) {
    return platformError(
      "STORAGE_LOCKED",
      `Another process has the file of product "${product}" open (${file}). Stop it, or start with another state folder.`,
      { cause },
    );
  }
  return platformError(
    "STORAGE_UNREADABLE",
    existed
      ? `The file of product "${product}" cannot be read (${file}). Remove it: it is built again from the inputs.`
      : `The file of product "${product}" cannot be made (${file}). Check that the state folder may be written to.`,
    { cause },
  );
}
