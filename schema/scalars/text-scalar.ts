import { GraphQLScalarType, Kind } from "graphql";
import { scalarError } from "./scalar-error.ts";

/**
 * A scalar that is a string on the wire and inside, in one canonical spelling.
 *
 * `canonical` gives that spelling or undefined for a text that is none. `fromResult` may turn other values that a
 * storage engine hands out into text first; what clients send is only ever taken as a string.
 */
export function textScalar(options: {
  readonly name: string;
  readonly description: string;
  readonly specifiedByURL?: string;
  /** Ends the sentence "X must be …". */
  readonly expected: string;
  readonly canonical: (text: string) => string | undefined;
  readonly fromResult?: (value: unknown) => string | undefined;
}): GraphQLScalarType<string, string> {
  const { name, expected, canonical } = options;
  return new GraphQLScalarType<string, string>({
    name,
    description: options.description,
    ...(options.specifiedByURL === undefined ? {} : { specifiedByURL: options.specifiedByURL }),
    serialize(value) {
      const text = typeof value === "string" ? value : options.fromResult?.(value);
      const written = text === undefined ? undefined : canonical(text);
      if (written === undefined) throw scalarError(name, expected);
      return written;
    },
    parseValue(value) {
      const read = typeof value === "string" ? canonical(value) : undefined;
      if (read === undefined) throw scalarError(name, expected);
      return read;
    },
    parseLiteral(node) {
      const read = node.kind === Kind.STRING ? canonical(node.value) : undefined;
      if (read === undefined) throw scalarError(name, expected, node);
      return read;
    },
  });
}
