/** Names of the types that are generated around a table. */
import type { ServedColumn, ServedTable } from "./served-table.ts";

export interface TableTypeNames {
  readonly connection: string;
  readonly edge: string;
  readonly where: string;
  readonly orderBy: string;
  /** Enum of the columns that may be operands. */
  readonly column: string;
  readonly aggregate: string;
  readonly aggregateOrderBy: string;
  readonly groupBy: string;
  readonly group: string;
  readonly sum: string;
  readonly average: string;
  readonly extremes: string;
}

export function typeNamesOf(table: Pick<ServedTable, "typeName">): TableTypeNames {
  const name = table.typeName;
  return {
    connection: `${name}Connection`,
    edge: `${name}Edge`,
    where: `${name}Where`,
    orderBy: `${name}OrderBy`,
    column: `${name}Column`,
    aggregate: `${name}Aggregate`,
    aggregateOrderBy: `${name}AggregateOrderBy`,
    groupBy: `${name}GroupBy`,
    group: `${name}Group`,
    sum: `${name}Sum`,
    average: `${name}Average`,
    extremes: `${name}Extremes`,
  };
}

/** The root field of the table's aggregates: `ordersAggregate`. */
export function aggregateFieldName(table: ServedTable): string {
  return `${table.linked.pluralName}Aggregate`;
}

/** The filter input of a column: `DateFilter`, `OrderStatusFilter`. */
export function filterName(column: ServedColumn): string {
  return `${column.graphqlType}Filter`;
}
