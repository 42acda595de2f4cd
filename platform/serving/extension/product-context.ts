import DataLoader from "dataloader";
import { sql } from "kysely";
import { readColumnType } from "#schema";
import type { ServedProduct } from "../model/served-table.ts";
import type { ServingContext } from "../request/serving-context.ts";
import { compileStatement, type Sql } from "../sql/statement.ts";
import type { VisibleTable } from "../sql/visible-rows.ts";
import type { ProductContext, SqlText, TableName } from "./product-resolvers.ts";

const scope = {};

/** The request as a product's own resolvers see it; one per request. */
export function productContextOf(product: ServedProduct, context: ServingContext): ProductContext {
  return context.loader(scope, "product context", () => createProductContext(product, context));
}

/**
 * What the resolver of a field gets that is known to be made from its columns alone. Raises an error as soon as the resolver
 * wants something of it: what else it reads nobody would know, and old values of the field would be kept.
 */
export function refusedContext(field: string): ProductContext {
  const refuse = (): never => {
    const hint =
      "Declare the context as its third parameter, without a default or a rest: (parent, args, context) => …";
    throw new Error(`The resolver of ${field} reads more than the columns under its \`requires\`. ${hint}`);
  };
  // Whatever is asked of it is refused, so it stands for every context.
  return new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse }) as ProductContext;
}

function createProductContext(product: ServedProduct, context: ServingContext): ProductContext {
  const loaders = {};
  return {
    get caller() {
      context.noteCaller();
      return context.caller;
    },
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
      return context.read((table) => compileStatement(fragment(text, table), types));
    },
    batch<V>(name: string, load: (keys: readonly string[]) => Promise<readonly V[]>) {
      return context.loader(loaders, name, () => new DataLoader<string, V>((keys) => load(keys)));
    },
  };
}

/**
 * The product's text with its tables. Where rows are filtered for the caller, the tables are named before it (`with`), so
 * that a text need not know whether it reads a table or a part of one: PostgreSQL wants an alias after a query in `from`,
 * and a table needs none.
 */
function fragment({ strings, values }: SqlText, table: (output: string) => VisibleTable): Sql {
  const filtered = new Map<string, Sql>();
  const named = (output: string): Sql => {
    const { rows, isFiltered } = table(output);
    if (!isFiltered) return rows;
    filtered.set(output, rows);
    return sql.id(visibleName(output));
  };
  const text = sql.join(
    strings.flatMap((text, index) => {
      const value = values[index];
      // What ends a statement cannot stand within brackets.
      if (index >= values.length) return [sql.raw(text.replace(/;\s*$/, ""))];
      return [sql.raw(text), isTableName(value) ? named(value.output) : sql`${value}`];
    }),
    sql.raw(""),
  );
  if (filtered.size === 0) return text;
  const tables = [...filtered].map(
    ([output, rows]) => sql`${sql.id(visibleName(output))} as not materialized (select * from ${rows} as t)`,
  );
  // The text may have a `with` of its own, end in a comment, and have an order, which a query around it keeps.
  return sql`with ${sql.join(tables)} select * from (${text}\n) as __answer`;
}

/** No name in a manifest begins with `__`. */
function visibleName(output: string): string {
  return `__${output}`;
}

function isTableName(value: unknown): value is TableName {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "table";
}
