/** PostgreSQL's values (in their text form) as port values, its types' names, and port values as its parameters. */
import type { ColumnType } from "#schema";
import { fromJson, fromText, instantText } from "./values.ts";

/** PostgreSQL's name of a column type, as `format_type` prints it. */
export function postgresType(type: ColumnType): string {
  switch (type.kind) {
    case "string":
      return "text";
    case "uuid":
    case "integer":
    case "boolean":
    case "date":
      return type.kind;
    case "long":
      return "bigint";
    case "double":
      return "double precision";
    case "time":
      return "time without time zone";
    case "timestamp":
      return "timestamp with time zone";
    case "binary":
      return "bytea";
    case "decimal":
      return `numeric(${type.precision},${type.scale})`;
    case "array":
      return isFlat(type.items) ? `${postgresType(type.items)}[]` : "jsonb";
    case "json":
    case "map":
    case "struct":
      return "jsonb";
  }
}

/** SQL that turns a value's text form (see values.ts) into the type; fails where the text is none. */
export function postgresFromText(text: string, type: ColumnType): string {
  switch (type.kind) {
    case "string":
      return text;
    case "binary":
      return `decode(${text}, 'base64')`;
    case "array":
      if (!isFlat(type.items)) return `cast(${text} as jsonb)`;
      return `case when ${text} is not null then coalesce((select array_agg(${postgresFromText("e", type.items)} order by n) from jsonb_array_elements_text(cast(${text} as jsonb)) with ordinality as items(e, n)), '{}') end`;
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
    case "decimal":
    case "json":
    case "map":
    case "struct":
      return `cast(${text} as ${postgresType(type)})`;
  }
}

/** The body of a function that converts its text argument, raising a data exception where it cannot. */
export function postgresConversion(type: ColumnType): string {
  const target = postgresType(type);
  if (["integer", "long", "decimal"].includes(type.kind)) return `$1::numeric::${target}`;
  return `$1::${target}`;
}

/** What kind of value an engine type is, for result columns that nobody described. */
const naturalKinds: Readonly<Record<number, ColumnType>> = {
  16: { kind: "boolean" },
  17: { kind: "binary" },
  20: { kind: "long" },
  21: { kind: "integer" },
  23: { kind: "integer" },
  26: { kind: "integer" },
  114: { kind: "json" },
  700: { kind: "double" },
  701: { kind: "double" },
  1184: { kind: "timestamp" },
  1114: { kind: "timestamp" },
  3802: { kind: "json" },
};
const jsonOids: readonly number[] = [114, 3802];

/** A value's text of an engine type (`oid`) as a port value. */
export function fromPostgres(text: string | null, oid: number, type: ColumnType | undefined): unknown {
  if (text === null) return null;
  const wanted = type ?? naturalKinds[oid];
  if (wanted === undefined) return text;
  switch (wanted.kind) {
    case "binary":
      return text.startsWith("\\x") ? Buffer.from(text.slice(2), "hex").toString("base64") : text;
    case "array":
      if (jsonOids.includes(oid)) return fromJson(JSON.parse(text), wanted);
      return readArray(text).map((item) => (item === null ? null : fromPostgres(item, 0, wanted.items)));
    case "map":
    case "struct":
      return fromJson(JSON.parse(text), wanted);
    case "integer":
    case "double":
      return Number(text);
    // An average that is asked for as a whole number is cut by nobody here: the statement decides.
    case "long":
      return BigInt(text.replace(/\.0*$/, ""));
    case "timestamp":
      return instantText(text);
    case "string":
    case "uuid":
    case "decimal":
    case "boolean":
    case "date":
    case "time":
    case "json":
      return fromText(text, wanted);
  }
}

/** `{a,"b \"c\"",NULL}` with one dimension (PostgreSQL, section 8.15.6). */
function readArray(text: string): (string | null)[] {
  const items: (string | null)[] = [];
  let at = 1;
  while (at < text.length - 1) {
    let item = "";
    const isQuoted = text[at] === '"';
    if (isQuoted) {
      at++;
      while (text[at] !== '"') {
        if (text[at] === "\\") at++;
        item += text[at++] ?? "";
      }
      at++;
    } else {
      while (at < text.length - 1 && text[at] !== ",") item += text[at++] ?? "";
    }
    items.push(!isQuoted && item === "NULL" ? null : item);
    at++;
  }
  return items;
}

/** What the driver sends for a port value. */
export function postgresParameter(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(postgresParameter);
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "string" ? value : String(value);
}

function isFlat(type: ColumnType): boolean {
  return !["array", "map", "struct", "json"].includes(type.kind);
}
