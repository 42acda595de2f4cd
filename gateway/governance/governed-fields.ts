/** The governance table of one supergraph: every field that clients can reach and that has rules. */
import { type DocumentNode, type GraphQLOutputType, type GraphQLSchema, isObjectType } from "graphql";
import { type Caller, type Decision, fieldRules, type GovernedRule, type Rules } from "#policies";
import { readInterfaces } from "./read-interfaces.ts";
import type { UnfilteredRows } from "./unfiltered-rows.ts";

export interface GovernedField {
  /** `Customer.email`, of an object type. */
  readonly coordinate: string;
  readonly type: GraphQLOutputType;
  /** The field's own rule and those of its interfaces. */
  readonly rules: readonly GovernedRule[];
  /** Of a field whose rows nobody filters: what that is to a caller. Its decision is not the same for a whole class. */
  readonly rows: ((caller: Caller) => Decision | undefined) | undefined;
}

/** By coordinate. */
export type GovernedFields = ReadonlyMap<string, GovernedField>;

/**
 * Guarantees every governed field of every object type of the API schema. Interfaces are taken from the supergraph, since
 * one that is inaccessible to clients governs its implementers all the same.
 */
export function readGovernedFields(
  document: DocumentNode,
  apiSchema: GraphQLSchema,
  rules: Rules,
  unfiltered: UnfilteredRows = new Map(),
): GovernedFields {
  const interfacesOf = readInterfaces(document);
  const fields = new Map<string, GovernedField>();
  for (const type of Object.values(apiSchema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const interfaces = interfacesOf.get(type.name) ?? [];
    for (const field of Object.values(type.getFields())) {
      const governing = fieldRules(rules, type.name, interfaces, field.name);
      const coordinate = `${type.name}.${field.name}`;
      const rows = unfiltered.get(coordinate);
      if (governing.length === 0 && rows === undefined) continue;
      fields.set(coordinate, { coordinate, type: field.type, rules: governing, rows });
    }
  }
  return fields;
}
