/**
 * JSON into typed rows: one object per line (NDJSON) or one array of objects. Scalars are typed by their text, so a
 * number written as a string is read as the column's type says; nested values must be JSON of the column's type.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { platformError } from "../errors.ts";
import { quoteText } from "../storage/layout.ts";
import type { Scratch, TextBatch } from "../storage/port.ts";
import { decodeFile, detectEncoding } from "./decode.ts";
import { globSafe, inChunks, type ReadContext } from "./read-csv.ts";
import type { SourceFile } from "./source-file.ts";
import { stageColumns } from "./stage-columns.ts";
import { type TypedTable, typeRelation } from "./typed-table.ts";

const maxObjectBytes = 64 * 1024 * 1024;

/** NDJSON; undefined for a file without lines. A line that is no JSON object is a bad row. */
export async function readNdjson(file: SourceFile, context: ReadContext): Promise<TypedTable | undefined> {
  const texts = await context.scratch.textTable(["line", "raw"], lineBatches(file));
  return typeObjects(file, texts, context);
}

/**
 * An array of objects, or one object; undefined for an empty file or array. An element that is no object is a bad row,
 * counted from 1 in place of the line. Raises `INPUT_INVALID` when the file is no JSON: then no element can be trusted.
 */
export async function readJson(file: SourceFile, context: ReadContext): Promise<TypedTable | undefined> {
  const { scratch } = context;
  const text = await detectEncoding(file.path);
  const isPlain = text.encoding === "utf-8" && text.markBytes === 0;
  const path = isPlain ? file.path : `${file.path}.utf8`;
  if (!isPlain) await pipeline(Readable.from(decodeFile(file.path, text)), createWriteStream(path));
  if (await isBlank(path)) return undefined;
  const table = `temp.main."elements ${file.fingerprint.slice(-12)}"`;
  try {
    await scratch.execute(
      `create or replace temp table ${table.slice(10)} as select cast(row_number() over () as varchar) as line, cast(json as varchar) as raw from read_json_objects(${quoteText(globSafe(path))}, format = 'auto', maximum_object_size = ${maxObjectBytes})`,
    );
  } catch (cause) {
    context.signal?.throwIfAborted();
    const at = /byte \d+/.exec(cause instanceof Error ? cause.message : "")?.[0];
    throw platformError(
      "INPUT_INVALID",
      `File ${file.name} is no JSON${at === undefined ? "" : ` (at ${at})`}. It must hold one array of objects; for one object per line say \`format: ndjson\`.`,
      { cause },
    );
  }
  return typeObjects(file, table, context);
}

async function typeObjects(file: SourceFile, texts: string, context: ReadContext): Promise<TypedTable | undefined> {
  const { scratch } = context;
  const isObject = "json_valid(raw) and json_type(case when json_valid(raw) then raw end) = 'OBJECT'";
  const names = await keysOf(scratch, texts, isObject);
  const [any] = await scratch.query(`select count(*) as n from ${texts}`);
  if (Number(any?.n) === 0) {
    await scratch.execute(`drop table ${texts}`);
    return undefined;
  }
  const columns = stageColumns(names, context.input, context.outputTypes, `File ${file.name}`);
  const pointers = names.map((name) => quoteText(`/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`));
  // One parse per row for all columns. A JSON null has no text.
  const fields = names.length === 0 ? "cast([] as varchar[])" : `json_extract_string(object, [${pointers.join(", ")}])`;
  const typed = await typeRelation(
    scratch,
    {
      from: `(select line, raw, object is not null as is_object, ${fields} as fields from (select line, raw, case when ${isObject} then raw end as object from ${texts}))`,
      line: "cast(line as bigint)",
      raw: "raw",
      fault: `case when contains(raw, '\uFFFD') then 'holds bytes that are no UTF-8 text; save the file as UTF-8' when not is_object then 'is no JSON object' end`,
      textAt: (position) => `fields[${position + 1}]`,
    },
    columns,
  );
  await scratch.execute(`drop table ${texts}`);
  return typed;
}

/** Keys in the order in which they first occur. */
async function keysOf(scratch: Scratch, texts: string, isObject: string): Promise<readonly string[]> {
  const rows = await scratch.query(
    `select key, min(position) as position from (
       select unnest(json_keys(case when ${isObject} then raw end)) as key, cast(line as bigint) * 10000 + generate_subscripts(json_keys(case when ${isObject} then raw end), 1) as position from ${texts}
     ) group by key order by position`,
  );
  return rows.map((row) => String(row.key));
}

async function* lineBatches(file: SourceFile): AsyncIterable<TextBatch> {
  const text = await detectEncoding(file.path);
  let rest = "";
  let number = 0;
  for await (const part of decodeFile(file.path, text)) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    yield* batchOf(lines);
  }
  yield* batchOf(rest === "" ? [] : [rest]);

  function* batchOf(lines: readonly string[]): Iterable<TextBatch> {
    const numbers: string[] = [];
    const raws: string[] = [];
    for (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      numbers.push(String(number));
      raws.push(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    yield* inChunks([numbers, raws]);
  }
}

async function isBlank(path: string): Promise<boolean> {
  for await (const bytes of createReadStream(path, { encoding: "utf8" })) if (String(bytes).trim() !== "") return false;
  return true;
}
