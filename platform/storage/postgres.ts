/**
 * PostgreSQL as a product's storage: one schema per product. Several processes may serve one product, and any of them may
 * publish, so a version must not be dropped while another process still reads it:
 *
 * - Each process keeps one connection, the watcher. It listens for publications and holds a shared advisory lock
 *   `(schema, version)` for every version that the process reads or would read next.
 * - Who drops a version first takes that lock exclusively, without waiting, and leaves the version alone if it cannot.
 * - Writers take turns by the lock `(schema, 0)`, and who drains the outbox holds `(schema, -1)` meanwhile.
 *
 * Only when a watcher loses its connection, others can drop what its process reads: those statements fail, the next
 * snapshot reads the newest version.
 */
import { crc32 } from "node:zlib";
import { Client, type ClientConfig, DatabaseError, Pool, type PoolClient, type QueryArrayResult } from "pg";
import type { ClientError, ColumnType } from "#schema";
import { platformError } from "../errors.ts";
import { type OwnScratch, openScratch } from "./duckdb.ts";
import { createBookkeeping, layoutIn, quoteName, quoteText } from "./layout.ts";
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
} from "./port.ts";
import {
  fromPostgres,
  postgresConversion,
  postgresFromText,
  postgresParameter,
  postgresType,
} from "./postgres-values.ts";
import { observed } from "./statement.ts";
import { textOf } from "./values.ts";
import { readLatestVersion, recordVersion } from "./versions.ts";

export interface PostgresOptions {
  readonly product: string;
  /** `postgres://user@host:5432/database`. */
  readonly url: string;
  /** The product's own schema; created when missing. */
  readonly schema: string;
  /** Statements that run at the same time, besides one writer and the watcher. Default 4. */
  readonly maxConnections?: number | undefined;
  /** Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
}

const rowsPerBatch = 2_000;
const reconnectAfterMs = 1_000;
/** Versions count from 1, and 0 is the writers'. */
const outboxLock = -1;

/** The storage of one product in one PostgreSQL schema; `open` must be awaited first. */
export function createPostgresStorage(options: PostgresOptions): Storage {
  const { product, schema } = options;
  const layout = layoutIn(schema);
  const lockClass = crc32(schema) | 0;
  const channelName = `mesh ${schema}`.slice(0, 63);
  const config: ClientConfig = {
    connectionString: options.url,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    application_name: `datamesh ${product}`,
    options: "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=3",
  };
  let pool: Pool | undefined;
  let watcher: Client | undefined;
  let watching: Promise<void> | undefined;
  let lastWatchMs = Number.NEGATIVE_INFINITY;
  let current: PublishedVersion | undefined;
  let closing: Promise<void> | undefined;
  let turns: Promise<unknown> = Promise.resolve();
  const held = new Set<number>();
  const running = new Set<Promise<unknown>>();
  const ending = new AbortController();
  const pins = createPins((version) => {
    if (version !== current?.version && closing === undefined) void track(letGo(version)).catch(() => undefined);
  });

  function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    const forget = (): void => void running.delete(work);
    work.then(forget, forget);
    return work;
  }

  function opened(): Pool {
    if (pool === undefined || closing !== undefined) {
      throw platformError("STORAGE_CLOSED", `The storage of product "${product}" is closed.`);
    }
    return pool;
  }

  async function connect(): Promise<PoolClient> {
    const from = opened();
    return from.connect().catch((cause: unknown) => {
      throw unreachable(options, cause);
    });
  }

  /** Runs on a client of the pool; a client that broke is not given back. */
  async function withClient<T>(signal: AbortSignal | undefined, use: (client: PoolClient) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const client = await connect();
    let failed: Error | undefined;
    const fail = (error: Error): void => {
      failed = error;
    };
    // Without a listener a lost connection would end the process.
    client.on("error", fail);
    try {
      return await cancellable(client, signal, () => use(client));
    } finally {
      client.off("error", fail);
      client.release(failed);
    }
  }

  /** Cancels the running statement when the signal aborts, and waits until that is done before the client is used again. */
  async function cancellable<T>(
    client: PoolClient,
    signal: AbortSignal | undefined,
    use: () => Promise<T>,
  ): Promise<T> {
    if (signal === undefined) return use();
    let cancelling: Promise<unknown> = Promise.resolve();
    const cancel = (): void => {
      cancelling = cancelBackend(config, processId(client)).catch(() => undefined);
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await use();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
      await cancelling;
    }
  }

