/**
 * What a technique does to each kind of value. Which kind a field has is known from its type, so a mask is put together
 * once per field; only scalars that may hold anything are looked at value by value.
 *
 * A kind that a technique leaves out is redacted, and so is a value that is not as its type says. Enum values and booleans
 * are redacted by every technique: there are too few of them to hide among.
 */
import { redactorOf } from "./redact.ts";
import type { Leaf } from "./technique.ts";

/** Values as they stand in a JSON answer. */
export interface MasksByKind {
  /** `String`, `ID`, and texts in scalars that the mesh does not know. */
  readonly text?: (text: string) => string;
  readonly int?: (value: number) => number;
  readonly float?: (value: number) => number;
  /** `-?digits(.digits)?` */
  readonly decimal?: (text: string) => string;
  /** `-?digits`, 64 bits. */
  readonly bigInt?: (text: string) => string;
  /** `YYYY-MM-DD`. */
  readonly date?: (text: string) => string;
  /** `YYYY-MM-DDTHH:MM:SS[.fff]Z`. */
  readonly dateTime?: (text: string) => string;
  readonly uuid?: (text: string) => string;
  readonly base64?: (text: string) => string;
}

export function maskByKind(leaf: Leaf, masks: MasksByKind): (value: unknown) => unknown {
  const redact = redactorOf(leaf);
  if (leaf.kind === "enum") return redact;
  switch (leaf.name) {
    case "Boolean":
    case "Time":
      return redact;
    case "Int":
      return numbers(masks.int, redact);
    case "Float":
      return numbers(masks.float, redact);
    case "Decimal":
      return texts(masks.decimal, decimalText, redact);
    case "BigInt":
      return texts(masks.bigInt, wholeText, redact);
    case "Date":
      return texts(masks.date, dateText, redact);
    case "DateTime":
      return texts(masks.dateTime, dateTimeText, redact);
    case "UUID":
      return texts(masks.uuid, uuidText, redact);
    case "Base64":
      return texts(masks.base64, undefined, redact);
    default:
      return texts(masks.text, undefined, redact);
  }
}

const decimalText = /^-?\d+(?:\.\d+)?$/;
const wholeText = /^-?\d{1,19}$/;
const dateText = /^\d{4}-\d{2}-\d{2}$/;
const dateTimeText = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
const uuidText = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;

function numbers(
  mask: ((value: number) => number) | undefined,
  redact: (value: unknown) => unknown,
): (value: unknown) => unknown {
  if (mask === undefined) return redact;
  return (value) => (typeof value === "number" && Number.isFinite(value) ? mask(value) : redact(value));
}

function texts(
  mask: ((text: string) => string) | undefined,
  shape: RegExp | undefined,
  redact: (value: unknown) => unknown,
): (value: unknown) => unknown {
  if (mask === undefined) return redact;
  if (shape === undefined) return (value) => (typeof value === "string" ? mask(value) : redact(value));
  return (value) => (typeof value === "string" && shape.test(value) ? mask(value) : redact(value));
}
