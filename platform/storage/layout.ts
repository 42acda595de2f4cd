/**
 * What a product's storage holds, the same in every engine: one schema with
 * `"v3.orders"` (an output in version 3), `"staged.lines"` (an input's rows), `lines` (the view that SQL reads) and
 * `"mesh.…"` (bookkeeping). The dot cannot stand in a name of the manifest, so nothing collides.
 */
import { createHash } from "node:crypto";
import type { Layout, SqlSession } from "./port.ts";

/** Quotes an identifier for both engines. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** PostgreSQL cuts names after 63 bytes, so that two long ones could become one. */
function fitName(name: string): string {
  if (Buffer.byteLength(name) <= 63) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${name.slice(0, 20)}~${digest}`;
}

/** Quotes a text literal for both engines. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function layoutIn(schema: string): Layout {
  const within = (name: string): string => `${quoteName(schema)}.${quoteName(fitName(name))}`;
  return {
    staged: (input) => within(`staged.${input}`),
    view: (input) => within(input),
    output: (output, version) => within(`v${version}.${output}`),
    versions: within("mesh.versions"),
    ledger: within("mesh.ledger"),
    inputs: within("mesh.inputs"),
    quarantine: within("mesh.quarantine"),
    outbox: within("mesh.outbox"),
    announced: within("mesh.announced"),
  };
}

/** Creates the bookkeeping tables where they are missing, and brings those of older releases up to date. */
export async function createBookkeeping(session: SqlSession, layout: Layout): Promise<void> {
  await session.execute(
    `create table if not exists ${layout.versions} (version bigint not null, published_at timestamptz not null, fingerprint text not null, quarantined bigint not null, outputs text not null)`,
  );
  await session.execute(`alter table ${layout.versions} add column if not exists checked_at timestamptz`);
  await session.execute(
    `create table if not exists ${layout.ledger} (input text not null, source text not null, fingerprint text not null, rows bigint not null, details text not null)`,
  );
  await session.execute(
    `create table if not exists ${layout.inputs} (input text not null, shape text not null, state text not null)`,
  );
  await session.execute(
    `create table if not exists ${layout.quarantine} (run bigint not null, port text not null, source text not null, line bigint, reason text not null, raw text, status text not null, found_at timestamptz not null)`,
  );
  await session.execute(
    `create table if not exists ${layout.outbox} (position bigint not null, id text not null, aggregatetype text not null, aggregateid text not null, type text not null, payload text not null)`,
  );
  await session.execute(
    `create table if not exists ${layout.announced} (output text not null, version bigint not null, shape text not null)`,
  );
}
