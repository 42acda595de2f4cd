/** The contract of a technique's SQL expression: on every engine, it gives what `mask` gives. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SqlKind, Technique } from "./technique.ts";
import { techniques } from "./techniques.ts";

/** Runs `select <expression>` where `expression` names the parameter as `v`, and gives the result as text. */
export type EvaluateAsText = (
  expression: (operand: string) => string,
  value: string | null,
  sqlType: string,
) => Promise<string | null>;

const text = { kind: "scalar", name: "String" } as const;
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

export function describeSqlMasks(engine: string, evaluate: () => EvaluateAsText): void {
  describe.each<Technique>(Object.values(techniques))(`$name as SQL on ${engine}`, (technique) => {
    it("masks text as JavaScript does", async () => {
      await fc.assert(
        fc.asyncProperty(storable, async (value) => {
          const expression = (operand: string): string => technique.sql(operand, "string");
          expect(await evaluate()(expression, value, "varchar")).toBe(technique.mask(value, text));
        }),
        { numRuns: 300 },
      );
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
      const expression = (operand: string): string => technique.sql(operand, kind);
      const result = await evaluate()(expression, value, sqlType);
      // Engines print a zero with as many decimals as they like.
      expect(result?.replace(/^0\.0+$/, "0")).toBe(neutral);
      expect(await evaluate()(expression, null, sqlType)).toBeNull();
    });

    it("leaves null alone", async () => {
      expect(await evaluate()((operand) => technique.sql(operand, "string"), null, "varchar")).toBeNull();
    });
  });
}
