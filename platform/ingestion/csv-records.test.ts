import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CsvRecord, detectDelimiter, readCsvRecords } from "./csv-records.ts";

async function read(text: string, partChars = text.length || 1, delimiter = ","): Promise<readonly CsvRecord[]> {
  const parts = Array.from({ length: Math.ceil(text.length / partChars) }, (_, index) =>
    text.slice(index * partChars, (index + 1) * partChars),
  );
  const records: CsvRecord[] = [];
  for await (const some of readCsvRecords(parts, delimiter)) records.push(...some);
  return records;
}

const field = fc.oneof(
  fc.constant(null),
  fc.string({ unit: fc.constantFrom("a", "1", " ", '"', ",", "\n", "\r", "\r\n", "ü", ";"), maxLength: 6 }),
);
const lineEnd = fc.constantFrom("\n", "\r\n");

function print(fields: readonly (string | null)[]): string {
  return fields
    .map((value) => (value === null ? "" : /^[^",\r\n]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`))
    .join(",");
}

describe("CSV records", () => {
  test("what was printed is read back, with its lines, however the text is cut into parts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 8 }),
        lineEnd,
        fc.integer({ min: 1, max: 20 }),
        async (rows, end, partChars) => {
          const texts = rows.map(print);
          const records = await read(texts.map((text) => text + end).join(""), partChars);
          let line = 1;
          const expected = rows.map((fields, index) => {
            const record = { line, raw: texts[index], fields, fault: undefined };
            line += (texts[index]?.match(/\r\n|\n|\r/g)?.length ?? 0) + 1;
            return record;
          });
          expect(records).toEqual(expected);
        },
      ),
    );
  });

  test("an empty field is null and a quoted empty one is an empty text", async () => {
    expect(await read('a,"",\n')).toMatchObject([{ fields: ["a", "", null] }]);
  });

  test("a broken quote costs its line alone", async () => {
    expect(await read('1,"a"b,x\n2,"c",y\n3,d,z\n')).toEqual([
      {
        line: 1,
        raw: '1,"a"b,x',
        fields: undefined,
        fault: "text follows a closing quote; a quote inside a field must be doubled",
      },
      { line: 2, raw: '2,"c",y', fields: ["2", "c", "y"], fault: undefined },
      { line: 3, raw: "3,d,z", fields: ["3", "d", "z"], fault: undefined },
    ]);
  });

  test("a quote that is never closed costs its line alone, in every cut of the text", async () => {
    const text = '1,"open\n2,b\n3,c\n';
    for (let part = 1; part <= text.length; part++) {
      expect(await read(text, part)).toMatchObject([
        { line: 1, raw: '1,"open', fault: "a quote is opened and never closed" },
        { line: 2, fields: ["2", "b"] },
        { line: 3, fields: ["3", "c"] },
      ]);
    }
  });

  test("lines are counted through quoted line ends and blank lines", async () => {
    expect(await read('a,"x\ny\r\nz"\n\n\nb,c')).toMatchObject([
      { line: 1, fields: ["a", "x\ny\r\nz"] },
      { line: 6, fields: ["b", "c"] },
    ]);
  });

  test("the delimiter is the one that stands most often outside quotes", () => {
    expect(["a,b,c", "a;b;c", "a\tb", "a|b|c", '"a,b";c;d', "only"].map(detectDelimiter)).toEqual([
      ",",
      ";",
      "\t",
      "|",
      ";",
      ",",
    ]);
  });
});
