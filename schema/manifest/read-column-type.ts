/**
 * Text ⇄ column type. Grammar (spaces are free, names in lower case):
 *
 *   type   = scalar | "decimal" [ "(" precision [ "," scale ] ")" ] | "array<" type ">" | "map<" type "," type ">"
 *          | "struct<" name ":" type { "," name ":" type } ">"
 */
import type { ClientError } from "../error.ts";
import { schemaError } from "../errors.ts";
import { didYouMean } from "../names/suggest.ts";
import type { ColumnType, ScalarKind } from "./column-type.ts";

const SCALARS = [
  "string",
  "uuid",
  "integer",
  "long",
  "double",
  "boolean",
  "date",
  "time",
  "timestamp",
  "json",
  "binary",
] as const satisfies readonly ScalarKind[];

const KINDS: readonly string[] = [...SCALARS, "decimal", "array", "map", "struct"];

/** Spellings from other systems that are too far from ours for the edit distance to find. */
const FOREIGN: Readonly<Record<string, string>> = {
  varchar: "string",
  text: "string",
  char: "string",
  int: "integer",
  bigint: "long",
  float: "double",
  real: "double",
  number: "double",
  numeric: "decimal",
  bool: "boolean",
  datetime: "timestamp",
  bytes: "binary",
  list: "array",
  object: "struct",
  id: "string",
};

/** Both engines store 38 digits; the same default as other warehouses have. */
const DEFAULT_DECIMAL = { precision: 38, scale: 9 } as const;
const MAX_PRECISION = 38;
/** A type nested deeper than any table; keeps hostile text from using up the stack. */
const MAX_DEPTH = 16;

/**
 * The type that the text spells.
 * @throws ClientError `COLUMN_TYPE_INVALID` with what is wrong and what to write instead.
 */
export function readColumnType(text: string): ColumnType {
  const reader: Reader = { text, at: 0 };
  const type = readType(reader, 0);
  skipSpace(reader);
  if (reader.at < text.length) throw invalid(`Nothing may follow the type, but \`${text.slice(reader.at)}\` does.`);
  return type;
}

/** The canonical spelling; reading it again gives an equal type. */
export function printColumnType(type: ColumnType): string {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "array":
      return `array<${printColumnType(type.items)}>`;
    case "map":
      return `map<${printColumnType(type.keys)},${printColumnType(type.values)}>`;
    case "struct":
      return `struct<${type.fields.map((field) => `${field.name}:${printColumnType(field.type)}`).join(",")}>`;
    case "string":
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "json":
    case "binary":
      return type.kind;
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

function readType(reader: Reader, depth: number): ColumnType {
  if (depth > MAX_DEPTH) throw invalid(`A type may be nested ${MAX_DEPTH} deep at most; use \`json\`.`);
  const kind = readWord(reader, "a type");
  switch (kind) {
    case "decimal":
      return readDecimal(reader);
    case "array": {
      expect(reader, "<", "array<string>");
      const items = readType(reader, depth + 1);
      expect(reader, ">", "array<string>");
      return { kind, items };
    }
    case "map": {
      expect(reader, "<", "map<string,integer>");
      const keys = readType(reader, depth + 1);
      expect(reader, ",", "map<string,integer>");
      const values = readType(reader, depth + 1);
      expect(reader, ">", "map<string,integer>");
      return { kind, keys, values };
    }
    case "struct":
      return readStruct(reader, depth);
    default: {
      const scalar = SCALARS.find((candidate) => candidate === kind);
      if (scalar !== undefined) return { kind: scalar };
      const hint = FOREIGN[kind] === undefined ? didYouMean(kind, KINDS) : ` Did you mean \`${FOREIGN[kind]}\`?`;
      throw invalid(`There is no type \`${kind}\`.${hint} Types are ${KINDS.join(", ")}.`);
    }
  }
}

function readDecimal(reader: Reader): ColumnType {
  const example = "decimal(12,2)";
  if (!take(reader, "(")) return { kind: "decimal", ...DEFAULT_DECIMAL };
  const precision = readNumber(reader, example);
  const scale = take(reader, ",") ? readNumber(reader, example) : 0;
  expect(reader, ")", example);
  if (precision < 1 || precision > MAX_PRECISION) {
    throw invalid(`A decimal has 1 to ${MAX_PRECISION} digits, as in \`${example}\`.`);
  }
  if (scale > precision)
    throw invalid(`A decimal cannot have more digits after the point than in all, as \`${example}\` has.`);
  return { kind: "decimal", precision, scale };
}

function readStruct(reader: Reader, depth: number): ColumnType {
  const example = "struct<street:string,zip:string>";
  expect(reader, "<", example);
  const fields: { readonly name: string; readonly type: ColumnType }[] = [];
  do {
    const name = readWord(reader, "a field's name");
    expect(reader, ":", example);
    if (fields.some((field) => field.name === name)) throw invalid(`The struct has two fields \`${name}\`.`);
    fields.push({ name, type: readType(reader, depth + 1) });
  } while (take(reader, ","));
  expect(reader, ">", example);
  return { kind: "struct", fields };
}

function readWord(reader: Reader, what: string): string {
  skipSpace(reader);
  const word = /^[A-Za-z_][A-Za-z0-9_]*/.exec(reader.text.slice(reader.at))?.[0];
  if (word === undefined) throw invalid(`Expected ${what} ${position(reader)}.`);
  reader.at += word.length;
  return word;
}

function readNumber(reader: Reader, example: string): number {
  skipSpace(reader);
  const digits = /^\d{1,4}/.exec(reader.text.slice(reader.at))?.[0];
  if (digits === undefined) throw invalid(`Expected a number ${position(reader)}, as in \`${example}\`.`);
  reader.at += digits.length;
  return Number(digits);
}

function take(reader: Reader, sign: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== sign) return false;
  reader.at += 1;
  return true;
}

function expect(reader: Reader, sign: string, example: string): void {
  if (!take(reader, sign)) throw invalid(`Expected \`${sign}\` ${position(reader)}, as in \`${example}\`.`);
}

function skipSpace(reader: Reader): void {
  while (reader.text[reader.at] === " ") reader.at += 1;
}

function position(reader: Reader): string {
  return reader.at >= reader.text.length ? "at the end" : `at character ${reader.at + 1}`;
}

function invalid(message: string): ClientError {
  return schemaError("COLUMN_TYPE_INVALID", message);
}
