/** A product's subgraph → what lifetimes of its answers depend on. */
import type { DocumentNode, GraphQLSchema } from "graphql";
import { fieldRules, type Rules } from "#policies";
import { readCacheHints } from "#schema";
import type { Extension } from "../extension/read-extension.ts";
import type { ServedProduct } from "../model/served-table.ts";
import { typeNamesOf } from "../model/type-names.ts";
import type { InterfacesByType } from "../request/row-access.ts";
import type { LifetimeFacts } from "./operation-lifetime.ts";

export function readLifetimeFacts(
  product: ServedProduct,
  extension: Extension | undefined,
  subgraph: {
    readonly sdl: DocumentNode;
    readonly schema: GraphQLSchema;
    readonly rules: Rules | undefined;
    readonly interfaces: InterfacesByType;
  },
): LifetimeFacts {
  const { sdl, schema, rules, interfaces } = subgraph;
  const computed = new Set(
    (extension?.fields ?? []).flatMap(({ typeName, fieldName, isComputed }) =>
      isComputed ? [`${typeName}.${fieldName}`] : [],
    ),
  );
  return {
    schema,
    hints: readCacheHints(sdl),
    hasObjective: product.freshnessSeconds !== undefined,
    cacheByType: new Map(
      product.tables.flatMap((table) =>
        [table.typeName, ...Object.values(typeNamesOf(table))].map((name) => [name, table.cache]),
      ),
    ),
    isComputed: (type, field) => computed.has(`${type}.${field}`),
    isGoverned: (type, field) =>
      rules !== undefined && fieldRules(rules, type, interfaces.get(type) ?? [], field).length > 0,
  };
}
