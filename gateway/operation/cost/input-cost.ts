/**
 * What the arguments of a field cost: the weight of each that is given and of the input fields within
 * (https://ibm.github.io/graphql-specs/cost-spec.html#sec-Field-Cost). Without a weight an input object costs 1 and
 * everything else nothing; null costs nothing. Weights may be negative; the field then never costs less than nothing.
 */
import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type ValueNode,
} from "graphql";
import type { CostDirectives } from "./read-cost-directives.ts";
import { type CostRun, sumOf, type Term } from "./terms.ts";

type Weights = CostDirectives["weights"];

/** `coordinate` is the field's. */
export function compileArguments(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  coordinate: string,
  weights: Weights,
): Term {
  return sumOf(
    (node.arguments ?? []).map(({ name, value }): Term => {
      const argument = field.args.find((candidate) => candidate.name === name.value);
      const weight = weights.get(`${coordinate}(${name.value}:)`);
      if (argument === undefined || (weight === undefined && !canCost(argument.type, weights))) return 0;
      const costOf = (given: unknown): number => costOfInput(given, argument.type, weight, weights);
      return hasVariables(value) ? (run) => costOf(readLiteral(value, run)) : costOf(readLiteral(value, undefined));
    }),
  );
}

function canCost(type: GraphQLInputType, weights: Weights): boolean {
  const named = getNamedType(type);
  return isInputObjectType(named) || weights.has(named.name);
}

/** `weight` is the one that the place itself has; it replaces what the type would cost there. */
function costOfInput(value: unknown, type: GraphQLInputType, weight: number | undefined, weights: Weights): number {
  if (value === null || value === undefined) return 0;
  if (isNonNullType(type)) return costOfInput(value, type.ofType, weight, weights);
  if (isListType(type)) {
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    // A weight of the place counts once, however long the list is.
    const itemWeight = weight === undefined ? undefined : 0;
    return items.reduce<number>((sum, item) => sum + costOfInput(item, type.ofType, itemWeight, weights), weight ?? 0);
  }
  const own = weight ?? weights.get(type.name) ?? (isInputObjectType(type) ? 1 : 0);
  if (!isInputObjectType(type) || typeof value !== "object") return own;
  let sum = own;
  for (const [name, field] of Object.entries(type.getFields())) {
    if (!Object.hasOwn(value, name)) continue;
    const given = (value as Readonly<Record<string, unknown>>)[name];
    sum += costOfInput(given, field.type, weights.get(`${type.name}.${name}`), weights);
  }
  return sum;
}

export function hasVariables(value: ValueNode): boolean {
  if (value.kind === Kind.VARIABLE) return true;
  if (value.kind === Kind.LIST) return value.values.some(hasVariables);
  return value.kind === Kind.OBJECT && value.fields.some((field) => hasVariables(field.value));
}

/** As JSON would say it; objects have no prototype, because names are the client's. */
export function readLiteral(value: ValueNode, run: CostRun | undefined): unknown {
  switch (value.kind) {
    case Kind.VARIABLE:
      return run?.variable(value.name.value);
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(value.value);
    case Kind.LIST:
      return value.values.map((item) => readLiteral(item, run));
    case Kind.OBJECT: {
      const object: Record<string, unknown> = Object.create(null);
      for (const field of value.fields) object[field.name.value] = readLiteral(field.value, run);
      return object;
    }
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return value.value;
  }
}
