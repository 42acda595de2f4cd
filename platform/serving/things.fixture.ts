/**
 * A table with a column of every kind that can be compared, its random rows, and what GraphQL should answer about them,
 * computed in plain JavaScript: the other side of the property tests.
 */
import fc from "fast-check";
import type { LinkedProduct } from "#schema";
import type { Row } from "../storage/port.ts";
import { meshOf, product, table } from "./serving.fixture.ts";

export const thingsProduct: LinkedProduct = product("things", [
  table("things", {
    columns: {
      code: { type: "string", key: 0, required: true },
      number: { type: "integer", key: 1, required: true },
      label: { type: "string" },
      small: { type: "integer" },
      big: { type: "long" },
      amount: { type: "decimal(10,2)" },
      ratio: { type: "double" },
      flag: { type: "boolean" },
      day: { type: "date" },
      at: { type: "timestamp" },
    },
  }),
]);
export const thingsMesh = meshOf(thingsProduct);

/** Quotes, wildcards, escapes, letters beyond ASCII and beyond the basic plane, and order that locales get "wrong". */
const texts = [
  "",
  "a",
  "A",
  "ab",
  "aB",
  "Zebra",
  "zebra",
  "ä",
  "%",
  "_",
  "a%",
  "\\",
  "'; drop table things; --",
  '"',
  "😀",
  "\uFFFD",
  "$1",
  " ",
];
const text = fc.constantFrom(...texts);
const values = {
  label: text,
  small: fc.integer({ min: -2, max: 2 }),
  big: fc.constantFrom(-9_007_199_254_740_993n, 0n, 9_007_199_254_740_993n, 2n ** 63n - 1n),
  amount: fc.constantFrom("-1.50", "0.00", "0.10", "0.20", "12345678.99"),
  ratio: fc.constantFrom(-1.5, 0, 0.1, 0.2, 1e21),
  flag: fc.boolean(),
  day: fc.constantFrom("1999-12-31", "2024-02-29", "2024-03-01", "2024-12-31"),
  at: fc.constantFrom(
    "2024-01-01T00:00:00.000Z",
    "2024-01-01T00:00:00.001Z",
    "2024-01-01T00:00:00.000001Z",
    "2025-06-30T23:59:59.999Z",
  ),
};
type ValueColumn = keyof typeof values;
export type ThingColumn = ValueColumn | "code" | "number";
const valueColumns = Object.keys(values) as readonly ValueColumn[];
const columns: readonly ThingColumn[] = ["code", "number", ...valueColumns];

const nullable = Object.fromEntries(
  Object.entries(values).map(([name, arbitrary]) => [
    name,
    fc.option(arbitrary as fc.Arbitrary<unknown>, { nil: null, freq: 4 }),
  ]),
);

export const things: fc.Arbitrary<readonly Row[]> = fc.uniqueArray(
  fc.record({ code: text, number: fc.integer({ min: 0, max: 3 }), ...nullable }),
  { maxLength: 24, selector: (row) => JSON.stringify([row.code, row.number]) },
) as fc.Arbitrary<readonly Row[]>;

export interface ThingOrder {
  readonly column: ThingColumn;
  readonly direction: "ASC" | "DESC";
}

export const orders: fc.Arbitrary<readonly ThingOrder[]> = fc.uniqueArray(
  fc.record({ column: fc.constantFrom(...columns), direction: fc.constantFrom("ASC" as const, "DESC" as const) }),
  { maxLength: 3, selector: ({ column }) => column },
);

/** As `orderBy` is written in variables. */
export function orderByOf(order: readonly ThingOrder[]): readonly object[] {
  return order.map(({ column, direction }) => ({ column: column.toUpperCase(), direction }));
}

/** Sorted as documented: nulls last in both directions, text by code point, the key at the end. */
export function sorted(rows: readonly Row[], order: readonly ThingOrder[]): readonly Row[] {
  const terms: readonly ThingOrder[] = [
    ...order,
    { column: "code", direction: "ASC" },
    { column: "number", direction: "ASC" },
  ];
  return rows.toSorted((left, right) => {
    for (const { column, direction } of terms) {
      const [a, b] = [left[column], right[column]];
      if (a === null || b === null) {
        if (a !== b) return a === null ? 1 : -1;
        continue;
      }
      const compared = compare(column, a, b);
      if (compared !== 0) return direction === "ASC" ? compared : -compared;
    }
    return 0;
  });
}

