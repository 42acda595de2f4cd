/** Tables and columns of a manifest with their places in it. */
import type { DataProduct, Field, TableOutput } from "#schema";

export interface PlacedTable {
  readonly table: TableOutput;
  readonly path: readonly (string | number)[];
}

export interface PlacedField extends PlacedTable {
  readonly field: Field;
}

export function tablesOf({ outputs }: DataProduct): readonly PlacedTable[] {
  return outputs.flatMap((table, index) =>
    table.type === "table" ? [{ table, path: ["spec", "outputs", index] }] : [],
  );
}

export function fieldsOf(product: DataProduct): readonly PlacedField[] {
  return tablesOf(product).flatMap(({ table, path }) =>
    table.fields.map((field, index) => ({ table, field, path: [...path, "schema", index] })),
  );
}
