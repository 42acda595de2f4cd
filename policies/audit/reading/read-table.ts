/** Audit records in PostgreSQL → their lines, and how far each chain is known to have been. */
import { Client } from "pg";
import { auditError } from "../../errors.ts";
import type { ChainHead } from "../chain.ts";
import { auditTables } from "../sinks/postgres-tables.ts";
import type { AuditSource } from "./read-files.ts";
import type { AuditLine } from "./verify.ts";

const page = 2_000;

/** As of one moment, in pages. Raises AUDIT_UNREADABLE. */
export async function readAuditTable(url: string, schema: string): Promise<AuditSource> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A lost connection fails the query that needs it.
  client.on("error", () => undefined);
  const { records, heads } = auditTables(schema);
  try {
    await client.connect();
    // Heads and records of the same moment, whoever writes meanwhile.
    await client.query("begin isolation level repeatable read read only");
    const { rows } = await client.query<{ chain: string; sequence: string; hash: string }>(
      `select chain, sequence, hash from ${heads} order by writer`,
    );
    const noted: readonly ChainHead[] = rows.map(({ chain, sequence, hash }) => ({
      chain,
      sequence: Number(sequence),
      hash,
    }));
    return { lines: linesOf(client, records), heads: noted, close: () => client.end() };
  } catch (cause) {
    await client.end().catch(() => undefined);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw auditError("AUDIT_UNREADABLE", `the audit records cannot be read from PostgreSQL: ${why}`, cause);
  }
}

async function* linesOf(client: Client, table: string): AsyncGenerator<AuditLine> {
  let after: readonly [string, string] = ["00000000-0000-0000-0000-000000000000", "0"];
  for (;;) {
    const { rows } = await client.query<{ chain: string; sequence: string; record: string }>(
      `select chain, sequence, record::text as record from ${table}
       where (chain, sequence) > ($1, $2) order by chain, sequence limit ${page}`,
      [...after],
    );
    for (const { chain, sequence, record } of rows) yield { text: record, place: `${table} ${chain} ${sequence}` };
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return;
    after = [last.chain, last.sequence];
  }
}
