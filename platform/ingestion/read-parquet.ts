/** Parquet into typed rows: its own types are kept where they are the column's, else read through their text. */
import { platformError } from "../errors.ts";
import { quoteName, quoteText } from "../storage/layout.ts";
import { globSafe, type ReadContext } from "./read-csv.ts";
import type { SourceFile } from "./source-file.ts";
import { stageColumns } from "./stage-columns.ts";
import { type TypedTable, typeRelation } from "./typed-table.ts";

/** Raises `INPUT_INVALID` when the file is no Parquet or a required column is missing. A bad row's line is its number. */
export async function readParquet(file: SourceFile, context: ReadContext): Promise<TypedTable | undefined> {
  const { scratch } = context;
  const path = quoteText(globSafe(file.path));
  const described = await scratch
    .query(`select column_name, column_type from (describe select * from read_parquet(${path}))`)
    .catch((cause: unknown) => {
      context.signal?.throwIfAborted();
      throw platformError("INPUT_INVALID", `File ${file.name} is no Parquet file, or is cut off. Write it again.`, {
        cause,
      });
    });
  const source = described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  const columns = stageColumns(
    source.map(({ name }) => name),
    context.input,
    context.outputTypes,
    `File ${file.name}`,
  );
  return typeRelation(
    scratch,
    {
      from: `(select *, to_json(columns_of) as "mesh.row" from (select columns_of, unnest(columns_of), file_row_number as "mesh.number" from (select struct_pack(${source.map(({ name }) => `${quoteName(name)} := ${quoteName(name)}`).join(", ")}) as columns_of, file_row_number from read_parquet(${path}, file_row_number = true))))`,
      line: `"mesh.number" + 1`,
      raw: `"mesh.row"`,
      fault: "null",
      textAt: (position) => textOfColumn(source[position] ?? { name: "", type: "" }),
    },
    columns,
  );
}

function textOfColumn({ name, type }: { readonly name: string; readonly type: string }): string {
  const column = quoteName(name);
  if (/^(STRUCT|MAP)\b|\]$/.test(type)) return `cast(to_json(${column}) as varchar)`;
  if (type === "BLOB") return `to_base64(${column})`;
  return `cast(${column} as varchar)`;
}
