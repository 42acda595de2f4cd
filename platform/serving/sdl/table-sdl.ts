/** The object type of a table, its connection and its root fields. */
import type { ServedColumn, ServedProduct, ServedTable, ToMany, ToOne } from "../model/served-table.ts";
import { typeNamesOf } from "../model/type-names.ts";
import { inheritedLifetime, isKept, tableLifetime } from "./cache-directives.ts";
import {
  columnDirectives,
  columnsOfDirective,
  productDirective,
  tableDirectives,
  tableFieldDirectives,
} from "./governance-directives.ts";
import { pageSizeDirective } from "./list-size.ts";
import { block, description, directive } from "./text.ts";

export function objectTypeSdl(product: ServedProduct, table: ServedTable): string {
  const keyFields = table.key.map(({ name }) => name).join(" ");
  const key = keyFields === "" ? "" : directive("key", { fields: keyFields });
  const members = [
    ...table.columns.map((column) => columnSdl(product, column)),
    ...table.toOne.map((relation) => toOneSdl(product, table, relation)),
    // The rows are in the same storage as the parent: there is no failure that one of them would survive alone.
    ...table.toMany.map((relation) => toManySdl(product, relation, "!")),
  ];
  return (
    description(table.linked.description) +
    block(`type ${table.typeName}${key}${tableDirectives(product, table)}${tableLifetime(table)}`, members)
  );
}

function columnSdl(product: ServedProduct, column: ServedColumn): string {
  const type = column.graphqlType + (column.nonNull ? "!" : "");
  return `${description(columnDescription(column))}${column.name}: ${type}${columnDirectives(product, column)}`;
}

function columnDescription({ field }: ServedColumn): string | undefined {
  const examples = field.pii === undefined ? field.examples : [];
  const lines = [
    field.description,
    field.unit === undefined ? undefined : `Unit: ${field.unit}.`,
    examples.length === 0 ? undefined : `Examples: ${examples.map((example) => `\`${String(example)}\``).join(", ")}.`,
    field.pii === undefined
      ? undefined
      : `Personal data (${field.pii}): filtered, sorted and grouped by only by those who may see it as it is.`,
  ].filter((line) => line !== undefined);
  return lines.length === 0 ? undefined : lines.join("\n");
}

/**
 * Always nullable: the referenced row may be missing, and another product may be down, which must cost the answer this
 * field and not the row that has it.
 */
function toOneSdl(product: ServedProduct, table: ServedTable, relation: ToOne): string {
  const {
    name,
    column,
    target,
    relation: { oneTypeName },
  } = relation;
  // What is known here of another product's entity is the key, and that stands in this row.
  const lifetime = target.kind === "foreign" && isKept(table) ? inheritedLifetime : "";
  return `${description(`The ${oneTypeName} that \`${column.name}\` refers to.`)}${name}: ${oneTypeName}${productDirective(product)}${lifetime}`;
}

export function toManySdl(product: ServedProduct, relation: ToMany, nonNull: "!" | ""): string {
  const table = product.tableByOutput.get(relation.output);
  if (table === undefined) return "";
  const text = `The ${table.linked.pluralName} whose \`${relation.column.name}\` is this one.`;
  return `${description(text)}${relation.name}${pageArguments(table)}: ${typeNamesOf(table).connection}${nonNull}${productDirective(product)}${pageSizeDirective(table)}`;
}

/** A table without a key has no place to come back to from the other side: it is read from the start only. */
function pageArguments(table: ServedTable): string {
  const { where, orderBy } = typeNamesOf(table);
  const backward = table.key.length === 0 ? "" : ", last: Int, before: String";
  const operands = table.operands.length === 0 ? "" : `, where: ${where}, orderBy: [${orderBy}!]`;
  return `(first: Int, after: String${backward}${operands})`;
}

export function connectionSdl(table: ServedTable): readonly string[] {
  const { connection, edge } = typeNamesOf(table);
  const lifetime = tableLifetime(table);
  return [
    block(`type ${connection}${lifetime}`, [
      `edges: [${edge}!]!`,
      `nodes: [${table.typeName}!]!`,
      // Products share the type, so it says nothing of any table.
      `pageInfo: PageInfo!${isKept(table) ? inheritedLifetime : ""}`,
      `${description("All that match, on this page or not.")}totalCount: Int!`,
    ]),
    block(`type ${edge}${lifetime}`, ["cursor: String!", `node: ${table.typeName}!`]),
  ];
}

/** Root fields are nullable, so that a product that fails nulls its own part of an answer and never all of it. */
export function rootFieldsSdl(product: ServedProduct, table: ServedTable): readonly string[] {
  const { linked, key } = table;
  const directives = tableFieldDirectives(product, table);
  const { connection } = typeNamesOf(table);
  const keyArguments = key.map((column) => `${column.name}: ${column.graphqlType}!`).join(", ");
  return [
    ...(key.length === 0
      ? []
      : [
          `${description(`One ${table.typeName} by its key; null when there is none.`)}${linked.singleName}(${keyArguments}): ${table.typeName}${directives}${columnsOfDirective(table)}`,
        ]),
    `${description(`${table.typeName} rows, page by page: 50 unless \`first\` or \`last\` says otherwise, 1000 at most.`)}${linked.pluralName}${pageArguments(table)}: ${connection}${directives}${pageSizeDirective(table)}`,
  ];
}
