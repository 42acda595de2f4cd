/**
 * A result's rows against the output schema: every value must be exactly a value of its column's type (a conversion that
 * would round is none), required columns are filled, keys and unique columns occur once. Of rows with an equal key the
 * first in the order of all columns stays, so that the same data always keep the same row.
 */
import { type ColumnType, type Field, printColumnType, type TableOutput } from "#schema";
import { quoteName, quoteText } from "../storage/layout.ts";
import type { Draft } from "../storage/port.ts";

/** A select over `from` with the output's columns, `"mesh.reason"` (null: good) and `"mesh.raw"`. */
export function checkedSelect(
  output: TableOutput,
  made: readonly { readonly name: string; readonly type: string }[],
  from: string,
  draft: Draft,
): string {
  const cast = output.fields.map((field) =>
    castColumn(field, made.find(({ name }) => name === field.name)?.type ?? "", draft),
  );
  const typed = `select ${[
    ...cast.map(({ value, name }) => `${value} as ${quoteName(name)}`),
    `${joined(cast.flatMap(({ reason }) => (reason === undefined ? [] : [reason])))} as "mesh.fault"`,
    `${draft.engine === "duckdb" ? "cast(to_json(r) as varchar)" : "cast(to_jsonb(r) as text)"} as "mesh.raw"`,
  ].join(", ")} from ${from} as r`;

  const orderBy = output.fields.filter((field) => isOrderable(field.type)).map((field) => quoteName(field.name));
  const uniques = [
    ...(output.key.length === 0 ? [] : [{ columns: output.key, what: "key" }]),
    ...output.fields
      .filter(
        (field) =>
          field.unique && !(output.key.length === 1 && output.key[0] === field.name) && field.key === undefined,
      )
      .map((field) => ({ columns: [field.name], what: "unique column" })),
  ];
  const numbered = uniques.map(
    ({ columns }, index) =>
      `row_number() over (partition by "mesh.fault" is null, ${columns.map(quoteName).join(", ")} order by ${[...orderBy, "1"].join(", ")}) as "mesh.nth${index}"`,
  );
  const doubles = uniques.map(
    ({ columns, what }, index) =>
      `case when "mesh.nth${index}" > 1 and ${columns.map((column) => `${quoteName(column)} is not null`).join(" and ")} then ${quoteText(`another row has the same ${what} (${columns.join(", ")})`)} end`,
  );
  const fields = output.fields.map(({ name }) => quoteName(name)).join(", ");
  return `select ${fields}, coalesce("mesh.fault", ${joined(doubles)}) as "mesh.reason", "mesh.raw" from (select ${["*", ...numbered].join(", ")} from (${typed}) as typed) as numbered`;
}

function joined(reasons: readonly string[]): string {
  return `nullif(concat_ws('; ', ${["null", ...reasons].join(", ")}), '')`;
}

function castColumn(
  field: Field,
  made: string,
  draft: Draft,
): { readonly name: string; readonly value: string; readonly reason: string | undefined } {
  const column = quoteName(field.name);
  const target = draft.typeName(field.type);
  const isSame = made.toLowerCase() === target.toLowerCase();
  const value = isSame ? column : draft.tryCast(column, made, field.type);
  const cases: string[] = [];
  if (field.required || field.key !== undefined) {
    cases.push(`when ${column} is null then ${quoteText(`column "${field.name}" is empty but required`)}`);
  }
  if (!isSame && field.type.kind !== "string") {
    const isRounded = roundsBack(made, field.type) ? ` or cast(${value} as ${made}) <> ${column}` : "";
    cases.push(
      `when ${column} is not null and (${value} is null${isRounded}) then ${quoteText(`column "${field.name}" is not exactly a ${printColumnType(field.type)}; cast or round it in the SQL`)}`,
    );
  }
  const reason = cases.length === 0 ? undefined : `case ${cases.join(" ")} end`;
  return { name: field.name, value, reason };
}

/** Whether converting back shows what a conversion lost: between numbers, and from a time to its day. */
function roundsBack(made: string, type: ColumnType): boolean {
  const isNumber = /^(tinyint|smallint|integer|bigint|hugeint|u\w*int\w*|decimal|numeric|double|float|real)/i.test(
    made,
  );
  if (isNumber) return ["integer", "long", "decimal", "double"].includes(type.kind);
  return /^timestamp/i.test(made) && type.kind === "date";
}

function isOrderable(type: ColumnType): boolean {
  return !["json", "map", "struct", "binary", "array"].includes(type.kind);
}
