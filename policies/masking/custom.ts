/**
 * Custom: a function of the mesh's own module (`governance.masks` in the configuration), for what no technique here does.
 * Its result is checked against the field's type. Redacted, and told once: a value for which it throws or gives another
 * type, and everything when there is no such function.
 */
import type { GraphQLScalarType } from "graphql";
import { GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString } from "graphql";
import { z } from "zod";
import { meshScalars } from "#schema";
import { redactorOf } from "./redact.ts";
import type { Leaf, PlainTechnique } from "./technique.ts";

const scalars: ReadonlyMap<string, GraphQLScalarType> = new Map(
  [GraphQLString, GraphQLID, GraphQLInt, GraphQLFloat, GraphQLBoolean, ...Object.values(meshScalars)].map(
    (scalar): [string, GraphQLScalarType] => [scalar.name, scalar],
  ),
);

export const custom: PlainTechnique = {
  name: "custom",
  parameters: { function: z.string().min(1), argument: z.union([z.string(), z.number(), z.boolean()]).optional() },
  sql: { none: "it is a function of a module" },
  compile(leaf, { parameters, custom, report }) {
    const { function: name, ...others } = parameters;
    const redact = redactorOf(leaf);
    const mask = custom.get(String(name));
    if (mask === undefined) {
      report(`The policy's custom mask "${String(name)}" is exported by no module: what it masks is redacted.`);
      return redact;
    }
    const field = { type: leaf.name, parameters: others };
    const accept = accepts(leaf);
    return (value) => {
      let masked: unknown;
      try {
        masked = mask(value, field);
      } catch {
        // Its words may hold the value.
        report(`The custom mask "${String(name)}" threw for a value of type ${leaf.name}: it is redacted.`);
        return redact(value);
      }
      if (accept(masked, value)) return masked;
      report(`The custom mask "${String(name)}" gave no ${leaf.name} for a value of that type: it is redacted.`);
      return redact(value);
    };
  },
};

/** Whether a result is of the type, in the form in which it stands in an answer. */
function accepts(leaf: Leaf): (masked: unknown, value: unknown) => boolean {
  // Of an enum only the neutral value is known to be one here.
  if (leaf.kind === "enum") return (masked) => masked === leaf.first;
  const scalar = scalars.get(leaf.name);
  if (scalar === undefined) return (masked, value) => masked !== null && typeof masked === typeof value;
  return (masked) => {
    if (masked === null || masked === undefined) return false;
    try {
      return Object.is(scalar.serialize(scalar.parseValue(masked)), masked);
    } catch {
      return false;
    }
  };
}
