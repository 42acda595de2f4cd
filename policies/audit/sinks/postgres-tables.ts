import type { ClientBase } from "pg";

export interface AuditTables {
  readonly records: string;
  readonly heads: string;
}

/** Their names, quoted. */
export function auditTables(schema: string): AuditTables {
  return { records: `${quote(schema)}.records`, heads: `${quote(schema)}.heads` };
}

/**
 * Guarantees the tables, also when several processes ask at once. Where they are, nothing but reading the catalogue is
 * done, so that a role which may only insert is enough.
 */
export async function createAuditTables(client: ClientBase, schema: string): Promise<void> {
  const { records, heads } = auditTables(schema);
  const { rows } = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [heads]);
  if (rows[0]?.there) return;
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock(hashtext($1))", [`datamesh audit ${schema}`]);
    const refuse = `${quote(schema)}.refuse_change`;
    await client.query(`
      create schema if not exists ${quote(schema)};
      create table if not exists ${records} (
        chain uuid not null,
        sequence bigint not null,
        hash text not null,
        recorded_at timestamptz not null default now(),
        record json not null,
        primary key (chain, sequence)
      );
      create or replace function ${refuse}() returns trigger language plpgsql as $$
        begin
          raise exception 'audit records are never changed';
        end $$;
      create or replace trigger append_only before update or delete on ${records} for each row execute function ${refuse}();
      create or replace trigger append_only_whole before truncate on ${records} execute function ${refuse}();
      create table if not exists ${heads} (
        writer text primary key,
        chain uuid not null,
        sequence bigint not null,
        hash text not null,
        checkpoint bigint
      );
    `);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
