/**
 * Records in a PostgreSQL table that nothing may change: a trigger refuses updates, deletes and truncation. Each writer has
 * a chain; its head is a row that is locked while a batch is linked and inserted, so that several processes under one name
 * take turns and still make one chain.
 */
import { randomUUID } from "node:crypto";
import { Pool, type PoolClient } from "pg";
import { type AuditEntry, type ChainHead, genesis, linkEntries } from "../chain.ts";
import type { AuditSigner } from "../signer.ts";
import { auditTables, createAuditTables } from "./postgres-tables.ts";
import type { AuditSink } from "./sink.ts";

export interface PostgresSinkOptions {
  /** `postgres://user@host:5432/database`. */
  readonly url: string;
  /** Schema of the tables; created when it is missing. */
  readonly schema: string;
  readonly writer: string;
  readonly signer: AuditSigner;
  /** Default 5 s. */
  readonly timeoutMs?: number;
}

/** Connects when there is something to write: a server that is down is asked again with each attempt. */
export function openPostgresSink(options: PostgresSinkOptions): AuditSink {
  const { url, schema, writer, signer, timeoutMs = 5_000 } = options;
  const tables = auditTables(schema);
  const pool = new Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs * 2,
    application_name: `datamesh audit ${writer}`,
  });
  // A connection that breaks while nobody uses it; the next batch opens another one.
  pool.on("error", () => undefined);
  let areTablesThere = false;
  /** What the last attempt would have written: it may have been, although no answer came. */
  let attempted: { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } | undefined;

  async function isWritten(client: PoolClient, { chain, sequence, hash }: ChainHead): Promise<boolean> {
    const { rows } = await client.query(
      `select 1 from ${tables.records} where chain = $1 and sequence = $2 and hash = $3`,
      [chain, sequence, hash],
    );
    return rows.length > 0;
  }

  async function lockHead(client: PoolClient): Promise<ChainHead> {
    const first = genesis(randomUUID());
    await client.query(
      `insert into ${tables.heads} (writer, chain, sequence, hash) values ($1, $2, 0, $3) on conflict do nothing`,
      [writer, first.chain, first.hash],
    );
    const { rows } = await client.query<{ chain: string; sequence: string; hash: string }>(
      `select chain, sequence, hash from ${tables.heads} where writer = $1 for update`,
      [writer],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`the audit chain of ${writer} has no head`);
    return { chain: row.chain, sequence: Number(row.sequence), hash: row.hash };
  }

  async function write(client: PoolClient, entries: readonly AuditEntry[]): Promise<void> {
    const head = await lockHead(client);
    if (attempted?.entries === entries && (await isWritten(client, attempted.head))) return;
    const linked = await linkEntries(head, entries, signer);
    attempted = { entries, head: linked.head };
    const sequences = entries.map((_entry, index) => head.sequence + index + 1);
    await client.query(
      `insert into ${tables.records} (chain, sequence, hash, record)
       select $1, sequence, record ->> 'hash', record from unnest($2::bigint[], $3::json[]) as batch (sequence, record)`,
      [head.chain, sequences, linked.lines],
    );
    await client.query(
      `update ${tables.heads} set sequence = $2, hash = $3, checkpoint = coalesce($4, checkpoint) where writer = $1`,
      [writer, linked.head.sequence, linked.head.hash, linked.checkpoint?.sequence ?? null],
    );
  }

  return {
    async append(entries) {
      const client = await pool.connect();
      // A server that goes away tells so beside the statement's own failure; unheard, that would end the process.
      const onError = (): void => undefined;
      client.on("error", onError);
      let failed: Error | undefined;
      try {
        if (!areTablesThere) {
          await createAuditTables(client, schema);
          areTablesThere = true;
        }
        await client.query("begin");
        await write(client, entries);
        await client.query("commit");
        attempted = undefined;
      } catch (error) {
        failed = error instanceof Error ? error : new Error(String(error));
        throw error;
      } finally {
        client.off("error", onError);
        // A connection with an open or unknown transaction is not used again.
        client.release(failed);
      }
    },
    close: () => pool.end(),
  };
}
