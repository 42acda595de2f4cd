import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { ColumnType } from "#schema";
import { type OwnScratch, openScratch } from "../storage/duckdb.ts";
import { detectEncoding } from "./decode.ts";
import { type ReadContext, readExactly, readFast } from "./read-csv.ts";
import { stageColumns } from "./stage-columns.ts";
import type { TypedTable } from "./typed-table.ts";

const folder = await mkdtemp(join(tmpdir(), "mesh-csv-"));
const scratch: OwnScratch = await openScratch("test", undefined);
afterAll(async () => {
  scratch.close();
  await rm(folder, { recursive: true, force: true });
});

const outputTypes = new Map<string, ColumnType>([
  ["amount", { kind: "decimal", precision: 18, scale: 4 }],
  ["count", { kind: "integer" }],
  ["day", { kind: "date" }],
]);
const names = ["text", "amount", "count", "day"];

async function bothReaders(content: string): Promise<{ fast: unknown; exact: unknown }> {
  const path = join(folder, "file.csv");
  await writeFile(path, content);
  const file = { path, name: "file.csv", fingerprint: "f", details: {} };
  const context: ReadContext = { scratch, input: { schema: [], key: [] }, outputTypes, signal: undefined };
  const text = await detectEncoding(path);
  const columns = stageColumns(names, context.input, outputTypes, "File file.csv");
  const header = { names, delimiter: "," };
  const fast = await readFast(file, text, header, columns, context);
  const exact = await readExactly(file, text, header, columns, context);
  return { fast: fast && (await rowsOf(fast)), exact: exact.rejected === 0 ? await rowsOf(exact) : undefined };
}

async function rowsOf(typed: TypedTable): Promise<unknown> {
  const columns = new Map(typed.columns.map(({ name, type }) => [name, type]));
  const rows = await scratch.query(
    `select text, amount, count, day from ${typed.table} order by "mesh.line"`,
    [],
    columns,
  );
  await scratch.execute(`drop table ${typed.table}`);
  return rows;
}

const text = fc.string({
  unit: fc.constantFrom("a", "1", " ", '"', ",", "\n", "ü", ";", "'", "\\", "#"),
  maxLength: 6,
});
const row = fc.record({
  text: fc.option(text),
  amount: fc.constantFrom("", "1", "-1.5", "0.0001", " 2 ", "+3.10000", ".5", "7."),
  count: fc.constantFrom("", "0", "-7", "2147483647"),
  day: fc.constantFrom("", "2024-02-29", "0001-01-01"),
});

describe("the engine's CSV reader and the exact one", () => {
  test("give the same rows whenever the engine's takes the file", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        async (rows, end, mark) => {
          const quoted = (value: string | null): string =>
            value === null ? "" : /^[^",\r\n]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`;
          const lines = rows.map((one) => `${quoted(one.text)},${one.amount},${one.count},${one.day}`);
          const { fast, exact } = await bothReaders(
            (mark ? "\uFEFF" : "") + [names.join(","), ...lines].join(end) + end,
          );
          if (fast === undefined) return;
          taken++;
          expect(fast).toEqual(exact);
        },
      ),
      { numRuns: 60 },
    );
    // The law would hold in vain if the fast reader refused everything.
    expect(taken).toBeGreaterThan(40);
  });

  test("take empty fields behind the last column for none", async () => {
    const { fast, exact } = await bothReaders(`${names.join(",")}\na,1,1,2024-01-01,\nb,2,2,,,,\n`);
    expect(fast).toHaveLength(2);
    expect(exact).toEqual(fast);
  });

  test("refuse the same files", async () => {
    for (const line of [
      "a,1.23456,1,",
      "a,1,1.0,",
      "a,1,3.7,",
      "a,1,x,",
      "a,1,1,2024-02-30",
      "a,1,1,2024/02/01",
      "a,1,1",
      "a,1,1,,x",
      "a,1e3,1,",
      "a,1,2147483648,",
      'a"b"c,x,1,',
      '"a"b,1,1,',
      '"open,1,1,',
    ]) {
      expect({ line, ...(await bothReaders(`${names.join(",")}\nok,1,1,2024-01-01\n${line}\n`)) }).toEqual({
        line,
        fast: undefined,
        exact: undefined,
      });
    }
  });
});
