/**
 * CSV records with their line numbers, after RFC 4180: fields may be quoted, a quote inside is doubled, a quoted field
 * may hold line ends. This is the exact reader: it is used for the header, and for a whole file once the engine's own
 * reader found something wrong in it.
 *
 * Recovery: where a record's quoting is broken, only its first line is given up, and reading goes on at the next line.
 * A broken quote therefore costs one line and never swallows the rest of the file.
 */
export interface CsvRecord {
  /** 1-based, of the record's first character. */
  readonly line: number;
  /** As it stands in the file, without the line end. */
  readonly raw: string;
  /** Empty unquoted fields are null, empty quoted ones are "". Undefined when `fault` says why there are none. */
  readonly fields: readonly (string | null)[] | undefined;
  readonly fault: string | undefined;
}

/** Longer than any record: a quote that is not closed within it is taken as broken. */
const maxRecordChars = 1_048_576;

/** Reads records from text that comes in parts; memory is bounded by the longest record. Blank lines are no records. */
export async function* readCsvRecords(
  parts: AsyncIterable<string> | Iterable<string>,
  delimiter: string,
): AsyncIterable<readonly CsvRecord[]> {
  let rest = "";
  let line = 1;
  for await (const part of parts) {
    const read = takeRecords(rest + part, delimiter, line, false);
    rest = read.rest;
    line = read.line;
    if (read.records.length > 0) yield read.records;
  }
  const read = takeRecords(rest, delimiter, line, true);
  if (read.records.length > 0) yield read.records;
}

/** All complete records of a text; what may go on in the next part is left as `rest`. */
function takeRecords(
  text: string,
  delimiter: string,
  firstLine: number,
  isLast: boolean,
): { readonly records: readonly CsvRecord[]; readonly rest: string; readonly line: number } {
  const records: CsvRecord[] = [];
  let line = firstLine;
  let start = 0;
  while (start < text.length) {
    const record = readRecord(text, start, delimiter, isLast);
    if (record === undefined) {
      if (text.length - start <= maxRecordChars) break;
      const end = lineEnd(text, start) ?? { end: text.length, next: text.length };
      records.push(broken(text, start, end.end, line, "a quote is opened and never closed"));
      start = end.next;
      line++;
      continue;
    }
    if (record.kind === "broken") {
      // At the end of a part without the line's end in it, the next part may bring it.
      const end = lineEnd(text, start);
      if (end === undefined && !isLast) break;
      const { end: stop, next } = end ?? { end: text.length, next: text.length };
      records.push(broken(text, start, stop, line, record.fault));
      start = next;
      line++;
      continue;
    }
    if (record.end > start) {
      records.push({ line, raw: text.slice(start, record.end), fields: record.fields, fault: undefined });
    }
    line += record.lines;
    start = record.next;
  }
  return { records, rest: text.slice(start), line };
}

function broken(text: string, start: number, end: number, line: number, fault: string): CsvRecord {
  return { line, raw: text.slice(start, end), fields: undefined, fault };
}

type Read =
  | {
      readonly kind: "record";
      readonly fields: readonly (string | null)[];
      readonly end: number;
      readonly next: number;
      readonly lines: number;
    }
  | { readonly kind: "broken"; readonly fault: string };

/** The record that begins at `start`, or undefined when the text ends before it does. */
function readRecord(text: string, start: number, delimiter: string, isLast: boolean): Read | undefined {
  const fields: (string | null)[] = [];
  let at = start;
  let lines = 1;
  for (;;) {
    if (text[at] === '"') {
      let value = "";
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote === -1) {
          return isLast ? { kind: "broken", fault: "a quote is opened and never closed" } : undefined;
        }
        value += text.slice(from, quote);
        if (text[quote + 1] !== '"') {
          at = quote + 1;
          break;
        }
        value += '"';
        from = quote + 2;
      }
      if (at >= text.length && !isLast) return undefined;
      for (const found of value.matchAll(/\r\n|\n|\r/g)) lines += found.length > 0 ? 1 : 0;
      fields.push(value);
    } else {
      const from = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
      if (at >= text.length && !isLast) return undefined;
      fields.push(at === from ? null : text.slice(from, at));
    }
    if (at >= text.length) return { kind: "record", fields, end: at, next: at, lines };
    const here = text[at];
    if (here === delimiter) {
      at++;
      if (at >= text.length && !isLast) return undefined;
      continue;
    }
    if (here === "\n") return { kind: "record", fields, end: at, next: at + 1, lines };
    if (here === "\r") {
      // A line end that may be cut in two by the end of the part.
      if (at + 1 >= text.length && !isLast) return undefined;
      return { kind: "record", fields, end: at, next: text[at + 1] === "\n" ? at + 2 : at + 1, lines };
    }
    return { kind: "broken", fault: "text follows a closing quote; a quote inside a field must be doubled" };
  }
}

function lineEnd(text: string, start: number): { readonly end: number; readonly next: number } | undefined {
  const newline = text.indexOf("\n", start);
  if (newline === -1) return undefined;
  return { end: text[newline - 1] === "\r" && newline > start ? newline - 1 : newline, next: newline + 1 };
}

/** The delimiter that stands most often outside quotes in the header line; a comma when none does. */
export function detectDelimiter(header: string): string {
  const outside = header.replace(/"(?:[^"]|"")*"/g, "");
  let best = ",";
  let bestCount = 0;
  for (const candidate of [",", ";", "\t", "|"]) {
    const count = outside.split(candidate).length - 1;
    if (count > bestCount) [best, bestCount] = [candidate, count];
  }
  return best;
}
