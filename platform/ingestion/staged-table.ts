/**
 * An input's rows between runs: the staged table, its ledger (which sources are in it, in which content) and its shape.
 * When the manifest changes the shape, the table is built anew from what the sources hold now.
 */
import { createHash } from "node:crypto";
import { type ColumnType, type Input, printColumnType, readColumnType } from "#schema";
import { quoteName } from "../storage/layout.ts";
import type { Draft, TableColumn } from "../storage/port.ts";
import type { FileDetails, KnownFile } from "./source-file.ts";

/** Bookkeeping columns behind the input's own: where a row came from, and what is newer. */
export const originColumns: readonly TableColumn[] = [
  { name: "mesh.source", type: { kind: "string" } },
  { name: "mesh.sequence", type: { kind: "long" } },
  { name: "mesh.line", type: { kind: "long" } },
];

export interface StagedTable {
  readonly name: string;
  columns: readonly TableColumn[];
}

/** The digest of what decides how an input's rows are read and kept. */
export function shapeOf(input: Input, outputTypes: ReadonlyMap<string, ColumnType>): string {
  const shape = {
    type: input.type,
    source: input.source,
    mode: input.mode,
    key: input.key,
    format: input.type === "batch" ? input.format : undefined,
    fields: input.type === "product" ? input.fields : undefined,
    watermark: input.watermark,
    schema: input.schema.map((field) => ({ ...field, type: printColumnType(field.type) })),
    outputs: [...outputTypes].map(([name, type]) => `${name} ${printColumnType(type)}`),
  };
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex");
}

/** The table as it is, or undefined when there is none of this shape; one of another shape is dropped. */
export async function openStagedTable(draft: Draft, input: string, shape: string): Promise<StagedTable | undefined> {
  const [row] = await draft.query(`select shape, state from ${draft.layout.inputs} where input = $1`, [input]);
  if (row === undefined) return undefined;
  if (row.shape === shape) return { name: input, columns: readColumns(String(row.state)) };
  await dropStagedTable(draft, input);
  return undefined;
}

export async function dropStagedTable(draft: Draft, input: string): Promise<void> {
  await draft.execute(`drop view if exists ${draft.layout.view(input)}`);
  await draft.execute(`drop table if exists ${draft.layout.staged(input)}`);
  await draft.execute(`delete from ${draft.layout.inputs} where input = $1`, [input]);
  await draft.execute(`delete from ${draft.layout.ledger} where input = $1`, [input]);
}

export async function createStagedTable(
  draft: Draft,
  input: string,
  shape: string,
  columns: readonly TableColumn[],
): Promise<StagedTable> {
  await dropStagedTable(draft, input);
  const all = [...columns, ...originColumns];
  await draft.execute(
    `create table ${draft.layout.staged(input)} (${all.map(({ name, type }) => `${quoteName(name)} ${draft.typeName(type)}`).join(", ")})`,
  );
  await draft.execute(`insert into ${draft.layout.inputs} values ($1, $2, $3)`, [input, shape, printTable(columns)]);
  await createView(draft, input, columns);
  return { name: input, columns };
}

/** Adds columns that a newer source has; rows of older sources have null in them. */
export async function widenStagedTable(
  draft: Draft,
  staged: StagedTable,
  columns: readonly TableColumn[],
): Promise<void> {
  const added = columns.filter((column) => !staged.columns.some(({ name }) => name === column.name));
  if (added.length === 0) return;
  for (const { name, type } of added) {
    await draft.execute(
      `alter table ${draft.layout.staged(staged.name)} add column ${quoteName(name)} ${draft.typeName(type)}`,
    );
  }
  staged.columns = [...staged.columns, ...added];
  await draft.execute(`update ${draft.layout.inputs} set state = $1 where input = $2`, [
    printTable(staged.columns),
    staged.name,
  ]);
  await createView(draft, staged.name, staged.columns);
}

async function createView(draft: Draft, input: string, columns: readonly TableColumn[]): Promise<void> {
  await draft.execute(`drop view if exists ${draft.layout.view(input)}`);
  const visible = columns.length === 0 ? "null as nothing" : columns.map(({ name }) => quoteName(name)).join(", ");
  await draft.execute(
    `create view ${draft.layout.view(input)} as select ${visible} from ${draft.layout.staged(input)}`,
  );
}

/** Keeps the newest row of every key: the one of the later source, in it the later line. */
export async function keepNewest(draft: Draft, input: string, key: readonly string[]): Promise<void> {
  const row = draft.engine === "duckdb" ? "rowid" : "ctid";
  const table = draft.layout.staged(input);
  await draft.execute(
    `delete from ${table} where ${row} in (select ${row} from (select ${row}, row_number() over (partition by ${key.map(quoteName).join(", ")} order by "mesh.sequence" desc, "mesh.line" desc) as age from ${table}) as aged where age > 1)`,
  );
}

/** The sources that are in the staged table. */
export async function readLedger(draft: Draft, input: string): Promise<ReadonlyMap<string, KnownFile>> {
  const rows = await draft.query(`select source, fingerprint, details from ${draft.layout.ledger} where input = $1`, [
    input,
  ]);
  return new Map(
    rows.map((row) => [
      String(row.source),
      // Written by `recordSource` below.
      { fingerprint: String(row.fingerprint), details: JSON.parse(String(row.details)) as FileDetails },
    ]),
  );
}

export async function recordSource(
  draft: Draft,
  input: string,
  source: { readonly name: string; readonly fingerprint: string; readonly details: FileDetails },
  rows: number,
): Promise<void> {
  await draft.execute(`delete from ${draft.layout.ledger} where input = $1 and source = $2`, [input, source.name]);
  await draft.execute(`insert into ${draft.layout.ledger} values ($1, $2, $3, $4, $5)`, [
    input,
    source.name,
    source.fingerprint,
    rows,
    JSON.stringify(source.details),
  ]);
}

function printTable(columns: readonly TableColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, printColumnType(type)]));
}

function readColumns(text: string): readonly TableColumn[] {
  // Written by `printTable` above.
  return (JSON.parse(text) as [string, string][]).map(([name, type]) => ({ name, type: readColumnType(type) }));
}
