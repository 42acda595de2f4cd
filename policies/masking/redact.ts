/**
 * Redact: a fixed value of the type, whatever was there. Text becomes `***`, an e-mail address an address that can
 * belong to nobody (`.invalid` is reserved by RFC 2606), a number 0, a date the first one of 1970.
 */
import { emailPattern, isEmailShaped } from "./shape.ts";
import type { Leaf, PlainTechnique, SqlKind, SqlMask } from "./technique.ts";

const text = "***";
const email = "***@***.invalid";

/** By scalar name; a scalar that is not here is redacted by the JSON type of its value. */
const neutralByScalar: ReadonlyMap<string, string | number | boolean> = new Map<string, string | number | boolean>([
  ["Int", 0],
  ["Float", 0],
  ["Boolean", false],
  ["Decimal", "0"],
  ["BigInt", "0"],
  ["Date", "1970-01-01"],
  ["DateTime", "1970-01-01T00:00:00Z"],
  ["Time", "00:00:00"],
  ["UUID", "00000000-0000-0000-0000-000000000000"],
  ["Base64", ""],
]);

const neutralBySqlKind: Readonly<Record<Exclude<SqlKind, "string">, string>> = {
  uuid: "cast('00000000-0000-0000-0000-000000000000' as uuid)",
  integer: "0",
  long: "cast(0 as bigint)",
  double: "cast(0 as double precision)",
  decimal: "cast(0 as decimal)",
  boolean: "false",
  date: "date '1970-01-01'",
  time: "time '00:00:00'",
  timestamp: "timestamp '1970-01-01 00:00:00'",
};

export const redact: PlainTechnique & { readonly sql: SqlMask } = {
  name: "redact",
  parameters: {},
  compile: (leaf) => redactorOf(leaf),
  sql(operand, kind) {
    if (kind !== "string") return `case when ${operand} is null then null else ${neutralBySqlKind[kind]} end`;
    return `case when ${operand} is null then null when ${operand} ~ '${emailPattern}' then '${email}' else '${text}' end`;
  },
};

/** The mask that hides everything, for this type: what every technique falls back to. */
export function redactorOf(leaf: Leaf): (value: unknown) => unknown {
  if (leaf.kind === "enum") return () => leaf.first;
  const neutral = neutralByScalar.get(leaf.name);
  if (neutral === undefined) return redactByJsonType;
  if (neutral !== "0") return () => neutral;
  // Scalars of other subgraphs that share a name may write numbers where ours write text.
  return (value) => (typeof value === "number" ? 0 : neutral);
}

function redactByJsonType(value: unknown): unknown {
  if (typeof value === "string") return isEmailShaped(value) ? email : text;
  if (typeof value === "number") return 0;
  if (typeof value === "boolean") return false;
  return Array.isArray(value) ? [] : {};
}
