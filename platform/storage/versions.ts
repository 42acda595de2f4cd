/** The bookkeeping of published versions: one row each, in the product's own storage. */
import type { ColumnType } from "#schema";
import type { Layout, Publication, PublishedVersion, SqlSession } from "./port.ts";

/** Rows of older versions say nothing that anybody asks for. */
const keptVersions = 100;

const versionColumns: ReadonlyMap<string, ColumnType> = new Map([
  ["version", { kind: "integer" }],
  ["published_at", { kind: "timestamp" }],
  ["checked_at", { kind: "timestamp" }],
  ["fingerprint", { kind: "string" }],
  ["quarantined", { kind: "integer" }],
  ["outputs", { kind: "json" }],
]);

/** The newest published version, or undefined. */
export async function readLatestVersion(session: SqlSession, layout: Layout): Promise<PublishedVersion | undefined> {
  const [row] = await session.query(
    `select version, published_at, coalesce(checked_at, published_at) as checked_at, fingerprint, quarantined, outputs from ${layout.versions} order by version desc limit 1`,
    [],
    versionColumns,
  );
  if (row === undefined) return undefined;
  return {
    version: Number(row.version),
    publishedAt: new Date(String(row.published_at)),
    checkedAt: new Date(String(row.checked_at)),
    fingerprint: String(row.fingerprint),
    quarantined: Number(row.quarantined),
    // Written by `recordVersion` below.
    rows: new Map(Object.entries(row.outputs as Record<string, number>)),
  };
}

/** Writes the row that makes a draft the published version once its transaction commits. */
export async function recordVersion(
  session: SqlSession,
  layout: Layout,
  version: number,
  publication: Publication,
  rows: ReadonlyMap<string, number>,
): Promise<PublishedVersion> {
  const [open] = await session.query(
    `select count(*) as open from ${layout.quarantine} where status = 'open'`,
    [],
    new Map([["open", { kind: "integer" }]]),
  );
  const quarantined = Number(open?.open ?? 0);
  await session.execute(`delete from ${layout.versions} where version <= $1`, [version - keptVersions]);
  const { fingerprint, publishedAt, checkedAt = publishedAt } = publication;
  await session.execute(
    `insert into ${layout.versions} (version, published_at, checked_at, fingerprint, quarantined, outputs) values ($1, $2, $3, $4, $5, $6)`,
    [
      version,
      publishedAt.toISOString(),
      checkedAt.toISOString(),
      fingerprint,
      quarantined,
      JSON.stringify(Object.fromEntries(rows)),
    ],
  );
  return { version, publishedAt, checkedAt, fingerprint, rows, quarantined };
}
