/**
 * `where` arguments as SQL conditions, in SQL's own three-valued logic: a comparison with NULL is unknown, `not` of
 * unknown is unknown, and only rows for which the whole condition is true are given. `isNull` asks for NULL itself.
 */
import { sql } from "kysely";
import { badInput } from "../errors.ts";
import type { AssertOperand } from "../model/operand-use.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import { comparedSql } from "./ordering.ts";
import type { Sql } from "./statement.ts";
import { valueSql, valuesSql, valueText } from "./value.ts";

/** How large a `where` may be: what a person or a program writes fits, what a machine sends to hurt does not. */
const whereLimits = { depth: 10, conditions: 200, listValues: 1_000 } as const;

/** Names in a `where` that are not columns; a column of that name is written with `_` behind it. */
const logicalOperators: ReadonlySet<string> = new Set(["and", "or", "not"]);

export function whereName(column: ServedColumn): string {
  return logicalOperators.has(column.name) ? `${column.name}_` : column.name;
}

/** The condition, or undefined when there is none. Raises `BAD_USER_INPUT` beyond the limits and for null operands. */
export function whereSql(table: ServedTable, where: unknown, assertOperand: AssertOperand): Sql | undefined {
  if (where === undefined || where === null) return undefined;
  return groupSql(table, asObject(where), { conditions: 0, assertOperand }, 1);
}

interface Walk {
  conditions: number;
  readonly assertOperand: AssertOperand;
}

function groupSql(
  table: ServedTable,
  where: Readonly<Record<string, unknown>>,
  walk: Walk,
  depth: number,
): Sql | undefined {
  if (depth > whereLimits.depth) throw badInput(`where is nested more than ${whereLimits.depth} levels deep.`);
  const parts: Sql[] = [];
  for (const [name, operand] of Object.entries(where)) {
    if (operand === undefined) continue;
    if (operand === null) throw badInput(`where.${name} is null. Leave it out, or ask \`isNull: true\` of the column.`);
    const nested = (value: unknown): Sql => groupSql(table, asObject(value), walk, depth + 1) ?? sql`true`;
    switch (name) {
      case "and":
        parts.push(allOf(asList(operand).map(nested)));
        break;
      case "or":
        parts.push(anyOf(asList(operand).map(nested)));
        break;
      case "not":
        parts.push(sql`not ${nested(operand)}`);
        break;
      default:
        parts.push(...columnSql(operandNamed(table, name, walk), asObject(operand), walk));
    }
  }
  return parts.length === 0 ? undefined : allOf(parts);
}

function allOf(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`true` : sql`(${sql.join(parts, sql` and `)})`;
}

function anyOf(parts: readonly Sql[]): Sql {
  return parts.length === 0 ? sql`false` : sql`(${sql.join(parts, sql` or `)})`;
}

function operandNamed(table: ServedTable, name: string, walk: Walk): ServedColumn {
  const column = table.operands.find((candidate) => whereName(candidate) === name);
  if (column === undefined) throw badInput(`${table.typeName} cannot be filtered by ${name}.`);
  walk.assertOperand(table, column, "compare");
  return column;
}

function columnSql(column: ServedColumn, filter: Readonly<Record<string, unknown>>, walk: Walk): readonly Sql[] {
  return Object.entries(filter).map(([operator, operand]) => {
    walk.conditions += 1;
    if (walk.conditions > whereLimits.conditions)
      throw badInput(`where has more than ${whereLimits.conditions} conditions.`);
    const what = `where.${column.name}.${operator}`;
    if (operand === null || operand === undefined) throw badInput(`${what} is null. Ask \`isNull: true\` instead.`);
    return conditionSql(column, operator, operand, what);
  });
}

function conditionSql(column: ServedColumn, operator: string, operand: unknown, what: string): Sql {
  const compared = comparedSql(column);
  const value = (): Sql => valueSql(column.type, valueText(column.type, operand, what));
  switch (operator) {
    case "eq":
      return sql`${compared} = ${value()}`;
    case "ne":
      return sql`${compared} <> ${value()}`;
    case "lt":
      return sql`${compared} < ${value()}`;
    case "lte":
      return sql`${compared} <= ${value()}`;
    case "gt":
      return sql`${compared} > ${value()}`;
    case "gte":
      return sql`${compared} >= ${value()}`;
    case "in":
      return memberSql(column, operand, what);
    case "notIn":
      return sql`not ${memberSql(column, operand, what)}`;
    case "isNull":
      return operand === true ? sql`${columnRef(column)} is null` : sql`${columnRef(column)} is not null`;
    // Functions instead of LIKE: they know no wildcards, so nothing in the operand has to be escaped.
    case "contains":
      return sql`strpos(${columnRef(column)}, ${value()}) > 0`;
    case "startsWith":
      return sql`starts_with(${columnRef(column)}, ${value()})`;
    case "endsWith":
      return sql`right(${columnRef(column)}, length(${value()})) = ${value()}`;
    default:
      throw badInput(`${what} is not an operator.`);
  }
}

function memberSql(column: ServedColumn, operand: unknown, what: string): Sql {
  const values = asList(operand);
  if (values.length > whereLimits.listValues) throw badInput(`${what} has more than ${whereLimits.listValues} values.`);
  // No value is in an empty list, not even NULL; and DuckDB cannot bind a list without items.
  if (values.length === 0) return sql`false`;
  const texts = values.map((value) => valueText(column.type, value, what));
  return sql`(${comparedSql(column)} = any(${valuesSql(column.type, texts)}))`;
}

function columnRef(column: ServedColumn): Sql {
  return sql.ref(`t.${column.column}`);
}

/** GraphQL has checked the shape against the schema; this only tells the type checker. */
function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