  async function open(): Promise<PublishedVersion | undefined> {
    pool = new Pool({
      ...config,
      // Two more than the readers, for the writer and for who drains the outbox.
      max: (options.maxConnections ?? 4) + 2,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    });
    // An idle client that loses its connection is replaced by the next query.
    pool.on("error", () => undefined);
    try {
      await withClient(undefined, async (client) => {
        const session = sessionOn(client, product, "write");
        await session.execute("begin");
        // Two processes that start at once would both create the schema.
        await session.execute(`select pg_advisory_xact_lock(${lockClass}, 0)`);
        await session.execute(`create schema if not exists ${quoteName(schema)}`);
        await createBookkeeping(session, layout);
        // Rows that are handed on leave dead ones at the front, which a scan would pass again and again.
        await session.execute(`create index if not exists "mesh.outbox_position" on ${layout.outbox} (position)`);
        await session.execute("commit");
      });
      await watch();
    } catch (error) {
      await pool.end().catch(() => undefined);
      pool = undefined;
      throw error;
    }
    await dropOldVersions().catch(() => undefined);
    return current;
  }

  /** One conversation with the watcher at a time: a lock that is taken twice would have to be given back twice. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = turns.then(work);
    turns = turn.catch(() => undefined);
    return turn;
  }

  /** Connects the watcher and holds what this process reads. */
  function watch(): Promise<void> {
    watching ??= (async () => {
      lastWatchMs = performance.now();
      const client = new Client(config);
      const lost = (): void => {
        if (watcher === client) watcher = undefined;
        held.clear();
      };
      client.on("error", lost);
      client.on("end", lost);
      client.on("notification", () => void track(holdNewest()).catch(() => undefined));
      try {
        await client.connect();
      } catch (cause) {
        throw unreachable(options, cause);
      }
      watcher = client;
      await client.query(`listen ${quoteName(channelName)}`);
      await holdNewest();
    })().finally(() => {
      watching = undefined;
    });
    return watching;
  }

  /** Makes the newest version current, with its lock held; gives up the lock of the one before if nobody reads it. */
  function holdNewest(): Promise<void> {
    return inTurn(holdNewestNow);
  }

  async function holdNewestNow(): Promise<void> {
    const client = watcher;
    if (client === undefined) return;
    const session = sessionOn(client, product, "write");
    for (;;) {
      const newest = await readLatestVersion(session, layout);
      if (newest === undefined || (newest.version === current?.version && held.has(newest.version))) return;
      await session.execute(`select pg_advisory_lock_shared(${lockClass}, ${newest.version})`);
      const [still] = await session.query(`select 1 as still from ${layout.versions} where version = $1`, [
        newest.version,
      ]);
      if (still === undefined) {
        // Superseded and dropped in between.
        await session.execute(`select pg_advisory_unlock_shared(${lockClass}, ${newest.version})`);
        continue;
      }
      held.add(newest.version);
      const former = current;
      if (former === undefined || newest.version >= former.version) current = newest;
      if (former !== undefined && former.version !== newest.version && !pins.isPinned(former.version)) {
        await unlock(former.version);
        await dropOldVersions().catch(() => undefined);
      }
      return;
    }
  }

  async function unlock(version: number): Promise<void> {
    if (!held.delete(version) || watcher === undefined) return;
    await sessionOn(watcher, product, "write").execute(`select pg_advisory_unlock_shared(${lockClass}, ${version})`);
  }

  async function letGo(version: number): Promise<void> {
    await inTurn(async () => {
      if (!pins.isPinned(version) && version !== current?.version) await unlock(version);
    });
    await dropOldVersions();
  }