function compare(column: ThingColumn, a: unknown, b: unknown): number {
  switch (column) {
    case "code":
    case "label":
      return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
    case "amount":
      return sign(cents(a) - cents(b));
    case "at":
      return micros(a) < micros(b) ? -1 : micros(a) > micros(b) ? 1 : 0;
    case "day":
      return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
    case "number":
    case "small":
    case "ratio":
    case "flag":
      return sign(Number(a) - Number(b));
    case "big":
      return BigInt(String(a)) < BigInt(String(b)) ? -1 : BigInt(String(a)) > BigInt(String(b)) ? 1 : 0;
  }
}

function cents(value: unknown): number {
  return Math.round(Number(value) * 100);
}

function micros(value: unknown): string {
  const [seconds = "", fraction = ""] = String(value).replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}`;
}

function sign(value: number): number {
  return value < 0 ? -1 : value > 0 ? 1 : 0;
}

/** A `where` and what it means. */
export interface Condition {
  /** As written in variables. */
  readonly where: Readonly<Record<string, unknown>>;
  /** SQL's three values; null is unknown. */
  readonly holds: (row: Row) => boolean | null;
}

const comparison: fc.Arbitrary<Condition> = fc.constantFrom(...columns).chain((column) => {
  const operand =
    column === "code"
      ? text
      : column === "number"
        ? fc.integer({ min: 0, max: 3 })
        : (values[column] as fc.Arbitrary<unknown>);
  const written = (value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
  const of = (operator: string, operand: unknown, holds: (value: unknown) => boolean | null): Condition => ({
    where: { [column]: { [operator]: Array.isArray(operand) ? operand.map(written) : written(operand) } },
    holds: (row) => (row[column] === null && operator !== "isNull" ? null : holds(row[column])),
  });
  const ordered: Readonly<Record<string, (compared: number) => boolean>> = {
    eq: (compared) => compared === 0,
    ne: (compared) => compared !== 0,
    ...(column === "flag"
      ? {}
      : {
          lt: (compared) => compared < 0,
          lte: (compared) => compared <= 0,
          gt: (compared) => compared > 0,
          gte: (compared) => compared >= 0,
        }),
  };
  const alternatives: fc.Arbitrary<Condition>[] = [
    fc
      .tuple(fc.constantFrom(...Object.keys(ordered)), operand)
      .map(([operator, operand]) =>
        of(operator, operand, (value) =>
          (ordered[operator] as (compared: number) => boolean)(compare(column, value, operand)),
        ),
      ),
    fc.boolean().map((wanted) => of("isNull", wanted, (value) => (value === null) === wanted)),
  ];
  if (column !== "flag") {
    const list = fc.array(operand, { maxLength: 3 });
    const isIn = (value: unknown, operands: readonly unknown[]): boolean =>
      operands.some((operand) => compare(column, value, operand) === 0);
    // In an empty list is nothing, NULL included; that is a definite no.
    alternatives.push(
      list.map((operands) => ({
        ...of("in", operands, (value) => isIn(value, operands)),
        ...(operands.length === 0 ? { holds: () => false } : {}),
      })),
    );
    alternatives.push(
      list.map((operands) => ({
        ...of("notIn", operands, (value) => !isIn(value, operands)),
        ...(operands.length === 0 ? { holds: () => true } : {}),
      })),
    );
  }
  if (column === "label" || column === "code") {
    alternatives.push(text.map((operand) => of("contains", operand, (value) => String(value).includes(operand))));
    alternatives.push(text.map((operand) => of("startsWith", operand, (value) => String(value).startsWith(operand))));
    alternatives.push(text.map((operand) => of("endsWith", operand, (value) => String(value).endsWith(operand))));
  }
  return fc.oneof(...alternatives);
});

export const conditions: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    comparison,
    fc.array(tie("tree"), { maxLength: 3 }).map(
      (parts): Condition => ({
        where: { and: parts.map(({ where }) => where) },
        holds: (row) => allOf(parts, row),
      }),
    ),
    fc.array(tie("tree"), { maxLength: 3 }).map(
      (parts): Condition => ({
        where: { or: parts.map(({ where }) => where) },
        holds: (row) => anyOf(parts, row),
      }),
    ),
    tie("tree").map(({ where, holds }): Condition => ({ where: { not: where }, holds: (row) => negated(holds(row)) })),
  ),
})).tree;

function negated(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function allOf(parts: readonly Condition[], row: Row): boolean | null {
  const results = parts.map(({ holds }) => holds(row));
  return results.includes(false) ? false : results.includes(null) ? null : true;
}

function anyOf(parts: readonly Condition[], row: Row): boolean | null {
  const results = parts.map(({ holds }) => holds(row));
  return results.includes(true) ? true : results.includes(null) ? null : false;
}
