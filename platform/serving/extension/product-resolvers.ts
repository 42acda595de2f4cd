/**
 * What a product's `resolvers.ts` exports by default: resolvers for the fields that its `schema.graphql` adds.
 *
 * ```ts
 * import type { ProductResolvers } from "#platform";
 *
 * const resolvers: ProductResolvers = {
 *   Order: {
 *     daysToShip: {
 *       requires: ["order_date", "ship_date"],
 *       resolve: ({ order_date, ship_date }) => daysBetween(order_date, ship_date),
 *     },
 *   },
 * };
 * export default resolvers;
 * ```
 *
 * Types only: the file needs nothing of the platform at run time, so a product folder can live anywhere.
 */
import type { Caller } from "#policies";
import type { Row } from "../../storage/port.ts";

export type ProductResolvers = Readonly<Record<string, Readonly<Record<string, ProductResolver>>>>;

/**
 * A resolver, or one that says which columns of its parent it needs. A field of a table's type gets exactly these columns
 * as its parent, by column name and in the storage's values; nothing else is read for it.
 *
 * A resolver that takes the context, as its third parameter, may read whatever it gives; so may one without `requires`. Such
 * a field is marked `@computed`: any change of the product's data may change it. Any other is made from its columns alone,
 * and is refused the context.
 *
 * Where the field's type is a table of the product (or a list of it), the resolver returns keys, `{ order_id: "…" }`, and
 * the platform loads the columns that the operation asks for, batched.
 */
export type ProductResolver = ResolveField | { readonly requires?: readonly string[]; readonly resolve: ResolveField };

// biome-ignore lint/suspicious/noExplicitAny: a resolver narrows parent and arguments to what its own schema says.
export type ResolveField = (parent: any, args: any, context: ProductContext) => unknown;

/** What a resolver can do within its request. */
export interface ProductContext {
  /** An answer for which somebody looked at it is kept for nobody else. */
  readonly caller: Caller;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal | undefined;
  /** SQL with parameters: everything in `${}` is sent beside the text, except a `table(…)`. */
  sql(strings: TemplateStringsArray, ...values: readonly unknown[]): SqlText;
  /** An output of the product in the version that this request reads. */
  table(output: string): TableName;
  /** Runs one statement; `columns` names the result's columns with their types as in a manifest: `{ total: "decimal(12,2)" }`. */
  read(sql: SqlText, columns: Readonly<Record<string, string>>): Promise<readonly Row[]>;
  /**
   * Collects the keys that this request asks under `name` in one tick and loads them together; `load` gives one value per
   * key, in their order.
   */
  batch<V>(name: string, load: (keys: readonly string[]) => Promise<readonly V[]>): { load(key: string): Promise<V> };
}

export interface SqlText {
  readonly kind: "sql";
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
}

export interface TableName {
  readonly kind: "table";
  readonly output: string;
}