  async function dropOldVersions(): Promise<void> {
    if (closing !== undefined) return;
    await withClient(undefined, async (client) => {
      const session = sessionOn(client, product, "write");
      await session.execute("begin");
      try {
        const tables = await session.query(
          "select tablename from pg_tables where schemaname = $1 and tablename ~ '^v[0-9]+[.]'",
          [schema],
        );
        const [newest] = await session.query(`select max(version) as version from ${layout.versions}`);
        const tablesByVersion = Map.groupBy(tables, (row) => Number(/^v(\d+)/.exec(String(row.tablename))?.[1]));
        for (const [version, ofVersion] of tablesByVersion) {
          if (version >= Number(newest?.version ?? 0)) continue;
          const [lock] = await session.query(`select pg_try_advisory_xact_lock(${lockClass}, ${version}) as taken`);
          if (lock?.taken !== true) continue;
          await session.execute(`delete from ${layout.versions} where version = ${version}`);
          for (const row of ofVersion) {
            await session.execute(`drop table if exists ${quoteName(schema)}.${quoteName(String(row.tablename))}`);
          }
        }
        await session.execute("commit");
      } catch (error) {
        await session.execute("rollback").catch(() => undefined);
        throw error;
      }
    });
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
      engine: "postgres",
      table: (output) => layout.output(output, version.version),
      query(sql, parameters, columns, queryOptions) {
        assertHeld();
        return track(
          withClient(queryOptions?.signal, async (client) => run(client, product, "read", sql, parameters, columns)),
        );
      },
      async *stream(sql, parameters, columns, queryOptions) {
        assertHeld();
        const client = await connect();
        try {
          await client.query("begin read only");
          await cancellable(client, queryOptions?.signal, () =>
            run(client, product, "read", `declare "mesh.rows" no scroll cursor for ${sql}`, parameters, columns),
          );
          for (;;) {
            const rows = await cancellable(client, queryOptions?.signal, () =>
              run(client, product, "read", `fetch ${rowsPerBatch} from "mesh.rows"`, [], columns),
            );
            if (rows.length === 0) break;
            yield rows;
          }
        } finally {
          await client.query("rollback").catch(() => undefined);
          client.release();
        }
      },
      release() {
        released = true;
        release();
      },
    };
  }

  async function write(
    work: (draft: Draft) => Promise<Publication | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<PublishedVersion | undefined> {
    const rows = new Map<string, number>();
    let scratch: OwnScratch | undefined;
    try {
      const published = await withClient(signal, async (client) => {
        const session = sessionOn(client, product, "write");
        await session.execute("begin");
        try {
          await session.execute(`select pg_advisory_xact_lock(${lockClass}, 0)`);
          const [newest] = await session.query(`select max(version) as version from ${layout.versions}`);
          const version = Number(newest?.version ?? 0) + 1;
          const draft = draftOn(session, version, rows, signal, async () => {
            scratch ??= await openScratch(product, signal);
            return scratch;
          });
          const publication = await work(draft);
          if (publication === undefined) {
            await session.execute("rollback");
            return undefined;
          }
          const recorded = await recordVersion(session, layout, version, publication, rows);
          await session.execute("select pg_notify($1, $2)", [channelName, String(version)]);
          await session.execute("commit");
          return recorded;
        } catch (error) {
          await session.execute("rollback").catch(() => undefined);
          throw error;
        }
      });
      if (published === undefined) return undefined;
      if (watcher === undefined) await watch().catch(() => undefined);
      await holdNewest().catch(() => undefined);
      // Without a watcher the version is still the newest, only not held.
      if (current === undefined || current.version < published.version) current = published;
      await dropOldVersions().catch(() => undefined);
      return published;
    } finally {
      scratch?.close();
    }
  }

  /** The connection holds the lock and no transaction: it blocks no writer, and the lock ends with it. */
  async function drainOutbox(
    limit: number,
    handOn: (rows: readonly OutboxRow[]) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    const client = await connect();
    let failed: Error | undefined;
    const fail = (error: Error): void => {
      failed = error;
    };
    client.on("error", fail);
    const session = sessionOn(client, product, "write");
    const lock = `(${lockClass}, ${outboxLock})`;
    try {
      const [asked] = await session.query(`select pg_try_advisory_lock${lock} as taken`);
      if (asked?.taken !== true) return undefined;
      try {
        return await drainOn(session, layout, limit, handOn, anyOf(signal, ending.signal));
      } finally {
        // A connection that cannot give it up is not given back, which gives it up, too.
        await session.execute(`select pg_advisory_unlock${lock}`).catch(fail);
      }
    } finally {
      client.off("error", fail);
      client.release(failed);
    }
  }

  function draftOn(
    session: SqlSession,
    version: number,
    rows: Map<string, number>,
    signal: AbortSignal | undefined,
    scratch: () => Promise<OwnScratch>,
  ): Draft {
    const conversions = new Map<string, string>();
    const pending: string[] = [];
    const workTable = (name: string): string => `pg_temp.${quoteName(name)}`;
    const load: Draft["load"] = async (table, columns, batches) => {
      let count = 0;
      const texts = columns.map((_, index) => `c${index}`);
      const arrays = columns.map((_, index) => `$${index + 1}::text[]`);
      const sql = `insert into ${table} (${columnNames(columns)}) select ${columns.map(({ type }, index) => postgresFromText(`c${index}`, type)).join(", ")} from unnest(${arrays.join(", ")}) as texts(${texts.join(", ")})`;
      for await (const batch of batches) {
        for (let start = 0; start < batch.length; start += rowsPerBatch) {
          const part = batch.slice(start, start + rowsPerBatch);
          count += await session.execute(
            sql,
            columns.map(({ name, type }) => part.map((row) => textOf(row[name], type))),
          );
        }
      }
      return count;
    };
    return {
      ...session,
      version,
      engine: "postgres",
      signal,
      layout,
      typeName: postgresType,
      tryCast(value, from, type) {
        if (type.kind === "string") return `cast(${value} as text)`;
        if (type.kind === "json" || postgresType(type) === "jsonb") return `to_jsonb(${value})`;
        if (type.kind === "long" && /^(smallint|integer)$/.test(from)) return `cast(${value} as bigint)`;
        const target = postgresType(type);
        let name = conversions.get(target);
        if (name === undefined) {
          name = `pg_temp.mesh_convert_${conversions.size}`;
          conversions.set(target, name);
          pending.push(
            `create or replace function ${name}(text) returns ${target} language plpgsql stable as $mesh$ begin return ${postgresConversion(type)}; exception when data_exception then return null; end $mesh$`,
          );
        }
        return `${name}(cast(${value} as text))`;
      },
      scratch: async (): Promise<Scratch> => scratch(),
      async take(select, table, columns) {
        const own = await scratch();
        const named = columns.map(({ type }, index) => ({ name: `c${index}`, type }));
        const rowsOf = own.stream(
          `select * from (${select}) as taken(${named.map(({ name }) => name).join(", ")})`,
          new Map(named.map(({ name, type }) => [name, type])),
        );
        return load(table, columns, renamed(rowsOf, columns));
      },
      load,
      async work(name, select) {
        for (const sql of pending.splice(0)) await session.execute(sql);
        // Work tables first, then the views of the inputs.
        await session.execute(`set local search_path = pg_temp, ${quoteName(schema)}`);
        await session.execute(`drop table if exists ${workTable(name)}`);
        const create = `create temp table ${quoteName(name)} on commit drop as `;
        await session.execute(create + select).catch((error: unknown) => {
          throw placedIn(error, create.length);
        });
        return workTable(name);
      },
      workTable,
      async workColumns(name) {
        const found = await session.query(
          `select attname, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = ${quoteText(workTable(name))}::regclass and attnum > 0 and not attisdropped order by attnum`,
        );
        return found.map((row) => ({ name: String(row.attname), type: String(row.type) }));
      },
      async createOutput(output, columns, { key, indexed }, select) {
        const table = layout.output(output, version);
        const isKeyed = key.length > 0;
        await session.execute(
          `create table ${table} (${columns.map(({ name, type }) => `${quoteName(name)} ${postgresType(type)}`).join(", ")})`,
        );
        const count = await session.execute(`insert into ${table} (${columnNames(columns)}) ${select}`);
        // Indexes after the rows: one pass each.
        if (isKeyed) await session.execute(`alter table ${table} add primary key (${key.map(quoteName).join(", ")})`);
        for (const column of indexed) {
          if (key[0] !== column) await session.execute(`create index on ${table} (${quoteName(column)})`);
        }
        await session.execute(`analyze ${table}`);
        rows.set(output, count);
        return count;
      },
    };
  }

  return {
    product,
    engine: "postgres",
    open,
    published: () => current,
    async snapshot() {
      opened();
      if (watcher === undefined && watching === undefined && performance.now() - lastWatchMs > reconnectAfterMs) {
        void track(watch()).catch(() => undefined);
      }
      if (current === undefined) {
        throw platformError("PRODUCT_NOT_PUBLISHED", `Product "${product}" has published no version yet.`);
      }
      return snapshotOf(current);
    },
    publish: (work, queryOptions?: QueryOptions) => {
      opened();
      return track(write(work, queryOptions?.signal));
    },
    drainOutbox(limit, handOn, queryOptions) {
      opened();
      return track(drainOutbox(limit, handOn, queryOptions?.signal));
    },
    close() {
      closing ??= (async () => {
        ending.abort(platformError("STORAGE_CLOSED", `The storage of product "${product}" is closed.`));
        await Promise.allSettled([...running]);
        await watcher?.end().catch(() => undefined);
        await pool?.end().catch(() => undefined);
        pool = undefined;
      })();
      return closing;
    },
  };
}

