import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitStatements } from "./split-statements.ts";

const texts = (sql: string): readonly string[] => splitStatements(sql).map(({ text }) => text);

describe("SQL cut into statements", () => {
  test("semicolons in quotes, dollar quotes and comments do not count", () => {
    expect(
      texts(`select ';', ";", $$;$$, $a$ ; $$ ; $a$, E'\\';', 'it''s;' -- ;\n /* ; /* ; */ ; */ from t; select $1;`),
    ).toEqual([
      `select ';', ";", $$;$$, $a$ ; $$ ; $a$, E'\\';', 'it''s;' -- ;\n /* ; /* ; */ ; */ from t`,
      "select $1",
    ]);
  });

  test("a statement knows its line, and the output that a comment before it names", () => {
    expect(
      splitStatements(
        "-- a note\n-- output: orders\n\nselect 1;\n-- output: lines\n/* more */ select 2\n;\n-- the end\n",
      ),
    ).toEqual([
      { text: "select 1", line: 4, output: "orders" },
      { text: "select 2\n", line: 6, output: "lines" },
    ]);
  });

  test("a comment inside a statement names nothing", () => {
    expect(splitStatements("select 1 -- output: orders\n")).toMatchObject([{ output: undefined }]);
  });

  test("comments and blanks alone are no statement", () => {
    expect(splitStatements(" ;; -- nothing\n /* at all */ ;")).toEqual([]);
  });

  test("quoted pieces in any number and order come out as one statement each", () => {
    const piece = fc.constantFrom("a", " ", "';'", '";"', "$$;$$", "$x$;$x$", "/*;*/", "--;\n", "1");
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 5 }), (statements) => {
        const sql = statements.map((pieces) => `select ${pieces.join(" ")}`);
        expect(texts(sql.map((text) => `${text};`).join("\n"))).toEqual(sql);
      }),
    );
  });
});
