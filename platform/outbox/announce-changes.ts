/**
 * A version in the making → events that tell what it changes, in the outbox, inside the same transaction.
 *
 * `"mesh.announced"` has, for each output, the newest version that was told and how its rows stood in the graph then (its
 * shape). What was told up to the version before, in the same shape, can be told row by row; otherwise consumers have
 * missed something (a version that was made without a bus, a field that shows another column now), and it is told that any
 * row may be another one.
 */
import { createHash } from "node:crypto";
import { changesTopic, type EventSource, type MeshEvent, type RowChanged, rowChanged, versionPublished } from "#events";
import type { ServedProduct, ServedTable } from "../serving/model/served-table.ts";
import { appendToOutbox } from "../storage/outbox.ts";
import type { Draft, Publication } from "../storage/port.ts";
import { readLatestVersion } from "../storage/versions.ts";
import { changedRows } from "./changed-rows.ts";
import { graphKeyOf } from "./graph-key.ts";

/** Writes `row-changed` events, output by output, then one that the version is published. The outputs must be made. */
export async function announceChanges(
  draft: Draft,
  { publishedAt }: Publication,
  product: ServedProduct,
  maxRowEvents: number,
): Promise<void> {
  const source: EventSource = { domain: product.domain, product: product.name, time: publishedAt };
  const { version } = draft;
  const before = await readLatestVersion(draft, draft.layout);
  const told = await readAnnounced(draft);
  const events: MeshEvent[] = [];
  for (const table of product.tables) {
    const last = told.get(table.output);
    const isTold = before !== undefined && last?.version === before.version && last.shape === shapeOf(table);
    const isComparable = isTold && before.rows.has(table.output);
    const changes = isComparable
      ? await rowEvents(draft, table, before.version, maxRowEvents)
      : [{ change: "replaced" } as const];
    for (const change of changes) {
      events.push(rowChanged(source, { product: product.name, entity: table.typeName, version, ...change }));
    }
  }
  events.push(versionPublished(source, { product: product.name, version, productVersion: product.version }));
  await appendToOutbox(
    draft,
    events.map((event) => ({
      id: event.id,
      aggregatetype: changesTopic,
      aggregateid: event.partitionkey,
      type: event.type,
      payload: JSON.stringify(event),
    })),
  );
  await recordAnnounced(draft, product);
}

async function rowEvents(
  draft: Draft,
  table: ServedTable,
  formerVersion: number,
  limit: number,
): Promise<readonly Pick<RowChanged, "change" | "key">[]> {
  const changes = await changedRows(draft, table.linked.output, formerVersion, limit);
  if (changes.kind === "none") return [];
  const replaced = [{ change: "replaced" } as const];
  if (changes.kind === "any") return replaced;
  const told: Pick<RowChanged, "change" | "key">[] = [];
  for (const { change, key: row } of changes.rows) {
    const key = graphKeyOf(table, row);
    if (key === undefined) return replaced;
    told.push({ change, key });
  }
  return told;
}

/** Whatever decides how a stored row stands in the graph: names, types and the names of an enum's values. */
function shapeOf({ typeName, key, columns }: ServedTable): string {
  const shape = [
    typeName,
    key.map(({ name }) => name),
    columns.map(({ column, name, graphqlType, enum: values }) => [column, name, graphqlType, values?.values ?? []]),
  ];
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex");
}

async function readAnnounced(
  draft: Draft,
): Promise<ReadonlyMap<string, { readonly version: number; readonly shape: string }>> {
  const rows = await draft.query(`select output, version, shape from ${draft.layout.announced}`);
  return new Map(
    rows.map(({ output, version, shape }) => [String(output), { version: Number(version), shape: String(shape) }]),
  );
}

async function recordAnnounced(draft: Draft, { tables }: ServedProduct): Promise<void> {
  const { announced } = draft.layout;
  await draft.execute(`delete from ${announced}`);
  for (const table of tables) {
    await draft.execute(`insert into ${announced} (output, version, shape) values ($1, ${draft.version}, $2)`, [
      table.output,
      shapeOf(table),
    ]);
  }
}
