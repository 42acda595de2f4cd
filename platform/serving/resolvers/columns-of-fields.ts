/** Which columns each field of a table's type needs: what makes "only the asked columns are read" true. */

import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import type { Selection } from "../request/selection.ts";

/** Field name → columns. Fields without columns (`__typename`, what the extension computes from nothing) are absent. */
export type ColumnsOfFields = ReadonlyMap<string, readonly ServedColumn[]>;

export function columnsOfFields(
  table: ServedTable,
  required: ReadonlyMap<string, readonly ServedColumn[]>,
): ColumnsOfFields {
  const columns = new Map<string, readonly ServedColumn[]>(required);
  for (const column of table.columns) columns.set(column.name, [column]);
  for (const relation of table.toOne) columns.set(relation.name, [relation.column]);
  for (const relation of table.toMany) {
    const column = table.columnByName.get(relation.parentKey);
    if (column !== undefined) columns.set(relation.name, [column]);
  }
  return columns;
}

/** The columns to read for a selection; the key always, so that a row can be told from another. */
export function columnsFor(table: ServedTable, fields: ColumnsOfFields, selection: Selection): Set<ServedColumn> {
  const columns = new Set<ServedColumn>(table.key);
  for (const field of selection.keys()) for (const column of fields.get(field) ?? []) columns.add(column);
  return columns;
}
