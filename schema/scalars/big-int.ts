import { GraphQLScalarType, Kind } from "graphql";
import { scalarError } from "./scalar-error.ts";

const EXPECTED = 'a whole number of 64 bits, best as a string, such as "9007199254740993"';
const WHOLE = /^-?\d{1,19}$/;
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/**
 * 64-bit signed integer: a string on the wire, a `bigint` inside. Input may also be an integer literal of any length, or
 * a JSON number as long as JSON's reader cannot have rounded it.
 */
export const BigIntScalar: GraphQLScalarType<bigint, string> = new GraphQLScalarType<bigint, string>({
  name: "BigInt",
  description: 'Whole number of 64 bits as a string, `"9007199254740993"`. Input may also be an integer.',
  serialize(value) {
    const whole = fromAny(value);
    if (whole === undefined) throw scalarError("BigInt", EXPECTED);
    return String(whole);
  },
  parseValue(value) {
    const whole = fromAny(value);
    if (whole === undefined) throw scalarError("BigInt", EXPECTED);
    return whole;
  },
  parseLiteral(node) {
    const whole = node.kind === Kind.STRING || node.kind === Kind.INT ? fromAny(node.value) : undefined;
    if (whole === undefined) throw scalarError("BigInt", EXPECTED, node);
    return whole;
  },
});

function fromAny(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return inRange(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === "string" && WHOLE.test(value) ? inRange(BigInt(value)) : undefined;
}

function inRange(value: bigint): bigint | undefined {
  return value >= MIN && value <= MAX ? value : undefined;
}
