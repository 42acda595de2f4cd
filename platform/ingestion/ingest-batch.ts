/** A batch input's changed files into its staged table; bad rows into quarantine. */
import { extname } from "node:path";
import type { BatchInput, ColumnType } from "#schema";
import { platformError } from "../errors.ts";
import { quoteName, quoteText } from "../storage/layout.ts";
import type { Draft, TableColumn } from "../storage/port.ts";
import { clearQuarantine, quarantineColumns, quarantineSelect } from "../storage/quarantine.ts";
import { type ReadContext, readCsv } from "./read-csv.ts";
import { readJson, readNdjson } from "./read-json.ts";
import { readParquet } from "./read-parquet.ts";
import type { SourceFile } from "./source-file.ts";
import { columnsWithoutSource, type StagedColumn } from "./stage-columns.ts";
import {
  createStagedTable,
  keepNewest,
  openStagedTable,
  originColumns,
  readLedger,
  recordSource,
  type StagedTable,
  widenStagedTable,
} from "./staged-table.ts";
import type { TypedTable } from "./typed-table.ts";

export interface InputReport {
  readonly input: string;
  /** Rows read from sources that changed, good and bad. */
  readonly read: number;
  readonly quarantined: number;
  /** Files without rows. */
  readonly empty: readonly string[];
}

export interface BatchContext {
  readonly draft: Draft;
  readonly outputTypes: ReadonlyMap<string, ColumnType>;
  readonly foundAt: Date;
}

/** Files beyond this many per run would make the order of two runs' rows ambiguous. */
const maxFilesPerRun = 1_000_000;

/** Brings the staged table to the state of `files`. Raises `INPUT_INVALID`, `INPUT_NOT_FOUND`. */
export async function ingestBatch(
  input: BatchInput,
  shape: string,
  files: readonly SourceFile[],
  context: BatchContext,
): Promise<InputReport> {
  const { draft, outputTypes } = context;
  let staged = await openStagedTable(draft, input.name, shape);
  const ledger = await readLedger(draft, input.name);
  if (files.length === 0 && ledger.size === 0) {
    throw platformError("INPUT_NOT_FOUND", `Input "${input.name}": no file matches "${input.source}".`);
  }
  const isSnapshot = input.mode === "snapshot";
  const changed = files.filter((file) => ledger.get(file.name)?.fingerprint !== file.fingerprint);
  const isShrunk = [...ledger.keys()].some((name) => !files.some((file) => file.name === name));
  if (staged !== undefined && changed.length === 0 && !(isSnapshot && isShrunk)) {
    return { input: input.name, read: 0, quarantined: 0, empty: [] };
  }
  const reading = isSnapshot || staged === undefined ? files : changed;
  if (isSnapshot) {
    staged = undefined;
    await clearQuarantine(draft, `input:${input.name}`);
  }
  const scratch = await draft.scratch();
  const readContext: ReadContext = { scratch, input, outputTypes, signal: draft.signal };
  let read = 0;
  let quarantined = 0;
  const empty: string[] = [];
  for (const [index, file] of reading.entries()) {
    draft.signal?.throwIfAborted();
    const typed = await readFile(file, input, readContext);
    const port = `input:${input.name}`;
    if (!isSnapshot) await clearQuarantine(draft, port, file.name);
    const columns = typed?.columns ?? columnsWithoutSource(input, outputTypes);
    staged = await withColumns(draft, input, shape, staged, columns);
    if (input.mode === "append" && ledger.has(file.name)) {
      await draft.execute(`delete from ${draft.layout.staged(input.name)} where "mesh.source" = $1`, [file.name]);
    }
    if (typed === undefined) {
      empty.push(file.name);
      await recordSource(draft, input.name, file, 0);
      continue;
    }
    const good = await take(draft, input, typed, file, draft.version * maxFilesPerRun + index);
    const bad =
      typed.rejected === 0
        ? 0
        : await draft.take(
            `select ${quarantineSelect({ run: draft.version, port, source: file.name, foundAt: context.foundAt }, { line: '"mesh.line"', reason: '"mesh.reason"', raw: '"mesh.raw"' })} from ${typed.table} where "mesh.reason" is not null`,
            draft.layout.quarantine,
            quarantineColumns,
          );
    await scratch.execute(`drop table ${typed.table}`);
    if (good + bad === 0) empty.push(file.name);
    read += good + bad;
    quarantined += bad;
    await recordSource(draft, input.name, file, good);
  }
  if (staged === undefined) {
    await createStagedTable(draft, input.name, shape, columnsWithoutSource(input, outputTypes));
  }
  if (input.mode === "upsert") await keepNewest(draft, input.name, input.key);
  return { input: input.name, read, quarantined, empty };
}

/** The staged table with at least these columns. */
async function withColumns(
  draft: Draft,
  input: BatchInput,
  shape: string,
  staged: StagedTable | undefined,
  columns: readonly StagedColumn[],
): Promise<StagedTable> {
  const plain: readonly TableColumn[] = columns.map(({ name, type }) => ({ name, type }));
  if (staged === undefined) return createStagedTable(draft, input.name, shape, plain);
  await widenStagedTable(draft, staged, plain);
  return staged;
}

function take(draft: Draft, input: BatchInput, typed: TypedTable, file: SourceFile, sequence: number): Promise<number> {
  const columns: readonly TableColumn[] = [...typed.columns, ...originColumns];
  const list = [
    ...typed.columns.map(({ name }) => quoteName(name)),
    `${quoteText(file.name)} as "mesh.source"`,
    `cast(${sequence} as bigint) as "mesh.sequence"`,
    '"mesh.line"',
  ];
  return draft.take(
    `select ${list.join(", ")} from ${typed.table} where "mesh.reason" is null`,
    draft.layout.staged(input.name),
    columns,
  );
}

async function readFile(file: SourceFile, input: BatchInput, context: ReadContext): Promise<TypedTable | undefined> {
  switch (input.format ?? formatOf(file.name)) {
    case "csv":
      return readCsv(file, context);
    case "ndjson":
      return readNdjson(file, context);
    case "json":
      return readJson(file, context);
    case "parquet":
      return readParquet(file, context);
    case "avro":
    case "arrow":
      throw platformError(
        "PRODUCT_NOT_SUPPORTED",
        `Input "${input.name}": format "${input.format}" is not read by this platform yet. Supported: csv, ndjson, json, parquet.`,
      );
    case undefined:
      throw platformError(
        "INPUT_INVALID",
        `Input "${input.name}": the format of ${file.name} is not clear from its name. Say \`format: csv\`, ndjson, json or parquet.`,
      );
  }
}

function formatOf(name: string): BatchInput["format"] {
  const extension = extname(name.replace(/[?#].*$/, "")).toLowerCase();
  const formats: Readonly<Record<string, BatchInput["format"]>> = {
    ".csv": "csv",
    ".tsv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
  };
  return formats[extension];
}
