import { graphqlTypeOf, type LinkedProduct, type LinkedTable, type MeshModel, type Relation, snakeCase } from "#schema";
import { type Identity, readIdentities } from "../../erasure/identities.ts";
import { servingError } from "../errors.ts";
import { columnEnum } from "./column-enum.ts";
import { isComparable } from "./column-kinds.ts";
import type { ForeignType, ServedColumn, ServedProduct, ServedTable, ToMany, ToOne } from "./served-table.ts";

/**
 * Settles what a product offers. Raises `SUBGRAPH_INVALID` when a key or a reference holds personal data: a masked value
 * is never a key, so such rows could not be joined for a caller who may not see it.
 */
export function buildServedProduct(product: LinkedProduct, mesh: MeshModel): ServedProduct {
  const { metadata, governance } = product.manifest;
  const relations = relationsOf(product);
  const personOf = personKeys(mesh);
  const columnsByOutput = new Map(
    product.tables.map((table) => [
      table.output.name,
      buildColumns(table, (column) => personOf(metadata.name, table.output.name, column)),
    ]),
  );
  const columnOf = (relation: Relation): ServedColumn => {
    const column = columnsByOutput.get(relation.manyTable)?.find(({ column }) => column === relation.manyColumn);
    if (column === undefined) {
      throw servingError(
        "SUBGRAPH_INVALID",
        `${metadata.name} has no column ${relation.manyTable}.${relation.manyColumn}.`,
      );
    }
    assertNotPersonal(metadata.name, relation.manyTable, column, "a reference");
    return column;
  };
  const backwards = new Set(product.tables.flatMap((table) => table.referencedBy.map(relationName)));
  const toMany = relations
    .filter((relation) => backwards.has(relationName(relation)))
    .map((relation) => ({ relation, toMany: buildToMany(relation, columnOf(relation)) }));
  const own = (relation: Relation): boolean => relation.oneProduct === metadata.name;

  const tables = product.tables.map((linked): ServedTable => {
    const columns = columnsByOutput.get(linked.output.name) ?? [];
    const columnByName = new Map(columns.map((column) => [column.column, column]));
    const key = linked.key.flatMap(({ field }) => columnByName.get(field.name) ?? []);
    for (const column of key) assertNotPersonal(metadata.name, linked.output.name, column, "a key");
    return {
      linked,
      output: linked.output.name,
      typeName: linked.typeName,
      columns,
      columnByName,
      key,
      operands: columns.filter((column) => column.operand),
      toOne: relations
        .filter((relation) => relation.manyTable === linked.output.name)
        .map((relation) => buildToOne(relation, columnOf(relation), own(relation))),
      toMany: toMany
        .filter(({ relation }) => own(relation) && relation.oneTable === linked.output.name)
        .map((entry) => ({ ...entry.toMany, parentKey: entry.relation.oneKeyColumn })),
      cache: linked.output.cache,
    };
  });

  const foreign = relations.filter((relation) => !own(relation));
  const { freshness } = product.manifest.quality.sla;
  return {
    name: metadata.name,
    domain: metadata.domain,
    version: metadata.version,
    owner: metadata.owner ?? metadata.team,
    purposes: governance.purposes,
    tags: metadata.tags,
    freshnessSeconds: freshness === undefined ? undefined : Math.floor(freshness.maxAgeMs / 1_000),
    tables,
    tableByOutput: new Map(tables.map((table) => [table.output, table])),
    foreignTypes: buildForeignTypes(
      foreign,
      toMany.map((entry) => entry.toMany),
      mesh,
      personOf,
    ),
  };
}

/** What a column of the mesh is a person's key of, if it is one. */
type PersonOf = (product: string, output: string, column: string) => Identity | undefined;

function personKeys(mesh: MeshModel): PersonOf {
  const { columns, subjects } = readIdentities(mesh);
  const identityByColumn = new Map(
    columns
      .filter(({ identity }) => subjects.has(identity))
      .map(({ product, output, column, identity }) => [`${product}/${output}.${column}`, identity]),
  );
  return (product, output, column) => identityByColumn.get(`${product}/${output}.${column}`);
}

