/** Inputs: `where`, `orderBy` and the filters per type. Who may use which column is decided when it is used. */
import { isCalendar, isMeasure, isNumeric } from "../model/column-kinds.ts";
import type { ServedColumn, ServedProduct, ServedTable } from "../model/served-table.ts";
import { filterName, typeNamesOf } from "../model/type-names.ts";
import { calendarUnits } from "../sql/aggregate.ts";
import { whereName } from "../sql/where.ts";
import { columnsOfDirective } from "./governance-directives.ts";
import { block, description, directive } from "./text.ts";

export function operandSdl(table: ServedTable): readonly string[] {
  if (table.operands.length === 0) return [];
  const names = typeNamesOf(table);
  const columnsOf = columnsOfDirective(table);
  return [
    description(`Columns of ${table.typeName} to sort and group by. Who may not see a column as it is cannot use it.`) +
      block(
        `enum ${names.column}${columnsOf}`,
        table.operands.map(({ constant }) => constant),
      ),
    description(
      "All conditions must hold. SQL's logic: a comparison with null is neither true nor false, and `not` of it is neither; only rows for which the whole is true are given. Who may not see a column as it is cannot compare with it.",
    ) +
      block(`input ${names.where}${columnsOf}`, [
        `and: [${names.where}!]`,
        `or: [${names.where}!]`,
        `not: ${names.where}`,
        ...table.operands.map((column) => `${whereName(column)}: ${filterName(column)}`),
      ]),
    block(`input ${names.orderBy}`, [`column: ${names.column}!`, "direction: SortDirection! = ASC"]),
  ];
}

/** The filter inputs that a product's columns need, each once. */
export function filterSdl(product: ServedProduct): readonly string[] {
  const columnByFilter = new Map<string, ServedColumn>();
  for (const column of product.tables.flatMap((table) => table.operands))
    columnByFilter.set(filterName(column), column);
  return [...columnByFilter]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, column]) => filterInputSdl(name, column));
}

function filterInputSdl(name: string, column: ServedColumn): string {
  const type = column.graphqlType;
  const ordered = column.enum === undefined && column.type.kind !== "boolean";
  const isText = column.type.kind === "string" && column.enum === undefined;
  const members = [
    `eq: ${type}`,
    `${description("Rows where the column is null are not given.")}ne: ${type}`,
    ...(column.type.kind === "boolean" ? [] : [`in: [${type}!]`, `notIn: [${type}!]`]),
    ...(ordered ? [`lt: ${type}`, `lte: ${type}`, `gt: ${type}`, `gte: ${type}`] : []),
    "isNull: Boolean",
    ...(isText ? ["contains: String", "startsWith: String", "endsWith: String"] : []),
  ];
  const text = isText ? "Letter case counts; `%` and `_` mean themselves; text is ordered by code point." : undefined;
  return description(text) + block(`input ${name}`, members);
}

/** Types that every product has in the same words, so that they compose. */
export function sharedSdl(product: ServedProduct): readonly string[] {
  const some = (test: (column: ServedColumn) => boolean): boolean =>
    product.tables.some((table) => table.operands.some(test));
  return [
    block(`type PageInfo${directive("shareable")}`, [
      "hasNextPage: Boolean!",
      "hasPreviousPage: Boolean!",
      "startCursor: String",
      "endCursor: String",
    ]),
    ...(some(() => true)
      ? [
          description("Nulls come last in both directions.") + block("enum SortDirection", ["ASC", "DESC"]),
          block("enum AggregateFunction", [
            `${description("How many rows.")}COUNT`,
            `${description("The value that the group is made by.")}GROUP`,
            "SUM",
            "AVG",
            "MIN",
            "MAX",
          ]),
        ]
      : []),
    ...(some(({ type }) => isCalendar(type))
      ? [
          description("Cuts a date or an instant (in UTC) to its first day; weeks begin on Monday.") +
            block("enum CalendarUnit", [...calendarUnits]),
        ]
      : []),
  ];
}

/** The columns of a table that `sum` and `avg`, or `min` and `max`, are offered for. */
export function measuresOf(table: ServedTable): {
  readonly numeric: readonly ServedColumn[];
  readonly measures: readonly ServedColumn[];
} {
  return {
    numeric: table.operands.filter(({ type }) => isNumeric(type)),
    measures: table.operands.filter(({ type }) => isMeasure(type)),
  };
}
