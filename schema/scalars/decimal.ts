import { GraphQLScalarType, Kind } from "graphql";
import { scalarError } from "./scalar-error.ts";

const EXPECTED = 'a decimal number as a string, such as "12.50"';
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;
/** Far above the 38 digits that storage engines keep; stops `1e9999` from becoming ten kilobytes. */
const MAX_DIGITS = 400;

/**
 * Exact decimal number, a string on the wire and inside: `"12.50"`. Digits after the point are kept as given, exponents
 * are written out, leading zeros and the sign of zero go.
 *
 * A float literal in a query is read from its source text and so without loss; a float in JSON variables has already been
 * rounded by whoever parsed the JSON, so it is refused.
 */
export const DecimalScalar: GraphQLScalarType<string, string> = new GraphQLScalarType<string, string>({
  name: "Decimal",
  description:
    'Exact decimal number as a string, `"12.50"`. Input may also be an integer; a fraction in JSON variables must be a string.',
  serialize(value) {
    const plain = typeof value === "string" || isNumeric(value) ? plainDecimal(String(value)) : undefined;
    if (plain === undefined) throw scalarError("Decimal", EXPECTED);
    return plain;
  },
  parseValue(value) {
    const exact = typeof value === "string" || Number.isSafeInteger(value) ? plainDecimal(String(value)) : undefined;
    if (exact === undefined) throw scalarError("Decimal", EXPECTED);
    return exact;
  },
  parseLiteral(node) {
    const isText = node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT;
    const exact = isText ? plainDecimal(node.value) : undefined;
    if (exact === undefined) throw scalarError("Decimal", EXPECTED, node);
    return exact;
  },
});

/** The number without exponent, or undefined when the text is no finite decimal number. */
export function plainDecimal(text: string): string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent);
  if (whole.length + fraction.length + Math.abs(shift) > MAX_DIGITS) return undefined;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const before = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const after = point >= 0 ? digits.slice(point) : "0".repeat(-point) + digits;
  const magnitude = before.replace(/^0+(?=\d)/, "") + (after === "" ? "" : `.${after}`);
  return /[1-9]/.test(magnitude) ? sign + magnitude : magnitude;
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value));
}
