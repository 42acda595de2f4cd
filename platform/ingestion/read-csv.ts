/**
 * CSV into typed rows. The engine's reader takes the whole file at once, off the event loop; only when it refuses the
 * file or a value is not of its column's type, the file is read again by the exact reader, which knows lines.
 * A test holds that both give the same rows for a file without faults.
 */
import type { ColumnType, Input } from "#schema";
import { quoteName, quoteText } from "../storage/layout.ts";
import type { Scratch, TextBatch } from "../storage/port.ts";
import { detectDelimiter, readCsvRecords } from "./csv-records.ts";
import { decodeFile, detectEncoding, type FileText } from "./decode.ts";
import type { SourceFile } from "./source-file.ts";
import { type StagedColumn, stageColumns } from "./stage-columns.ts";
import { type TypedTable, typeRelation } from "./typed-table.ts";

export interface ReadContext {
  readonly scratch: Scratch;
  readonly input: Pick<Input, "schema" | "key">;
  readonly outputTypes: ReadonlyMap<string, ColumnType>;
  readonly signal: AbortSignal | undefined;
}

/** Undefined for a file without a header: it has no rows. Raises `INPUT_INVALID`. */
export async function readCsv(file: SourceFile, context: ReadContext): Promise<TypedTable | undefined> {
  const text = await detectEncoding(file.path);
  const header = await readHeader(file, text);
  if (header === undefined) return undefined;
  const columns = stageColumns(header.names, context.input, context.outputTypes, `File ${file.name}`);
  const fast = await readFast(file, text, header, columns, context);
  return fast ?? readExactly(file, text, header, columns, context);
}

interface Header {
  readonly names: readonly string[];
  readonly delimiter: string;
}

async function readHeader(file: SourceFile, text: FileText): Promise<Header | undefined> {
  let start = "";
  for await (const part of decodeFile(file.path, text)) {
    start += part;
    if (/\S[^\n]*\n/.test(start) || start.length > 1_048_576) break;
  }
  const firstLine = start.replace(/^\s*\n/, "").split(/\r?\n/, 1)[0] ?? "";
  if (firstLine.trim() === "") return undefined;
  const delimiter = detectDelimiter(firstLine);
  for await (const [record] of readCsvRecords([start], delimiter)) {
    if (record?.fields === undefined) break;
    return { names: record.fields.map((name, index) => (name ?? `column ${index + 1}`).trim()), delimiter };
  }
  return { names: firstLine.split(delimiter).map((name) => name.replaceAll('"', "").trim()), delimiter };
}

/** Undefined when anything in the file is not as it should be. */
export async function readFast(
  file: SourceFile,
  text: FileText,
  header: Header,
  columns: readonly StagedColumn[],
  context: ReadContext,
): Promise<TypedTable | undefined> {
  // A blank line in a file of one column is a row for one reader and none for the other.
  if (text.encoding !== "utf-8" || header.names.length === 1) return undefined;
  const names = header.names.map((_, index) => `c${index}`);
  const reader = [
    quoteText(globSafe(file.path)),
    "auto_detect = false",
    "header = true",
    `delim = ${quoteText(header.delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    "nullstr = ''",
    "allow_quoted_nulls = false",
    "strict_mode = true",
    // Faults are only counted, not thrown: a failed statement would end the draft's transaction.
    "ignore_errors = true",
    "store_rejects = true",
    "rejects_table = 'csv_faults'",
    "rejects_scan = 'csv_scans'",
    `columns = {${names.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(", ")}}`,
  ];
  const typed = await typeRelation(
    context.scratch,
    {
      from: `read_csv(${reader.join(", ")})`,
      line: "row_number() over ()",
      raw: "null",
      fault: "null",
      textAt: (position) => quoteName(names[position] ?? ""),
    },
    columns,
  );
  const [faults] = await context.scratch.query("select count(*) as n from temp.main.csv_faults");
  await context.scratch.execute("drop table temp.main.csv_faults");
  await context.scratch.execute("drop table temp.main.csv_scans");
  if (typed.rejected === 0 && Number(faults?.n ?? 0) === 0) return typed;
  await context.scratch.execute(`drop table ${typed.table}`);
  return undefined;
}

export async function readExactly(
  file: SourceFile,
  text: FileText,
  header: Header,
  columns: readonly StagedColumn[],
  context: ReadContext,
): Promise<TypedTable> {
  const width = header.names.length;
  const names = ["line", "raw", "fault", ...header.names.map((_, index) => `c${index}`)];
  const texts = await context.scratch.textTable(names, exactBatches(file, text, header.delimiter, width));
  const typed = await typeRelation(
    context.scratch,
    {
      from: texts,
      line: "cast(line as bigint)",
      raw: "raw",
      fault: "fault",
      textAt: (position) => quoteName(`c${position}`),
    },
    columns,
  );
  await context.scratch.execute(`drop table ${texts}`);
  return typed;
}

async function* exactBatches(
  file: SourceFile,
  text: FileText,
  delimiter: string,
  width: number,
): AsyncIterable<TextBatch> {
  let isHeader = true;
  for await (const records of readCsvRecords(decodeFile(file.path, text), delimiter)) {
    const columns: (string | null)[][] = Array.from({ length: width + 3 }, () => []);
    for (const { line, raw, fields: read, fault } of records) {
      if (isHeader) {
        isHeader = false;
        continue;
      }
      // Empty fields behind the last column are none: the engine's reader takes them so, and many programs write them.
      const isOnlyPadded = read?.slice(width).every((field) => field === null) === true;
      const fields = isOnlyPadded ? read?.slice(0, width) : read;
      const problem =
        fault ??
        (fields?.length !== width
          ? `has ${fields?.length ?? 0} columns, the header has ${width}`
          : raw.includes("\uFFFD")
            ? "holds bytes that are no UTF-8 text; save the file as UTF-8"
            : null);
      columns[0]?.push(String(line));
      columns[1]?.push(raw);
      columns[2]?.push(problem);
      for (let index = 0; index < width; index++) {
        columns[index + 3]?.push(problem === null ? (fields?.[index] ?? null) : null);
      }
    }
    yield* inChunks(columns);
  }
}

/** The engine's appender takes at most one vector at a time. */
export function* inChunks(columns: readonly (readonly (string | null)[])[], rows = 2_048): Iterable<TextBatch> {
  const length = columns[0]?.length ?? 0;
  for (let start = 0; start < length; start += rows) yield columns.map((column) => column.slice(start, start + rows));
}

/** The reader takes its path as a glob. */
export function globSafe(path: string): string {
  return path.replace(/[*?[\]]/g, (character) => `[${character}]`);
}
