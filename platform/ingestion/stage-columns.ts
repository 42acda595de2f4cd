/** Which columns an input's staged table has, and where in the source each of them comes from. */
import { type ColumnType, didYouMean, type Input, type TableOutput } from "#schema";
import { platformError } from "../errors.ts";
import { foldColumns } from "./fold-column.ts";

export interface StagedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  /** Position in the source; undefined when the source lacks it and it may be null. */
  readonly at: number | undefined;
}

/** Types of a product's output columns by name: what a staged column without a declared type takes. */
export function outputTypesOf(tables: readonly TableOutput[]): ReadonlyMap<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  for (const table of tables) {
    for (const field of table.fields) if (!types.has(field.name)) types.set(field.name, field.type);
  }
  return types;
}

/**
 * First the columns that the input declares, then the rest of the source, folded. Raises `INPUT_INVALID` when a
 * required column is missing or two columns become one.
 */
export function stageColumns(
  source: readonly string[],
  input: Pick<Input, "schema" | "key">,
  outputTypes: ReadonlyMap<string, ColumnType>,
  where: string,
): readonly StagedColumn[] {
  const folded = foldColumns(source, where);
  const taken = new Set<number>();
  const columns: StagedColumn[] = [];
  for (const declared of input.schema) {
    const at = findColumn(source, folded, declared.from ?? declared.name);
    const required = declared.required || input.key.includes(declared.name);
    if (at === undefined && required) {
      const wanted = declared.from ?? declared.name;
      throw platformError(
        "INPUT_INVALID",
        `${where} has no column "${wanted}", which is required as "${declared.name}".${didYouMean(wanted, source)} It has: ${source.join(", ")}.`,
      );
    }
    if (at !== undefined) taken.add(at);
    columns.push({ name: declared.name, type: declared.type, required, at });
  }
  folded.forEach((name, at) => {
    if (taken.has(at) || columns.some((column) => column.name === name)) return;
    columns.push({ name, type: outputTypes.get(name) ?? { kind: "string" }, required: input.key.includes(name), at });
  });
  const lost = input.key.find((key) => !columns.some((column) => column.name === key));
  if (lost !== undefined) {
    throw platformError(
      "INPUT_INVALID",
      `${where} has no column for the key "${lost}".${didYouMean(lost, folded)} It has: ${source.join(", ")}.`,
    );
  }
  return columns;
}

/** The columns when a source has none to show (an empty file): the declared ones, else those of the outputs. */
export function columnsWithoutSource(
  input: Pick<Input, "schema" | "key">,
  outputTypes: ReadonlyMap<string, ColumnType>,
): readonly StagedColumn[] {
  const declared = input.schema.map(({ name, type, required }) => ({ name, type, required, at: undefined }));
  if (declared.length > 0) return declared;
  return [...outputTypes].map(([name, type]) => ({ name, type, required: false, at: undefined }));
}

function findColumn(source: readonly string[], folded: readonly string[], name: string): number | undefined {
  const exact = source.indexOf(name);
  if (exact !== -1) return exact;
  const byFold = folded.indexOf(foldColumns([name], "")[0] ?? name);
  return byFold === -1 ? undefined : byFold;
}
