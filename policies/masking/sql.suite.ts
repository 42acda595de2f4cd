/** The contract of a technique's SQL expression: on every engine, it gives what the compiled mask gives. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MaskParameters } from "../decision.ts";
import { noMaskSetup } from "./mask-setup.ts";
import type { Leaf, SqlKind } from "./technique.ts";
import { techniques } from "./techniques.ts";

/** Runs `select <expression>` where `expression` names the parameter as `v`, and gives the result as text. */
export type EvaluateAsText = (
  expression: (operand: string) => string,
  value: string | null,
  sqlType: string,
) => Promise<string | null>;

/** Text that both engines can store: no NUL, no half of a surrogate pair. */
const storable = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.emailAddress(),
    fc.stringMatching(/^[ab.@ ]{0,12}$/),
    fc.stringMatching(/^[+]?[0-9*() ./-]{5,16}$/),
  )
  .filter((value) => !value.includes("\0") && value.isWellFormed());

const uses = (
  [
    ["redact", {}],
    ["partial", {}],
    ["partial", { first: 2, last: 1 }],
    ["partial", { last: 4 }],
    ["partial", { first: 0 }],
    ["generalise", {}],
    ["generalise", { bucket: 1_000, to: "quarter", prefix: 0 }],
    ["generalise", { bucket: 7, to: "month", prefix: 3 }],
  ] as const
).map(([name, parameters]: readonly [keyof typeof techniques, MaskParameters]) => {
  const { sql, compile } = techniques[name];
  if (typeof sql !== "function") throw new Error(`${name} has no SQL: ${sql.none}`);
  const use = { ...noMaskSetup, parameters, coordinate: "", key: { id: "", bytes: Buffer.alloc(32) } };
  return {
    name: `${name} ${JSON.stringify(parameters)}`,
    sql: (operand: string, kind: SqlKind): string => sql(operand, kind, parameters),
    mask: (scalar: string, value: unknown): unknown =>
      compile({ kind: "scalar", name: scalar } satisfies Leaf, use)(value),
    isNeutral: name !== "generalise",
  };
});

const day = fc
  .date({ min: new Date("1000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

/** Values of a column, what their mask must be as a text, both as engines print them. */
const columns: readonly (readonly [
  kind: SqlKind,
  sqlType: string,
  scalar: string,
  values: fc.Arbitrary<{ readonly stored: string; readonly answered: unknown }>,
])[] = [
  ["integer", "integer", "Int", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((it) => both(String(it), it))],
  ["long", "bigint", "BigInt", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((it) => both(String(it)))],
  [
    "double",
    "double precision",
    "Float",
    fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((it) => both(String(it), it)),
  ],
  [
    "decimal",
    "decimal(18,2)",
    "Decimal",
    fc
      .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.nat(99))
      .map(([whole, cents]) => both(`${whole}.${String(cents).padStart(2, "0")}`)),
  ],
  ["date", "date", "Date", day.map((it) => both(it))],
  ["timestamp", "timestamp", "DateTime", day.map((it) => ({ stored: `${it} 08:30:00`, answered: `${it}T08:30:00Z` }))],
];

function both(stored: string, answered: unknown = stored): { readonly stored: string; readonly answered: unknown } {
  return { stored, answered };
}

export function describeSqlMasks(engine: string, evaluate: () => EvaluateAsText): void {
  describe.each(uses)(`$name as SQL on ${engine}`, ({ sql, mask, isNeutral }) => {
    it("masks text as JavaScript does", async () => {
      await fc.assert(
        fc.asyncProperty(storable, async (value) => {
          const expression = (operand: string): string => sql(operand, "string");
          expect(await evaluate()(expression, value, "varchar")).toBe(mask("String", value));
        }),
        { numRuns: 200 },
      );
    });

    it.each(columns)("masks %s as JavaScript does", async (kind, sqlType, scalar, values) => {
      await fc.assert(
        fc.asyncProperty(values, async ({ stored, answered }) => {
          const result = await evaluate()((operand) => sql(operand, kind), stored, sqlType);
          const masked = String(mask(scalar, answered));
          if (kind === "integer" || kind === "long") expect(result).toBe(masked);
          // Engines print decimals with as many places as they like.
          else if (kind === "double" || kind === "decimal") expect(Number(result)).toBe(Number(masked));
          else expect(result?.replace(" 00:00:00", "T00:00:00Z")).toBe(masked);
        }),
        { numRuns: 100 },
      );
      expect(await evaluate()((operand) => sql(operand, kind), null, sqlType)).toBeNull();
    });

    it.each<[SqlKind, string, string, string]>([
      ["uuid", "uuid", "0b1b1c1e-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000"],
      ["integer", "integer", "42", "0"],
      ["long", "bigint", "9007199254740993", "0"],
      ["double", "double precision", "1.5", "0"],
      ["decimal", "decimal(12,2)", "12.34", "0"],
      ["boolean", "boolean", "true", "false"],
      ["date", "date", "2026-02-28", "1970-01-01"],
      ["time", "time", "08:30:00", "00:00:00"],
      ["timestamp", "timestamp", "2026-02-28 08:30:00", "1970-01-01 00:00:00"],
    ])("masks %s by a neutral value of its type", async (kind, sqlType, value, neutral) => {
      if (!isNeutral && !["uuid", "boolean", "time"].includes(kind)) return;
      const expression = (operand: string): string => sql(operand, kind);
      const result = await evaluate()(expression, value, sqlType);
      // Engines print a zero with as many decimals as they like.
      expect(result?.replace(/^0\.0+$/, "0")).toBe(neutral);
      expect(await evaluate()(expression, null, sqlType)).toBeNull();
    });

    it("leaves null alone", async () => {
      expect(await evaluate()((operand) => sql(operand, "string"), null, "varchar")).toBeNull();
    });
  });
}
