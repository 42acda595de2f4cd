/**
 * Columns with `encrypt: true`: sealed with AES-256-GCM before they reach a table, opened when a snapshot is read. Each
 * value is bound to its product and column, and says by which key it was sealed, so that values of before a rotation open
 * as long as the ring has their key.
 */
import { isSealed, type KeyRing, seal, unseal } from "#policies";
import type { ColumnType, LinkedProduct, TableOutput } from "#schema";
import { platformError } from "../errors.ts";
import { quoteName } from "../storage/layout.ts";
import type { Draft, Row, Snapshot, Storage, TableColumn } from "../storage/port.ts";
import { textOf, valueOfText } from "../storage/values.ts";

const rowsPerBatch = 2_000;
const text: ColumnType = { kind: "string" };

export interface Sealing {
  readonly keys: KeyRing;
}

function sealedColumns(output: TableOutput): readonly TableColumn[] {
  return output.fields.filter(({ encrypt }) => encrypt === true).map(({ name, type }) => ({ name, type }));
}

/** The output as its table is: sealed columns are text. */
export function storedOutput(output: TableOutput): TableOutput {
  if (sealedColumns(output).length === 0) return output;
  return {
    ...output,
    fields: output.fields.map((field) => (field.encrypt === true ? { ...field, type: text } : field)),
  };
}

function hasSealedColumns({ tables }: LinkedProduct): boolean {
  return tables.some(({ output }) => sealedColumns(output).length > 0);
}

/**
 * A select of the output's columns from `from`, with those that are to be sealed sealed. Raises `KEY_MISSING` without a key.
 * Reads the sealed columns of all rows into memory.
 */
export async function sealedSelect(
  draft: Draft,
  product: string,
  output: TableOutput,
  from: string,
  sealing: Sealing | undefined,
): Promise<string> {
  const list = (table: string, names: readonly string[]): readonly string[] =>
    names.map((name) => `${table}.${quoteName(name)}`);
  const all = output.fields.map(({ name }) => name);
  const columns = sealedColumns(output);
  if (columns.length === 0) return `select ${list("r", all).join(", ")} from ${from} as r`;
  const { keys } = required(product, sealing);
  const row = quoteName("mesh.row");
  const numbered = await draft.work(
    `numbered ${output.name}`,
    `select r.*, row_number() over () as ${row} from ${from} as r`,
  );
  const sealed = await draft.work(
    `sealed ${output.name}`,
    `select cast(0 as bigint) as ${row}, ${columns.map(({ name }) => `cast(null as varchar) as ${quoteName(name)}`).join(", ")} where 1 = 0`,
  );
  const long: ColumnType = { kind: "long" };
  const plain = await draft.query(
    `select ${[row, ...columns.map(({ name }) => quoteName(name))].join(", ")} from ${numbered}`,
    [],
    new Map([["mesh.row", long], ...columns.map(({ name, type }): [string, ColumnType] => [name, type])]),
  );
  const stored: readonly TableColumn[] = [
    { name: "mesh.row", type: long },
    ...columns.map(({ name }) => ({ name, type: text })),
  ];
  await draft.load(
    sealed,
    stored,
    batches(plain, (values) => sealRow(values, product, columns, keys)),
  );
  const selected = output.fields.map(({ name, encrypt }) => `${encrypt === true ? "s" : "r"}.${quoteName(name)}`);
  return `select ${selected.join(", ")} from ${numbered} as r join ${sealed} as s on s.${row} = r.${row}`;
}

function sealRow(row: Row, product: string, columns: readonly TableColumn[], keys: KeyRing): Row {
  const sealed: Record<string, unknown> = { "mesh.row": row["mesh.row"] };
  for (const { name, type } of columns) {
    const plain = textOf(row[name], type);
    sealed[name] = plain === null ? null : seal(plain, placeOf(product, name), keys, "seal");
  }
  return sealed;
}

async function* batches(rows: readonly Row[], change: (row: Row) => Row): AsyncIterable<readonly Row[]> {
  for (let start = 0; start < rows.length; start += rowsPerBatch) {
    yield rows.slice(start, start + rowsPerBatch).map(change);
    // Sealing takes some microseconds a value: others get their turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/**
 * What is left in the clear of a product with sealed columns: rejected rows are sealed, staged rows are emptied, so that the
 * next run reads its inputs as a whole.
 */
export async function sealRest(draft: Draft, product: LinkedProduct, sealing: Sealing | undefined): Promise<void> {
  if (!hasSealedColumns(product)) return;
  const { name } = product.manifest.metadata;
  const { keys } = required(name, sealing);
  const { quarantine } = draft.layout;
  for (const { raw } of await draft.query(`select distinct raw from ${quarantine} where raw is not null`)) {
    const plain = String(raw);
    if (isSealed(plain)) continue;
    await draft.execute(`update ${quarantine} set raw = $1 where raw = $2`, [
      seal(plain, placeOf(name, "quarantine"), keys, "seal"),
      plain,
    ]);
  }
  for (const { input } of await draft.query(`select input from ${draft.layout.inputs}`)) {
    // Not dropped: an engine cannot commit a table that was filled and dropped in one transaction.
    await draft.execute(`delete from ${draft.layout.staged(String(input))}`);
    await draft.execute(`delete from ${draft.layout.inputs} where input = $1`, [input]);
    await draft.execute(`delete from ${draft.layout.ledger} where input = $1`, [input]);
  }
}

/** A rejected row as it was. */
export function openRejected(raw: string, product: string, sealing: Sealing | undefined): string {
  return isSealed(raw) ? unseal(raw, placeOf(product, "quarantine"), required(product, sealing).keys, "seal") : raw;
}

/** The storage whose snapshots give sealed columns as what they were. */
export function withOpenedColumns(storage: Storage, product: LinkedProduct, sealing: Sealing | undefined): Storage {
  if (!hasSealedColumns(product)) return storage;
  const name = product.manifest.metadata.name;
  const sealed = new Set(product.tables.flatMap(({ output }) => sealedColumns(output).map((column) => column.name)));
  const asStored = (columns: ReadonlyMap<string, ColumnType>): ReadonlyMap<string, ColumnType> =>
    new Map([...columns].map(([column, type]) => [column, sealed.has(column) ? text : type]));
  const open = (rows: readonly Row[], columns: ReadonlyMap<string, ColumnType>): readonly Row[] => {
    const wanted = [...columns].filter(([column]) => sealed.has(column));
    if (wanted.length === 0) return rows;
    return rows.map((row) => {
      const opened: Record<string, unknown> = { ...row };
      for (const [column, type] of wanted) {
        const value = row[column];
        if (typeof value !== "string") continue;
        // A column of this name in another output need not be sealed.
        const plain = isSealed(value)
          ? unseal(value, placeOf(name, column), required(name, sealing).keys, "seal")
          : value;
        opened[column] = valueOfText(plain, type);
      }
      return opened;
    });
  };
  const opening = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    query: async (sql, parameters, columns, options) =>
      open(await snapshot.query(sql, parameters, asStored(columns), options), columns),
    async *stream(sql, parameters, columns, options) {
      for await (const rows of snapshot.stream(sql, parameters, asStored(columns), options)) yield open(rows, columns);
    },
  });
  return { ...storage, snapshot: async () => opening(await storage.snapshot()) };
}

function placeOf(product: string, column: string): string {
  return `${product}/${column}`;
}

function required(product: string, sealing: Sealing | undefined): Sealing {
  if (sealing !== undefined) return sealing;
  throw platformError(
    "SEALING_KEY_MISSING",
    `Product "${product}" has encrypted columns, and there is no key ring to seal and open them with.`,
  );
}
