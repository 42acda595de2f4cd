/** The governance table of one supergraph: every field that clients can reach and that has rules. */
import { type DocumentNode, type GraphQLOutputType, type GraphQLSchema, isObjectType, Kind } from "graphql";
import { fieldRules, type GovernedRule, type Rules } from "#policies";

export interface GovernedField {
  /** `Customer.email`, of an object type. */
  readonly coordinate: string;
  readonly type: GraphQLOutputType;
  /** The field's own rule and those of its interfaces. */
  readonly rules: readonly GovernedRule[];
}

/** By coordinate. */
export type GovernedFields = ReadonlyMap<string, GovernedField>;

/**
 * Guarantees every governed field of every object type of the API schema. Interfaces are taken from the supergraph, since
 * one that is inaccessible to clients governs its implementers all the same.
 */
export function readGovernedFields(document: DocumentNode, apiSchema: GraphQLSchema, rules: Rules): GovernedFields {
  const interfacesOf = readInterfaces(document);
  const fields = new Map<string, GovernedField>();
  for (const type of Object.values(apiSchema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const interfaces = interfacesOf.get(type.name) ?? [];
    for (const field of Object.values(type.getFields())) {
      const governing = fieldRules(rules, type.name, interfaces, field.name);
      if (governing.length === 0) continue;
      const coordinate = `${type.name}.${field.name}`;
      fields.set(coordinate, { coordinate, type: field.type, rules: governing });
    }
  }
  return fields;
}

function readInterfaces(document: DocumentNode): ReadonlyMap<string, readonly string[]> {
  const interfaces = new Map<string, string[]>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    const known = interfaces.get(definition.name.value) ?? [];
    known.push(...(definition.interfaces ?? []).map(({ name }) => name.value));
    interfaces.set(definition.name.value, known);
  }
  return interfaces;
}
