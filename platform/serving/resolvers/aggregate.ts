/** `ordersAggregate`: reads its arguments and the asked measures, runs one statement, gives plain objects. */
import type { GraphQLResolveInfo } from "graphql";
import { isObjectType } from "graphql";
import type { Row } from "../../storage/port.ts";
import { badInput } from "../errors.ts";
import { isCalendar, isMeasure, isNumeric } from "../model/column-kinds.ts";
import type { AssertOperand } from "../model/operand-use.ts";
import { aggregateLimits } from "../model/row-limits.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import { typeNamesOf } from "../model/type-names.ts";
import { operandByConstant } from "../request/page-arguments.ts";
import { type Selection, selectionOf } from "../request/selection.ts";
import type { ServingContext } from "../request/serving-context.ts";
import {
  type AggregateOrderTerm,
  aggregateStatement,
  type CalendarUnit,
  type GroupTerm,
  groupName,
  type Measure,
  measureName,
} from "../sql/aggregate.ts";
import { averageDecimal } from "../sql/average.ts";
import type { Direction } from "../sql/ordering.ts";
import { whereSql } from "../sql/where.ts";

type Values = Readonly<Record<string, unknown>>;

interface Asked {
  readonly sum: readonly ServedColumn[];
  readonly avg: readonly ServedColumn[];
  readonly min: readonly ServedColumn[];
  readonly max: readonly ServedColumn[];
}

export async function resolveAggregate(
  table: ServedTable,
  args: Values,
  context: ServingContext,
  info: GraphQLResolveInfo,
): Promise<readonly object[]> {
  const touched = new Set<ServedColumn>();
  const assertOperand: AssertOperand = (of, column, use) => {
    context.access.assertOperand(of, column, use);
    touched.add(column);
  };
  const groups = readGroups(table, args.groupBy, assertOperand);
  const order = readOrder(table, groups, args.orderBy, assertOperand);
  const first = readFirst(args.first);
  const asked = askedMeasures(table, info);
  for (const columns of Object.values(asked)) for (const column of columns) assertOperand(table, column, "show");
  const compared = new Set<ServedColumn>();
  const where = whereSql(table, args.where, (of, column, use) => {
    assertOperand(of, column, use);
    compared.add(column);
  });
  const minGroup = context.access.minGroup(table);
  const isPersonal = [...touched, ...filteredBy(table, context)].some(tellsOfPerson);
  const read = isPersonal ? context.read : context.readKept;
  const rows = await read((visible) =>
    aggregateStatement({
      table: visible(table.output).rows,
      where,
      groups,
      measures: measuresOf(asked),
      order,
      limit: first ?? aggregateLimits.default + 1,
      minGroup: minGroup && { size: minGroup.size, compared: [...compared] },
    }),
  );
  if (first === undefined && rows.length > aggregateLimits.default) {
    throw badInput(
      `There are more than ${aggregateLimits.default} groups. Pass first (at most ${aggregateLimits.max}), or group by less.`,
    );
  }
  return rows.map((row) => answer(row, groups, asked));
}

/** Its values are personal, or name a person: neither they nor what is found by them is kept outside of the product. */
function tellsOfPerson({ field, personOf }: ServedColumn): boolean {
  return field.pii !== undefined || field.subject || personOf !== undefined;
}

/** The columns by which policies choose this caller's rows. */
function filteredBy(table: ServedTable, { access }: ServingContext): readonly ServedColumn[] {
  return access
    .filters(table)
    .flatMap((filter) => (filter.kind === "in" ? (table.columnByName.get(filter.column) ?? []) : []));
}

function readGroups(table: ServedTable, groupBy: unknown, assertOperand: AssertOperand): readonly GroupTerm[] {
  const groups = (Array.isArray(groupBy) ? groupBy : []).map((term: { column: string; unit?: CalendarUnit | null }) => {
    const column = operandByConstant(table, term.column, assertOperand, "show");
    const unit = term.unit ?? undefined;
    if (unit !== undefined && !isCalendar(column.type)) {
      throw badInput(`groupBy: ${column.constant} is neither a date nor an instant and has no ${unit}.`);
    }
    return { column, unit };
  });
  if (groups.length > aggregateLimits.terms) throw badInput(`groupBy has more than ${aggregateLimits.terms} columns.`);
  if (new Set(groups.map(({ column }) => column)).size < groups.length) throw badInput("groupBy names a column twice.");
  return groups;
}