async function* renamed(
  batches: AsyncIterable<readonly Row[]>,
  columns: readonly TableColumn[],
): AsyncIterable<readonly Row[]> {
  for await (const batch of batches) {
    yield batch.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[`c${index}`]])));
  }
}

function columnNames(columns: readonly TableColumn[]): string {
  return columns.map(({ name }) => quoteName(name)).join(", ");
}

function sessionOn(client: Client | PoolClient, product: string, purpose: "read" | "write"): SqlSession {
  return {
    async execute(sql, parameters = []) {
      const result = await send(client, product, purpose, sql, parameters);
      return result.rowCount ?? 0;
    },
    query: (sql, parameters = [], columns = new Map()) => run(client, product, purpose, sql, parameters, columns),
  };
}

async function run(
  client: Client | PoolClient,
  product: string,
  purpose: "read" | "write",
  sql: string,
  parameters: readonly unknown[],
  columns: ReadonlyMap<string, ColumnType>,
): Promise<readonly Row[]> {
  const result = await send(client, product, purpose, sql, parameters);
  const fields = result.fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID, type: columns.get(name) }));
  return result.rows.map((values) => {
    const row: Record<string, unknown> = {};
    fields.forEach(({ name, oid, type }, index) => {
      row[name] = fromPostgres(values[index] ?? null, oid, type);
    });
    return row;
  });
}

