/**
 * Tables → GraphQL names. A table's type is what an `api` output says (`entity.type`), else its own name in the singular:
 * `order_lines` → `OrderLine`, `orderLine`, `orderLines`. Names depend on the manifest alone, never on who else is there;
 * two that meet are a finding, so that nothing is renamed in silence.
 */
import { camelCase, pascalCase } from "../../names/case.ts";
import { pluralise, singularise } from "../../names/plural.ts";
import { meshScalars } from "../../scalars/mesh-scalars.ts";
import type { LinkedField, LinkedTable } from "../mesh-model.ts";
import type { ApiOutput, DataProduct, TableOutput } from "../model.ts";
import { type Linking, linkedProducts, outputPath, reportAt } from "./linking.ts";

/** A table with its names, before its relations are known. */
export type NamedTable = Omit<LinkedTable, "toOne" | "referencedBy">;

export type NamedTables = ReadonlyMap<string, readonly NamedTable[]>;

/** Types that every subgraph may have, whose name a table cannot take. */
const RESERVED_TYPES: ReadonlySet<string> = new Set([
  ...["Query", "Mutation", "Subscription", "String", "Int", "Float", "Boolean", "ID"],
  ...["PageInfo", "SortDirection", "FieldSet"],
  ...Object.keys(meshScalars),
]);

/**
 * Names of all tables by product. A product that cannot have its names is taken out.
 * Findings: `reserved-name`, `type-owned-twice`, `name-collision`, `entity-twice`.
 */
export function nameTables(linking: Linking): NamedTables {
  const tablesByProduct = new Map<string, readonly NamedTable[]>();
  const ownerByType = new Map<string, Owner>();
  const ownerByRootField = new Map<string, Owner>();
  for (const product of linkedProducts(linking)) {
    const tables = tablesOf(product).map((output) => nameTable(product, output, linking));
    const before = linking.findings.length;
    for (const table of tables) {
      checkTypeName(product, table, ownerByType, linking);
      checkRootFields(product, table, ownerByRootField, linking);
      checkFields(product, table, linking);
    }
    if (linking.findings.slice(before).some((finding) => finding.level === "error")) {
      linking.linked.delete(product.metadata.name);
      continue;
    }
    tablesByProduct.set(product.metadata.name, tables);
    for (const table of tables) {
      const owner = { product, table };
      ownerByType.set(table.typeName, owner);
      for (const name of rootFields(table)) ownerByRootField.set(name, owner);
    }
  }
  return tablesByProduct;
}

interface Owner {
  readonly product: DataProduct;
  readonly table: NamedTable;
}

function tablesOf(product: DataProduct): readonly TableOutput[] {
  return product.outputs.filter((output) => output.type === "table");
}

function nameTable(product: DataProduct, output: TableOutput, linking: Linking): NamedTable {
  const typeName = entityType(product, output, linking) ?? pascalCase(singularise(output.name));
  const fields = output.fields.map(
    (field): LinkedField => ({ field, name: field.graphql.name ?? camelCase(field.name) }),
  );
  const plural = pluralise(typeName);
  return {
    output,
    typeName,
    singleName: camelCase(typeName),
    // Words without a plural (`Series`) still need two root fields.
    pluralName: camelCase(plural === typeName ? `${typeName}List` : plural),
    description: output.description ?? apiOf(product, output)?.description,
    fields,
    key: output.key.flatMap((column) => fields.find(({ field }) => field.name === column) ?? []),
  };
}

function apisOf(product: DataProduct, output: TableOutput): readonly ApiOutput[] {
  return product.outputs.filter(
    (candidate) => candidate.type === "api" && candidate.protocol === "graphql" && candidate.schemaRef === output.name,
  ) as readonly ApiOutput[];
}

function apiOf(product: DataProduct, output: TableOutput): ApiOutput | undefined {
  return apisOf(product, output)[0];
}

function entityType(product: DataProduct, output: TableOutput, linking: Linking): string | undefined {
  const [first, ...others] = apisOf(product, output).filter((api) => api.entity !== undefined);
  for (const other of others) {
    if (other.entity?.type === first?.entity?.type) continue;
    const message = `The table \`${output.name}\` is \`${first?.entity?.type}\` in \`${first?.name}\` and \`${other.entity?.type}\` here; a table has one type in the graph.`;
    reportAt(
      linking,
      product,
      "error",
      "entity-twice",
      [...outputPath(product, other.name), "entity", "type"],
      message,
    );
  }
  return first?.entity?.type;
}

function rootFields(table: NamedTable): readonly string[] {
  const many = [table.pluralName, `${table.pluralName}Aggregate`];
  return table.key.length === 0 ? many : [table.singleName, ...many];
}

function checkTypeName(
  product: DataProduct,
  table: NamedTable,
  ownerByType: ReadonlyMap<string, Owner>,
  linking: Linking,
): void {
  const path = outputPath(product, table.output.name);
  const how = "name another type in the `entity.type` of an `api` output, or rename the table";
  if (RESERVED_TYPES.has(table.typeName) || table.typeName.startsWith("__")) {
    const message = `The type \`${table.typeName}\` of the table \`${table.output.name}\` is one that GraphQL or the mesh already has; ${how}.`;
    reportAt(linking, product, "error", "reserved-name", path, message);
    return;
  }
  const owner = ownerByType.get(table.typeName);
  if (owner === undefined) return;
  const own = product.metadata.name;
  const other = owner.product.metadata.name;
  const message = `The type \`${table.typeName}\` belongs to the product \`${other}\` (${owner.product.file}, table \`${owner.table.output.name}\`), so \`${own}\` cannot own it for its table \`${table.output.name}\`: in one of the two, ${how}. \`${own}\` is left out until then.`;
  reportAt(linking, product, "error", "type-owned-twice", path, message);
}

function checkRootFields(
  product: DataProduct,
  table: NamedTable,
  ownerByRootField: ReadonlyMap<string, Owner>,
  linking: Linking,
): void {
  for (const name of rootFields(table)) {
    const owner = ownerByRootField.get(name);
    // The same type has the same root fields; that has been said.
    if (owner === undefined || owner.table.typeName === table.typeName) continue;
    const message = `The query \`${name}\` of the type \`${table.typeName}\` is also one of \`${owner.table.typeName}\` in the product \`${owner.product.metadata.name}\` (${owner.product.file}); name another type in \`entity.type\`.`;
    reportAt(linking, product, "error", "name-collision", outputPath(product, table.output.name), message);
  }
}

function checkFields(product: DataProduct, table: NamedTable, linking: Linking): void {
  const columnByName = new Map<string, string>();
  for (const { field, name } of table.fields) {
    const path = outputPath(product, table.output.name, field.name);
    const other = columnByName.get(name);
    if (other !== undefined) {
      const message = `The columns \`${other}\` and \`${field.name}\` would both be \`${table.typeName}.${name}\`; give one a \`graphql.name\`.`;
      reportAt(linking, product, "error", "name-collision", path, message);
    }
    if (name.startsWith("__")) {
      const message = `\`${name}\` begins with \`__\`, which GraphQL keeps for introspection; give the column a \`graphql.name\`.`;
      reportAt(linking, product, "error", "reserved-name", path, message);
    }
    columnByName.set(name, field.name);
  }
}