function readOrder(
  table: ServedTable,
  groups: readonly GroupTerm[],
  orderBy: unknown,
  assertOperand: AssertOperand,
): readonly AggregateOrderTerm[] {
  const terms = Array.isArray(orderBy) ? orderBy : [];
  if (terms.length > aggregateLimits.terms) throw badInput(`orderBy has more than ${aggregateLimits.terms} terms.`);
  return terms.map((term: { by: string; column?: string | null; direction: Direction }): AggregateOrderTerm => {
    const { direction } = term;
    if (term.by === "COUNT") {
      if (term.column) throw badInput("orderBy: COUNT counts rows and takes no column.");
      return { by: "rows", direction };
    }
    if (!term.column) throw badInput(`orderBy: ${term.by} needs a column.`);
    const column = operandByConstant(table, term.column, assertOperand, "show");
    if (term.by === "GROUP") {
      const group = groups.find((candidate) => candidate.column === column);
      if (group === undefined) throw badInput(`orderBy: ${column.constant} is not in groupBy.`);
      return { by: "group", group, direction };
    }
    const by = term.by.toLowerCase() as "sum" | "avg" | "min" | "max"; // the schema's enum has no other value
    const offered = by === "sum" || by === "avg" ? isNumeric(column.type) : isMeasure(column.type);
    if (!offered) throw badInput(`orderBy: ${column.constant} has no ${term.by}.`);
    return { by, column, direction };
  });
}

function readFirst(value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  if (value < 0 || value > aggregateLimits.max) throw badInput(`first is not between 0 and ${aggregateLimits.max}.`);
  return value;
}

function askedMeasures(table: ServedTable, info: GraphQLResolveInfo): Asked {
  const names = typeNamesOf(table);
  const select = (nodes: Parameters<typeof selectionOf>[1], typeName: string): Selection => {
    const type = info.schema.getType(typeName);
    return isObjectType(type) ? selectionOf(info, nodes, type) : new Map();
  };
  const aggregate = select(info.fieldNodes, names.aggregate);
  const columns = (field: string, typeName: string): readonly ServedColumn[] => {
    const selection = select(aggregate.get(field) ?? [], typeName);
    return table.operands.filter(({ name }) => selection.has(name));
  };
  return {
    sum: columns("sum", names.sum),
    avg: columns("avg", names.average),
    min: columns("min", names.extremes),
    max: columns("max", names.extremes),
  };
}

/** What the statement computes. The count is always there: a statement needs a column, and it costs nothing. */
function measuresOf(asked: Asked): readonly Measure[] {
  const added = [...new Set([...asked.sum, ...asked.avg])];
  return [
    { kind: "rows" },
    ...added.map((column): Measure => ({ kind: "sum", column })),
    ...asked.avg.map((column): Measure => ({ kind: "values", column })),
    ...asked.min.map((column): Measure => ({ kind: "min", column })),
    ...asked.max.map((column): Measure => ({ kind: "max", column })),
  ];
}

function answer(row: Row, groups: readonly GroupTerm[], asked: Asked): object {
  const measure = (kind: "sum" | "min" | "max" | "values", column: ServedColumn): unknown =>
    row[measureName({ kind, column })];
  const values = (columns: readonly ServedColumn[], value: (column: ServedColumn) => unknown): object =>
    Object.fromEntries(columns.map((column) => [column.name, value(column)]));
  return {
    group: Object.fromEntries(groups.map((group) => [group.column.name, groupValue(row, group)])),
    count: Number(row.rows),
    sum: values(asked.sum, (column) => measure("sum", column)),
    avg: values(asked.avg, (column) => average(column, measure("sum", column), measure("values", column))),
    min: values(asked.min, (column) => measure("min", column)),
    max: values(asked.max, (column) => measure("max", column)),
  };
}

/** An instant's group is the first instant of its unit: the column's type says instant. */
function groupValue(row: Row, { column, unit }: GroupTerm): unknown {
  const value = row[groupName(column)];
  return unit !== undefined && column.type.kind === "timestamp" && typeof value === "string"
    ? `${value}T00:00:00.000Z`
    : value;
}

function average(column: ServedColumn, sum: unknown, values: unknown): unknown {
  if (sum === null || sum === undefined) return null;
  if (column.type.kind === "decimal") return averageDecimal(String(sum), BigInt(String(values)), column.type.scale);
  return Number(sum) / Number(values);
}
