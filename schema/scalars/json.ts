import { GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { scalarError } from "./scalar-error.ts";

/**
 * Any JSON value. Literals become plain values, and a field named `__proto__` is data like any other: it is defined on
 * the object and never assigned, so it cannot change what the object inherits.
 */
export const JsonScalar: GraphQLScalarType<unknown, unknown> = new GraphQLScalarType<unknown, unknown>({
  name: "JSON",
  description: "Any JSON value.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => plainValue(node, variables ?? undefined),
});

function plainValue(node: ValueNode, variables: Readonly<Record<string, unknown>> | undefined): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => plainValue(item, variables));
    case Kind.OBJECT: {
      const value = {};
      for (const field of node.fields) define(value, field.name.value, plainValue(field.value, variables));
      return value;
    }
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.ENUM:
      throw scalarError("JSON", "a JSON value; a bare word is none, put it in quotes", node);
  }
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
