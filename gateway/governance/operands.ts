/**
 * What an operation filters, sorts, groups or adds up by, as far as it can be read off the operation and its variables:
 * who may not compare with a field is refused before anything is fetched. The subgraph refuses the same by itself; here it
 * is refused earlier.
 *
 * A subgraph says with `@columnsOf(type:)` that the members of an input, an enum or an object, or the arguments of a field,
 * stand for the fields of a type. What is under `@skip` or `@include` counts as used.
 */
import { type DocumentNode, type GraphQLSchema, isEnumType, isInputObjectType, isObjectType } from "graphql";
import { type Caller, decideField, fieldRules, type GovernedRule, operandError, type Rules } from "#policies";
import { type ClientError, readMeshDirectives, snakeCase } from "#schema";
import type { PreparedOperation } from "../operation/prepared-operation.ts";
import { createInputWalker } from "../usage/input-coordinates.ts";
import { readInterfaces } from "./read-interfaces.ts";

/** A governed field that an input coordinate stands for. */
interface Operand {
  /** `Customer.email`. */
  readonly coordinate: string;
  readonly rules: readonly GovernedRule[];
  /** Whether what is made of the values is in the answer, or they only decide which rows are. */
  readonly shown: boolean;
}

/** By what an operation writes: `CustomerWhere.email`, `CustomerColumn.EMAIL`, `CustomerGroup.email`, `Query.customer(id:)`. */
export type Operands = ReadonlyMap<string, readonly Operand[]>;

/** What may not be used; undefined when everything may. Variables are checked ones. */
export type RefuseOperands = (
  caller: Caller,
  variables: Readonly<Record<string, unknown>>,
) => { readonly coordinate: string; readonly error: ClientError } | undefined;

/** Guarantees every governed operand of the API schema. */
export function readOperands(document: DocumentNode, apiSchema: GraphQLSchema, rules: Rules): Operands {
  const directives = readMeshDirectives(document);
  const interfaces = readInterfaces(document);
  const operands = new Map<string, readonly Operand[]>();
  const governedNames = namesByType(rules);

  const add = (
    written: string,
    types: readonly string[],
    shown: boolean,
    standsFor: (field: string) => boolean,
  ): void => {
    const found = types.flatMap((type) => {
      const own = interfaces.get(type) ?? [];
      const names = new Set([type, ...own].flatMap((name) => governedNames.get(name) ?? []));
      return [...names].filter(standsFor).map(
        (name): Operand => ({
          coordinate: `${type}.${name}`,
          rules: fieldRules(rules, type, own, name),
          shown,
        }),
      );
    });
    if (found.length > 0) operands.set(written, found);
  };

  for (const type of Object.values(apiSchema.getTypeMap())) {
    const ofType = directives.get(type.name)?.columnsOf ?? [];
    if (isEnumType(type)) {
      for (const { name } of type.getValues()) {
        add(
          `${type.name}.${name}`,
          ofType,
          false,
          (field) => field === name || snakeCase(field).toUpperCase() === name,
        );
      }
    } else if (isInputObjectType(type)) {
      for (const name of Object.keys(type.getFields())) {
        // A column that is called as a logical operator is written with `_` behind it.
        add(`${type.name}.${name}`, ofType, false, (field) => field === name || `${field}_` === name);
      }
    } else if (isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        add(`${type.name}.${field.name}`, ofType, true, (name) => name === field.name);
        const ofArguments = directives.get(`${type.name}.${field.name}`)?.columnsOf ?? [];
        for (const { name } of field.args) {
          add(`${type.name}.${field.name}(${name}:)`, ofArguments, false, (column) => column === name);
        }
      }
    }
  }
  return operands;
}

/** Undefined when the operation can use no governed operand. */
export function compileOperands(
  schema: GraphQLSchema,
  { coordinates, definition }: PreparedOperation,
  operands: Operands,
): RefuseOperands | undefined {
  const written = [...coordinates].flatMap((coordinate) => operands.get(coordinate) ?? []);
  const inVariables = createInputWalker(schema, definition, (coordinate) => operands.has(coordinate));
  if (written.length === 0 && inVariables === undefined) return undefined;
  return (caller, variables) => {
    const given = inVariables?.(variables).flatMap((coordinate) => operands.get(coordinate) ?? []) ?? [];
    const refused = [...written, ...given].find((operand) => !mayUse(operand, caller));
    if (refused === undefined) return undefined;
    const { coordinate, rules } = refused;
    return { coordinate, error: operandError(coordinate, decideField(rules, caller)) };
  };
}

function mayUse({ rules, shown }: Operand, caller: Caller): boolean {
  return shown ? decideField(rules, caller).effect === "allow" : rules.every((rule) => rule.mayCompare(caller));
}

/** Names of the governed fields. */
function namesByType({ coordinates }: Rules): ReadonlyMap<string, readonly string[]> {
  const split = coordinates.map((coordinate) => coordinate.split(".") as [string, string]);
  const byType = Map.groupBy(split, ([type]) => type);
  return new Map([...byType].map(([type, entries]) => [type, entries.map(([, name]) => name)]));
}
