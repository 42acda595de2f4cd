/**
 * A product input's rows into its staged table. With a watermark (modes append and upsert) only rows past the greatest
 * value seen are asked for; without one, or in mode snapshot, the upstream's whole output replaces what was there.
 */
import type { ColumnType, ProductInput } from "#schema";
import { platformError } from "../errors.ts";
import { quoteName } from "../storage/layout.ts";
import type { Draft, Row, TableColumn } from "../storage/port.ts";
import { textOf } from "../storage/values.ts";
import type { InputReport } from "./ingest-batch.ts";
import {
  createStagedTable,
  keepNewest,
  openStagedTable,
  originColumns,
  readLedger,
  recordSource,
  type StagedTable,
} from "./staged-table.ts";
import type { UpstreamReader } from "./upstream.ts";

/** `fingerprint` names the upstream's version. Raises what the reader raises, and `INPUT_INVALID` for a wrong watermark. */
export async function ingestProduct(
  input: ProductInput,
  shape: string,
  upstream: { readonly reader: UpstreamReader; readonly output: string; readonly fingerprint: string },
  draft: Draft,
): Promise<InputReport> {
  const staged = await openStagedTable(draft, input.name, shape);
  const known = (await readLedger(draft, input.name)).get(input.source);
  if (staged !== undefined && known?.fingerprint === upstream.fingerprint) {
    return { input: input.name, read: 0, quarantined: 0, empty: [] };
  }
  const watermark = input.mode === "append" || input.mode === "upsert" ? input.watermark : undefined;
  const after = await highWatermark(draft, staged, watermark);
  const rows = await upstream.reader.read({
    output: upstream.output,
    // The watermark and the key are read too: without them there is nothing to go on from.
    fields:
      input.fields.length === 0
        ? []
        : [...new Set([...input.fields, ...input.key, ...(watermark === undefined ? [] : [watermark])])],
    after,
    signal: draft.signal,
  });
  const columns: readonly TableColumn[] = [...rows.columns].map(([name, type]) => ({
    name,
    type: typed(input, name, type),
  }));
  if (watermark !== undefined && !rows.columns.has(watermark)) {
    throw platformError(
      "INPUT_INVALID",
      `Input "${input.name}": the watermark "${watermark}" is no column of ${input.source}.`,
    );
  }
  if (staged === undefined || after === undefined) await createStagedTable(draft, input.name, shape, columns);
  const read = await draft.load(
    draft.layout.staged(input.name),
    [...columns, ...originColumns],
    withOrigin(rows.batches, input.source, draft.version),
  );
  if (input.mode === "upsert" && input.key.length > 0) await keepNewest(draft, input.name, input.key);
  const source = { name: input.source, fingerprint: upstream.fingerprint, details: {} };
  await recordSource(draft, input.name, source, read);
  return { input: input.name, read, quarantined: 0, empty: read === 0 && after === undefined ? [input.source] : [] };
}

async function highWatermark(
  draft: Draft,
  staged: StagedTable | undefined,
  watermark: string | undefined,
): Promise<{ readonly column: string; readonly value: string } | undefined> {
  const column = staged?.columns.find(({ name }) => name === watermark);
  if (staged === undefined || column === undefined) return undefined;
  const [row] = await draft.query(
    `select max(${quoteName(column.name)}) as high from ${draft.layout.staged(staged.name)}`,
    [],
    new Map([["high", column.type]]),
  );
  const value = textOf(row?.high, column.type);
  return value === null ? undefined : { column: column.name, value };
}

/** A column keeps its upstream type unless the input declares another spelling of it. */
function typed(input: ProductInput, name: string, type: ColumnType): ColumnType {
  return input.schema.find((field) => field.name === name)?.type ?? type;
}

async function* withOrigin(
  batches: AsyncIterable<readonly Row[]>,
  source: string,
  sequence: number,
): AsyncIterable<readonly Row[]> {
  let line = 0n;
  for await (const batch of batches) {
    yield batch.map((row) => ({
      ...row,
      "mesh.source": source,
      "mesh.sequence": BigInt(sequence),
      "mesh.line": ++line,
    }));
  }
}
