/**
 * Random questions to `orders`: a condition tree, an order and a page size, each with its GraphQL arguments and with the
 * same question in plain SQL. The two are written from the documentation of the arguments, not from each other.
 */
import fc from "fast-check";

export interface OrderQuestion {
  /** `OrderWhere`, as a variable. */
  readonly where: Readonly<Record<string, unknown>>;
  readonly whereSql: string;
  /** `[OrderOrderBy!]`, as a variable. */
  readonly orderBy: readonly { readonly column: string; readonly direction: "ASC" | "DESC" }[];
  /** Total: the key is its last term. */
  readonly orderSql: string;
  readonly pageSize: number;
}

interface Condition {
  readonly where: Readonly<Record<string, unknown>>;
  readonly sql: string;
}

const comparisons = { eq: "=", ne: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const cities = fc.constantFrom(
  "Los Angeles",
  "New York City",
  "Philadelphia",
  "Aurora",
  "",
  "los angeles",
  "O'Fallon",
  "%",
);
const states = fc.constantFrom("California", "Texas", "New York", "Nevada", "Nowhere");
const days = fc
  .integer({ min: Date.UTC(2013, 11, 1) / 86_400_000, max: Date.UTC(2018, 1, 1) / 86_400_000 })
  .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
const amounts = fc
  .tuple(fc.integer({ min: -5, max: 3_000 }), fc.integer({ min: 0, max: 99_999 }))
  .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(5, "0")}`);
const regions = fc.constantFrom("Central", "East", "South", "West");

function compared<T>(
  name: string,
  sql: string,
  values: fc.Arbitrary<T>,
  print: (value: T) => string,
): fc.Arbitrary<Condition> {
  const operators = fc.constantFrom(...(Object.keys(comparisons) as (keyof typeof comparisons)[]));
  return fc.tuple(operators, values).map(([operator, value]) => ({
    where: { [name]: { [operator]: value } },
    sql: `${sql} ${comparisons[operator]} ${print(value)}`,
  }));
}

function listed<T>(
  name: string,
  sql: string,
  values: fc.Arbitrary<T>,
  print: (value: T) => string,
): fc.Arbitrary<Condition> {
  return fc.tuple(fc.boolean(), fc.array(values, { maxLength: 3 })).map(([isIn, list]) => ({
    where: { [name]: { [isIn ? "in" : "notIn"]: list } },
    // SQL has no empty list: nothing is in it.
    sql: list.length === 0 ? String(!isIn) : `${sql} ${isIn ? "in" : "not in"} (${list.map(print).join(", ")})`,
  }));
}

/** DuckDB's own functions for them. */
const searches = { contains: "contains", startsWith: "prefix", endsWith: "suffix" } as const;
const searched: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(searches) as (keyof typeof searches)[])),
    fc.constantFrom("an", "San ", "city", "City", "%", "_", "'"),
  )
  .map(([operator, part]) => ({
    where: { city: { [operator]: part } },
    sql: `${searches[operator]}(city, ${text(part)})`,
  }));

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  compared("city", "city", cities, text),
  compared("orderDate", "order_date", days, (day) => `date ${text(day)}`),
  compared("sales", "sales", amounts, (amount) => `cast(${text(amount)} as decimal(38, 5))`),
  compared("lineCount", "line_count", fc.integer({ min: 0, max: 15 }), String),
  listed("state", "state", states, text),
  fc.tuple(fc.boolean(), fc.array(regions, { minLength: 1, maxLength: 3 })).map(([isIn, list]) => ({
    where: { region: { [isIn ? "in" : "notIn"]: list.map((region) => region.toUpperCase()) } },
    sql: `region ${isIn ? "in" : "not in"} (${list.map(text).join(", ")})`,
  })),
  searched,
);

const { condition } = fc.letrec<{ condition: Condition }>((tie) => {
  const some = fc.array(tie("condition"), { minLength: 1, maxLength: 3 });
  return {
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      some.map((parts) => ({
        where: { and: parts.map(({ where }) => where) },
        sql: parts.map(({ sql }) => `(${sql})`).join(" and "),
      })),
      some.map((parts) => ({
        where: { or: parts.map(({ where }) => where) },
        sql: parts.map(({ sql }) => `(${sql})`).join(" or "),
      })),
      tie("condition").map(({ where, sql }) => ({ where: { not: where }, sql: `not (${sql})` })),
    ),
  };
});

const columns = {
  CITY: "city",
  STATE: "state",
  ORDER_DATE: "order_date",
  SALES: "sales",
  LINE_COUNT: "line_count",
} as const;
const order = fc
  .uniqueArray(
    fc.record({
      column: fc.constantFrom(...(Object.keys(columns) as (keyof typeof columns)[])),
      direction: fc.constantFrom("ASC" as const, "DESC" as const),
    }),
    { maxLength: 3, selector: ({ column }) => column },
  )
  .map((orderBy) => ({
    orderBy,
    orderSql: [...orderBy.map(({ column, direction }) => `${columns[column]} ${direction}`), "order_id"].join(", "),
  }));

export const orderQuestion: fc.Arbitrary<OrderQuestion> = fc
  .tuple(condition, order, fc.integer({ min: 1, max: 1_000 }))
  .map(([{ where, sql }, ordered, pageSize]) => ({ where, whereSql: sql, ...ordered, pageSize }));
