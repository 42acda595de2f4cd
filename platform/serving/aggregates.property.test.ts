import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import type { ColumnType } from "#schema";
import type { Row, Storage } from "../storage/port.ts";
import { engines } from "./engines.fixture.ts";
import { publishRows } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";
import { conditions, type ThingColumn, things, thingsMesh, thingsProduct } from "./things.fixture.ts";

const query = `query ($where: ThingWhere, $groupBy: [ThingGroupBy!]) {
  thingsAggregate(where: $where, groupBy: $groupBy) {
    group { label flag day at }
    count
    sum { small big amount } avg { small amount } min { amount day at } max { big day at }
  }
}`;

const long: ColumnType = { kind: "long" };
const decimal: ColumnType = { kind: "decimal", precision: 38, scale: 2 };
const whole: ColumnType = { kind: "decimal", precision: 38, scale: 0 };
const resultTypes = new Map<string, ColumnType>([
  ["rows", long],
  ["sum_small", whole],
  ["n_small", long],
  ["sum_big", whole],
  ["sum_amount", decimal],
  ["n_amount", long],
  ["min_amount", { kind: "decimal", precision: 10, scale: 2 }],
  ["min_day", { kind: "date" }],
  ["max_day", { kind: "date" }],
  ["max_big", long],
]);
const plainMeasures =
  'count(*) as "rows", cast(sum(small) as decimal(38,0)) as sum_small, count(small) as n_small, cast(sum(big) as decimal(38,0)) as sum_big, ' +
  "cast(sum(amount) as decimal(38,2)) as sum_amount, count(amount) as n_amount, min(amount) as min_amount, min(day) as min_day, max(day) as max_day, max(big) as max_big";

interface Group {
  readonly column: ThingColumn;
  readonly unit?: "YEAR" | "QUARTER" | "MONTH" | "WEEK" | "DAY";
}
const units = fc.constantFrom("YEAR" as const, "QUARTER" as const, "MONTH" as const, "WEEK" as const, "DAY" as const);
const groups: fc.Arbitrary<readonly Group[]> = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom<Group>({ column: "label" }, { column: "flag" }, { column: "day" }),
    units.map((unit): Group => ({ column: "day", unit })),
    units.map((unit): Group => ({ column: "at", unit })),
  ),
  { maxLength: 3, selector: ({ column }) => column },
);

/** The same question as a person would write it in SQL. */
function plainSql(table: string, group: readonly Group[]): string {
  const columns = group.map(({ column, unit }) => {
    if (unit === undefined) return `"${column}"`;
    const local = column === "at" ? "\"at\" at time zone 'UTC'" : `"${column}"`;
    return `cast(date_trunc('${unit.toLowerCase()}', ${local}) as date)`;
  });
  const selected = columns.map((column, index) => `${column} as g${index}`).join(", ");
  const grouped = columns.length === 0 ? "" : ` group by ${columns.join(", ")}`;
  return `select ${selected}${selected === "" ? "" : ", "}${plainMeasures} from ${table}${grouped}`;
}

describe.each(engines)("aggregates on $name", (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  let subgraph: Subgraph;
  beforeAll(async () => {
    if (engine.missing !== undefined) return;
    ({ storage, discard } = await engine.open(thingsProduct));
    subgraph = createSubgraph({ product: thingsProduct, mesh: thingsMesh, snapshots: storage });
  });
  afterAll(async () => {
    await discard?.();
  });
  const aggregate = async (
    variables: Record<string, unknown>,
  ): Promise<readonly Record<string, Record<string, unknown>>[]> => {
    const answer = await subgraph.execute({ query, variables, caller: anonymous, masking: "here" });
    expect(answer.errors).toBeUndefined();
    return answer.data?.thingsAggregate as readonly Record<string, Record<string, unknown>>[];
  };

  it.skipIf(engine.missing !== undefined)(
    "equal plain SQL over the same rows",
    async () => {
      await fc.assert(
        fc.asyncProperty(things, conditions, groups, async (rows, condition, group) => {
          // Plain SQL sees only the rows that match, so that no condition is written twice.
          const matching = rows.filter((row) => condition.holds(row) === true);
          await publishRows(storage, thingsProduct, { things: matching });
          const snapshot = await storage.snapshot();
          const types = new Map<string, ColumnType>(resultTypes);
          group.forEach(({ column, unit }, index) => {
            const type: ColumnType =
              column === "label" ? { kind: "string" } : column === "flag" ? { kind: "boolean" } : { kind: "date" };
            types.set(`g${index}`, unit === undefined ? type : { kind: "date" });
          });
          const plain = await snapshot.query(plainSql(snapshot.table("things"), group), [], types);
          snapshot.release();
          await publishRows(storage, thingsProduct, { things: rows });
          const answer = await aggregate({
            where: condition.where,
            groupBy: group.map(({ column, unit }) => ({
              column: column.toUpperCase(),
              ...(unit === undefined ? {} : { unit }),
            })),
          });
          const byGroup = new Map(
            answer.map((entry) => [JSON.stringify(group.map(({ column }) => groupText(entry.group?.[column]))), entry]),
          );
          expect(byGroup.size).toBe(answer.length);
          expect(answer.length).toBe(plain.length);
          for (const row of plain) {
            const entry = byGroup.get(JSON.stringify(group.map((_, index) => groupText(row[`g${index}`]))));
            expect(entry).toBeDefined();
            expectEqual(entry ?? {}, row);
          }
        }),
        { numRuns: 60 },
      );
    },
    120_000,
  );
});

function groupText(value: unknown): unknown {
  return typeof value === "string" ? value.replace("T00:00:00Z", "") : (value ?? null);
}

function expectEqual(entry: Readonly<Record<string, unknown>>, row: Row): void {
  const { count, sum, avg, min, max } = entry as Readonly<Record<string, Record<string, unknown>>>;
  const text = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
  expect(BigInt(String(count))).toBe(row.rows);
  expect(sum?.small).toBe(text(row.sum_small));
  expect(sum?.big).toBe(text(row.sum_big));
  expect(sum?.amount).toBe(text(row.sum_amount));
  expect(min?.amount).toBe(text(row.min_amount));
  expect(min?.day).toBe(row.min_day);
  expect(max?.day).toBe(row.max_day);
  expect(max?.big).toBe(text(row.max_big));
  if (row.n_small === 0n) expect(avg?.small).toBeNull();
  else expect(avg?.small).toBeCloseTo(Number(row.sum_small) / Number(row.n_small), 9);
  if (row.n_amount === 0n) expect(avg?.amount).toBeNull();
  else expect(Number(avg?.amount)).toBeCloseTo(Number(row.sum_amount) / Number(row.n_amount), 6);
}