/** Every reference that a table of this product holds, once. */
function relationsOf(product: LinkedProduct): readonly Relation[] {
  const relations = new Map<string, Relation>();
  for (const table of product.tables) {
    for (const relation of [...table.toOne, ...table.referencedBy]) {
      if (relation.manyProduct === product.manifest.metadata.name) relations.set(relationName(relation), relation);
    }
  }
  return [...relations.values()];
}

function relationName({ manyTable, manyColumn }: Relation): string {
  return `${manyTable}.${manyColumn}`;
}

function buildColumns(table: LinkedTable, personOf: (column: string) => Identity | undefined): readonly ServedColumn[] {
  const keys = new Set(table.key.map(({ field }) => field.name));
  const constants = constantsOf(table);
  return table.fields.map(({ field, name }): ServedColumn => {
    const asEnum = columnEnum(`${table.typeName}${name.charAt(0).toUpperCase()}${name.slice(1)}`, field);
    return {
      field,
      column: field.name,
      name,
      constant: constants.get(name) ?? name,
      type: field.type,
      graphqlType: asEnum?.name ?? graphqlTypeOf(field.type),
      nonNull: field.required || keys.has(field.name),
      enum: asEnum,
      // No engine can order or find by what is sealed.
      operand: isComparable(field.type) && field.encrypt !== true,
      personOf: personOf(field.name),
    };
  });
}

/** `orderDate` → `ORDER_DATE`; names that would become the same stay as they are, all of them, so that order is nothing. */
function constantsOf(table: LinkedTable): ReadonlyMap<string, string> {
  const upper = (name: string): string => snakeCase(name).toUpperCase();
  const namesByConstant = Map.groupBy(table.fields, ({ name }) => upper(name));
  return new Map(
    table.fields.map(({ name }) => [name, namesByConstant.get(upper(name))?.length === 1 ? upper(name) : name]),
  );
}

function buildToOne(relation: Relation, column: ServedColumn, own: boolean): ToOne {
  return {
    relation,
    name: relation.toOneName,
    column,
    target: own
      ? { kind: "own", output: relation.oneTable, column: relation.oneKeyColumn }
      : { kind: "foreign", typeName: relation.oneTypeName, keyName: relation.oneKeyName },
  };
}

function buildToMany(relation: Relation, column: ServedColumn): ToMany {
  return { relation, name: relation.toManyName, output: relation.manyTable, column, parentKey: relation.oneKeyName };
}

function buildForeignTypes(
  foreign: readonly Relation[],
  toMany: readonly ToMany[],
  mesh: MeshModel,
  personOf: PersonOf,
): readonly ForeignType[] {
  return [...Map.groupBy(foreign, ({ oneTypeName }) => oneTypeName)].flatMap(([typeName, relations]): ForeignType[] => {
    const [relation] = relations;
    if (relation === undefined) return [];
    const owner = mesh.products.get(relation.oneProduct);
    const table = owner?.tables.find((candidate) => candidate.output.name === relation.oneTable);
    const key = table?.fields.find(({ field }) => field.name === relation.oneKeyColumn);
    if (key === undefined) {
      const end = `${relation.oneProduct}/${relation.oneTable}.${relation.oneKeyColumn}`;
      throw servingError(
        "SUBGRAPH_INVALID",
        `${relation.manyTable}.${relation.manyColumn} refers to ${end}, which the mesh does not have.`,
      );
    }
    return [
      {
        typeName,
        product: relation.oneProduct,
        keyName: relation.oneKeyName,
        // The types of a key must agree in every subgraph; the owner's is the one that counts.
        keyType: graphqlTypeOf(key.field.type),
        personOf: personOf(relation.oneProduct, relation.oneTable, relation.oneKeyColumn),
        toMany: toMany.filter((entry) => relations.includes(entry.relation)),
      },
    ];
  });
}

function assertNotPersonal(product: string, output: string, column: ServedColumn, role: string): void {
  if (column.field.pii === undefined) return;
  throw servingError(
    "SUBGRAPH_INVALID",
    `${product}: ${output}.${column.column} is personal data (${column.field.pii}) and cannot be ${role}, because it ` +
      "would travel unmasked between products. Use an identifier that says nothing about the person.",
  );
}
