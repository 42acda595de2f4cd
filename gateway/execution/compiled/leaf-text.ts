/**
 * Leaf values as JSON text, completed as the GraphQL specification says (section 6.4.3, result coercion in 3.5).
 *
 * Hot: once per leaf of an answer (bench/engine).
 */

/** Thrown by the fast writer when a value needs the careful one: a null that propagates, a value of the wrong type. */
export const anomaly: Error = new Error("This answer has to be completed carefully.");
anomaly.stack = "";

// Control characters, quotation mark, backslash, and surrogates, which have to be paired.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON escapes
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string as JSON. */
export function quote(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Any JSON value as text; undefined for undefined. */
export function jsonText(value: unknown): string | undefined {
  return typeof value === "string" ? quote(value) : JSON.stringify(value);
}

/** The JSON text of a non-null value of a scalar type, or undefined when the value does not belong to it. */
export type LeafWriter = (value: unknown) => string | undefined;

const maxInt = 2147483647;

const builtIn: ReadonlyMap<string, LeafWriter> = new Map<string, LeafWriter>([
  ["String", (value) => (typeof value === "string" ? quote(value) : undefined)],
  [
    "ID",
    (value) => {
      if (typeof value === "string") return quote(value);
      return Number.isInteger(value) ? `"${value}"` : undefined;
    },
  ],
  [
    "Int",
    (value) =>
      typeof value === "number" && Number.isInteger(value) && value <= maxInt && value >= -maxInt - 1
        ? `${value}`
        : undefined,
  ],
  ["Float", (value) => (typeof value === "number" ? `${value}` : undefined)],
  [
    "Boolean",
    (value) => {
      if (value === true) return "true";
      return value === false ? "false" : undefined;
    },
  ],
]);

/** Custom scalars are whatever their subgraph says. */
export function leafWriterFor(type: string, values: ReadonlySet<string> | undefined): LeafWriter {
  if (values !== undefined) {
    const texts = new Map([...values].map((value) => [value, `"${value}"`]));
    return (value) => texts.get(value as string);
  }
  return builtIn.get(type) ?? jsonText;
}