/** Every value comes as its text: the driver's own conversions would round and move times. */
const asText = { getTypeParser: () => (text: string) => text };

function send(
  client: Client | PoolClient,
  product: string,
  purpose: "read" | "write",
  sql: string,
  parameters: readonly unknown[],
): Promise<QueryArrayResult<(string | null)[]>> {
  return observed({ product, engine: "postgres", purpose, sql }, () =>
    client.query<(string | null)[]>({
      text: sql,
      values: parameters.map(postgresParameter),
      rowMode: "array",
      types: asText,
    }),
  );
}

/** The engine counts from the beginning of what it was sent; its error then counts from the beginning of the select. */
function placedIn(error: unknown, offset: number): unknown {
  if (error instanceof DatabaseError && error.position !== undefined) {
    error.position = String(Math.max(1, Number(error.position) - offset));
  }
  return error;
}

/** The server's id of a connection; the driver keeps it, its types do not say so. */
function processId(client: PoolClient): number | undefined {
  return (client as { readonly processID?: number | null }).processID ?? undefined;
}

async function cancelBackend(config: ClientConfig, backend: number | undefined): Promise<void> {
  if (backend === undefined) return;
  const client = new Client(config);
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("select pg_cancel_backend($1)", [backend]);
  } finally {
    await client.end();
  }
}

function unreachable(options: PostgresOptions, cause: unknown): ClientError {
  return platformError(
    "STORAGE_UNREACHABLE",
    `PostgreSQL of product "${options.product}" cannot be used at ${printPlace(options.url)} (${causeCode(cause)}). Start it or correct DATABASE_URL; without a database URL the product is kept in DuckDB.`,
    { cause },
  );
}

/** Host, port and database; never user or password. */
function printPlace(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port === "" ? "5432" : port}${pathname}`;
  } catch {
    return "a URL that cannot be read";
  }
}

function causeCode(cause: unknown): string {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "no answer";
}
