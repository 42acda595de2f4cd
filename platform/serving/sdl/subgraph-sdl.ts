/**
 * In: what a product offers. Out: its subgraph's SDL, federation 2. Next: the product's own `schema.graphql` extends it,
 * and @apollo/subgraph makes a schema of both.
 */
import { cacheControlDefinition, meshDirectiveDefinitions, meshScalars, meshSchemaExtension } from "#schema";
import type { ForeignType, ServedProduct, ServedTable } from "../model/served-table.ts";
import { aggregateRootFieldSdl, aggregateSdl } from "./aggregate-sdl.ts";
import { foreignTypeLifetime, isKept } from "./cache-directives.ts";
import { personDirective } from "./governance-directives.ts";
import { filterSdl, operandSdl, sharedSdl } from "./operand-sdl.ts";
import { connectionSdl, objectTypeSdl, rootFieldsSdl, toManySdl } from "./table-sdl.ts";
import { block, description, directive } from "./text.ts";

const federationDirectives = [
  "@key",
  "@shareable",
  "@inaccessible",
  "@tag",
  "@composeDirective",
  "@external",
  "@requires",
  "@provides",
  "@override",
  "@cost",
  "@listSize",
  "@authenticated",
  "@requiresScopes",
  "@policy",
];

/** `wantsCacheControl`: the product's own `schema.graphql` uses `@cacheControl` as if it were defined. */
export function printSubgraphSdl(product: ServedProduct, wantsCacheControl = false): string {
  const tables = product.tables;
  return [
    `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(federationDirectives)})`,
    meshSchemaExtension(),
    meshDirectiveDefinitions,
    ...(wantsCacheControl || tables.some(isKept) ? [cacheControlDefinition] : []),
    block(
      "type Query",
      tables.flatMap((table) => [...rootFieldsSdl(product, table), ...aggregateRootFieldSdl(product, table)]),
    ),
    ...tables.flatMap((table) => [
      objectTypeSdl(product, table),
      ...connectionSdl(table),
      ...operandSdl(table),
      ...aggregateSdl(product, table),
    ]),
    ...product.foreignTypes.map((type) => foreignTypeSdl(product, type)),
    ...tables.flatMap(enumSdl),
    ...filterSdl(product),
    ...sharedSdl(product),
    ...scalarSdl(),
  ].join("\n\n");
}

function enumSdl(table: ServedTable): readonly string[] {
  return table.columns.flatMap((column) =>
    column.enum === undefined
      ? []
      : [
          block(
            `enum ${column.enum.name}`,
            column.enum.values.map(({ name, raw }) => `${description(name === raw ? undefined : raw)}${name}`),
          ),
        ],
  );
}

/** All of them: the product's own `schema.graphql` may use each without declaring it. */
function scalarSdl(): readonly string[] {
  return Object.values(meshScalars).map(
    (scalar) =>
      `${description(scalar.description ?? undefined)}scalar ${scalar.name}${scalar.specifiedByURL ? directive("specifiedBy", { url: scalar.specifiedByURL }) : ""}`,
  );
}

function foreignTypeSdl(product: ServedProduct, type: ForeignType): string {
  // Where nothing is added there is nothing to come here for: the key is a way out, not a way in.
  const key = directive("key", { fields: type.keyName, resolvable: type.toMany.length === 0 ? false : undefined });
  return block(`type ${type.typeName}${key}${foreignTypeLifetime(product, type)}`, [
    `${type.keyName}: ${type.keyType}!${personDirective(type)}`,
    // Nullable: should this product fail, the other product's entity must survive it.
    ...type.toMany.map((relation) => toManySdl(product, relation, "")),
  ]);
}
