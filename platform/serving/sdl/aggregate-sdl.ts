/** `ordersAggregate(where, groupBy, orderBy, first)`: counts, sums, averages and extremes per group. */
import { isCalendar } from "../model/column-kinds.ts";
import type { ServedColumn, ServedProduct, ServedTable } from "../model/served-table.ts";
import { aggregateFieldName, typeNamesOf } from "../model/type-names.ts";
import { tableLifetime } from "./cache-directives.ts";
import {
  columnsOfDirective,
  computedDirectives,
  personDirective,
  tableFieldDirectives,
} from "./governance-directives.ts";
import { groupCountDirective } from "./list-size.ts";
import { measuresOf } from "./operand-sdl.ts";
import { block, description } from "./text.ts";

export function aggregateSdl(product: ServedProduct, table: ServedTable): readonly string[] {
  if (table.operands.length === 0) return [];
  const names = typeNamesOf(table);
  const columnsOf = columnsOfDirective(table);
  const lifetime = tableLifetime(table);
  const { numeric, measures } = measuresOf(table);
  const field = (column: ServedColumn, type: string): string =>
    `${column.name}: ${type}${computedDirectives(product, column)}`;
  // A group's value and an extreme are values of the column; sums and averages are not.
  const valueField = (column: ServedColumn, type: string): string => field(column, type + personDirective(column));
  return [
    description("One group of rows; without `groupBy` all that match.") +
      block(`type ${names.aggregate}${lifetime}`, [
        `${description("The values the group is made by; the others are null.")}group: ${names.group}!`,
        `${description("How many rows.")}count: Int!`,
        ...(numeric.length === 0 ? [] : [`sum: ${names.sum}!`, `avg: ${names.average}!`]),
        ...(measures.length === 0 ? [] : [`min: ${names.extremes}!`, `max: ${names.extremes}!`]),
      ]),
    block(
      `type ${names.group}${columnsOf}${lifetime}`,
      table.operands.map((column) => valueField(column, groupType(column))),
    ),
    ...(numeric.length === 0
      ? []
      : [
          description("Exact; null when there is no value to add.") +
            block(
              `type ${names.sum}${columnsOf}${lifetime}`,
              numeric.map((column) => field(column, sumType(column))),
            ),
          description(
            "Decimals exact, rounded half away from zero six places beyond the column's; nulls are left out.",
          ) +
            block(
              `type ${names.average}${columnsOf}${lifetime}`,
              numeric.map((column) => field(column, averageType(column))),
            ),
        ]),
    ...(measures.length === 0
      ? []
      : [
          block(
            `type ${names.extremes}${columnsOf}${lifetime}`,
            measures.map((column) => valueField(column, column.graphqlType)),
          ),
        ]),
    block(`input ${names.groupBy}`, [
      `column: ${names.column}!`,
      ...(table.operands.some(({ type }) => isCalendar(type))
        ? [
            `${description("For dates and instants: the group is made by the first day of the unit.")}unit: CalendarUnit`,
          ]
        : []),
    ]),
    block(`input ${names.aggregateOrderBy}`, [
      "by: AggregateFunction!",
      `${description("What is added, averaged, …; for GROUP one of the `groupBy` columns; nothing for COUNT.")}column: ${names.column}`,
      "direction: SortDirection! = ASC",
    ]),
  ];
}

export function aggregateRootFieldSdl(product: ServedProduct, table: ServedTable): readonly string[] {
  if (table.operands.length === 0) return [];
  const { where, groupBy, aggregateOrderBy, aggregate } = typeNamesOf(table);
  const text =
    "Counts, sums, averages and extremes per group, ordered by the groups unless `orderBy` says otherwise. Without `first` all groups, 1000 at most (more is an error); with `first` up to 10000.";
  return [
    `${description(text)}${aggregateFieldName(table)}(where: ${where}, groupBy: [${groupBy}!], orderBy: [${aggregateOrderBy}!], first: Int): [${aggregate}!]${tableFieldDirectives(product, table)}${groupCountDirective()}`,
  ];
}

/** An instant cut to a unit is a day, uncut an instant: both are written in the column's own type. */
function groupType(column: ServedColumn): string {
  return column.graphqlType;
}

function sumType({ type }: ServedColumn): string {
  if (type.kind === "integer") return "BigInt";
  return type.kind === "double" ? "Float" : "Decimal";
}

function averageType({ type }: ServedColumn): string {
  return type.kind === "decimal" ? "Decimal" : "Float";
}
