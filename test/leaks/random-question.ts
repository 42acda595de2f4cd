/** Random operations over a generated graph: filters, sorts, groups, aggregates and pages with values that somebody may know. */
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Random } from "../differential/random.ts";

export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const maxInputDepth = 3;

/** Valid but for what rules between values say; half of the operands are in the text, the others are variables. */
export function createQuestion(schema: GraphQLSchema, values: readonly string[], random: Random): Question {
  const variables: Record<string, unknown> = {};
  const declarations: string[] = [];

  function selection(type: GraphQLNamedType, depth: number): string {
    if (!isObjectType(type)) return "{ __typename }";
    const fields = Object.values(type.getFields());
    const chosen = Array.from({ length: 1 + random.below(5) }, () => random.pick(fields));
    const parts = chosen.map((field, index) => fieldText(field, depth, `a${index}_`));
    return `{ ${parts.join(" ")} __typename }`;
  }

  function fieldText(field: GraphQLField<unknown, unknown>, depth: number, prefix: string): string {
    const named = getNamedType(field.type);
    if (isCompositeType(named) && depth === 0) return `${prefix}t: __typename`;
    const given = field.args.filter((argument) => isNonNullType(argument.type) || random.chance(35));
    const args = given.map((argument) => `${argument.name}: ${argumentText(argument.type)}`);
    const below = isCompositeType(named) ? ` ${selection(named, depth - 1)}` : "";
    return `${prefix}${field.name}: ${field.name}${args.length === 0 ? "" : `(${args.join(", ")})`}${below}`;
  }

  function argumentText(type: GraphQLInputType): string {
    const value = valueFor(type, 0);
    if (random.chance(50)) return literal(value);
    const name = `v${declarations.length}`;
    declarations.push(`$${name}: ${String(type)}`);
    variables[name] = plain(value);
    return `$${name}`;
  }

  function valueFor(type: GraphQLInputType, depth: number): unknown {
    const nullable = getNullableType(type);
    if (isListType(nullable))
      return Array.from({ length: 1 + random.below(2) }, () => valueFor(nullable.ofType, depth));
    if (isEnumType(nullable)) return new EnumName(random.pick(nullable.getValues()).name);
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields());
      const required = fields.filter((field) => isNonNullType(field.type));
      const optional = fields.filter((field) => !isNonNullType(field.type));
      const chosen = [...required, ...(depth < maxInputDepth && optional.length > 0 ? [random.pick(optional)] : [])];
      return Object.fromEntries(chosen.map((field) => [field.name, valueFor(field.type, depth + 1)]));
    }
    switch (String(nullable)) {
      case "Int":
        return random.below(30);
      case "Float":
        return random.below(30) / 2;
      case "Boolean":
        return random.chance(50);
      default:
        return random.chance(70) ? random.pick(values) : random.pick(["p1", "north", "o3", "2020-01-01"]);
    }
  }

  const root = schema.getQueryType();
  if (!root) throw new Error("The graph has no queries.");
  const body = selection(root, 4);
  const declared = declarations.length === 0 ? "" : `(${declarations.join(", ")})`;
  return { query: `query Hunt${declared} ${body}`, variables };
}

class EnumName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

function literal(value: unknown): string {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${literal(each)}`)
      .join(", ")} }`;
  }
  return JSON.stringify(value);
}

function plain(value: unknown): unknown {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
