/**
 * Rows by key, batched: all keys that one tick of a request asks of a table become one statement.
 *
 * Different places of an operation may want different columns of the same table. Their keys still go into one statement,
 * with the union of the columns: one round trip more costs more than a column too many, and the columns are at most those
 * that the operation asks for somewhere.
 */
import DataLoader from "dataloader";
import type { Row } from "../../storage/port.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import { lookupStatement } from "../sql/lookup.ts";
import { canonicalText } from "../sql/value.ts";
import type { ServingContext } from "./serving-context.ts";

export interface RowRequest {
  /** Checked texts of the key columns. */
  readonly key: readonly string[];
  readonly columns: ReadonlySet<ServedColumn>;
}

/** Batches are cut here: a parameter of more keys helps nobody. */
const maxBatchSize = 10_000;

/** The row whose `by` columns have the key; null when there is none. */
export function loadRow(
  context: ServingContext,
  table: ServedTable,
  by: readonly ServedColumn[],
  request: RowRequest,
): Promise<Row | null> {
  const name = `row by ${by.map(({ column }) => column).join(",")}`;
  const loader = context.loader(
    table,
    name,
    () =>
      new DataLoader<RowRequest, Row | null>((requests) => loadBatch(context, table, by, requests), {
        // Requests are remembered in the rows of the answer; a second tick may want other columns of the same key.
        cache: false,
        maxBatchSize,
      }),
  );
  return loader.load(request);
}

async function loadBatch(
  context: ServingContext,
  table: ServedTable,
  by: readonly ServedColumn[],
  requests: readonly RowRequest[],
): Promise<readonly (Row | null)[]> {
  const columns = new Set(by);
  const keys = new Map<string, readonly string[]>();
  for (const request of requests) {
    for (const column of request.columns) columns.add(column);
    keys.set(keyName(by, request.key), request.key);
  }
  const rows = await context.read((visible) =>
    lookupStatement(visible(table.output).rows, inTableOrder(table, columns), by, [...keys.values()]),
  );
  const rowByKey = new Map(
    rows.map((row) => [
      keyName(
        by,
        by.map(({ column }) => row[column]),
      ),
      row,
    ]),
  );
  return requests.map(({ key }) => rowByKey.get(keyName(by, key)) ?? null);
}

/** The same set of columns gives the same statement, whatever the order in which they were asked. */
export function inTableOrder(table: ServedTable, columns: ReadonlySet<ServedColumn>): readonly ServedColumn[] {
  return table.columns.filter((column) => columns.has(column));
}

/** Keys that are equal for the database have the same name. */
function keyName(by: readonly ServedColumn[], values: readonly unknown[]): string {
  const texts = by.map(({ type }, index) => canonicalText(type, values[index]));
  return texts.length === 1 ? (texts[0] ?? "") : JSON.stringify(texts);
}
