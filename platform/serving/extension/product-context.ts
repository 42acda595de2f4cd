import DataLoader from "dataloader";
import { sql } from "kysely";
import { readColumnType } from "#schema";
import type { ServedProduct } from "../model/served-table.ts";
import type { ServingContext } from "../request/serving-context.ts";
import { compileStatement, type Sql } from "../sql/statement.ts";
import type { ProductContext, SqlText, TableName } from "./product-resolvers.ts";

const scope = {};

/** The request as a product's own resolvers see it; one per request. */
export function productContextOf(product: ServedProduct, context: ServingContext): ProductContext {
  return context.loader(scope, "product context", () => createProductContext(product, context));
}

function createProductContext(product: ServedProduct, context: ServingContext): ProductContext {
  const loaders = {};
  return {
    caller: context.caller,
    signal: context.signal,
    sql: (strings, ...values) => ({ kind: "sql", strings: [...strings], values }),
    table(output) {
      if (!product.tableByOutput.has(output)) {
        throw new Error(
          `${product.name} has no table ${output}; it has ${[...product.tableByOutput.keys()].join(", ")}.`,
        );
      }
      return { kind: "table", output };
    },
    read(text, columns) {
      const types = new Map(Object.entries(columns).map(([name, type]) => [name, readColumnType(type)]));
      return context.read((physical) => compileStatement(fragment(text, physical), types));
    },
    batch<V>(name: string, load: (keys: readonly string[]) => Promise<readonly V[]>) {
      return context.loader(loaders, name, () => new DataLoader<string, V>((keys) => load(keys)));
    },
  };
}

function fragment({ strings, values }: SqlText, physical: (output: string) => string): Sql {
  return sql.join(
    strings.flatMap((text, index) => {
      const value = values[index];
      if (index >= values.length) return [sql.raw(text)];
      return [sql.raw(text), isTableName(value) ? sql.raw(physical(value.output)) : sql`${value}`];
    }),
    sql.raw(""),
  );
}

function isTableName(value: unknown): value is TableName {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "table";
}
