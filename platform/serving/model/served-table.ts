/**
 * What one product offers, settled once: every column with its GraphQL type and whether it may be an operand, every
 * relation with both its ends. SDL, SQL and resolvers all read this, so that they cannot disagree.
 */
import type { ColumnType, Field, LinkedTable, OutputCache, Relation } from "#schema";
import type { Identity } from "../../erasure/identities.ts";
import type { ColumnEnum } from "./column-enum.ts";

export interface ServedProduct {
  readonly name: string;
  readonly domain: string;
  readonly version: string;
  readonly owner: string | undefined;
  readonly purposes: readonly string[];
  readonly tags: readonly string[];
  /** How old its data may be by its objective. */
  readonly freshnessSeconds: number | undefined;
  readonly tables: readonly ServedTable[];
  readonly tableByOutput: ReadonlyMap<string, ServedTable>;
  /** Types of other products that this one refers to or adds fields to. */
  readonly foreignTypes: readonly ForeignType[];
}

export interface ServedTable {
  readonly linked: LinkedTable;
  /** The output's name: what a snapshot calls the table. */
  readonly output: string;
  readonly typeName: string;
  readonly columns: readonly ServedColumn[];
  readonly columnByName: ReadonlyMap<string, ServedColumn>;
  /** In key order; empty when the rows have no identity. */
  readonly key: readonly ServedColumn[];
  /** The columns that may be filtered, sorted and grouped by. */
  readonly operands: readonly ServedColumn[];
  readonly toOne: readonly ToOne[];
  /** Relations of this product's tables that end at this table. */
  readonly toMany: readonly ToMany[];
  /** How long answers from it may be kept; undefined where the manifest does not say. */
  readonly cache: OutputCache | undefined;
}

export interface ServedColumn {
  readonly field: Field;
  /** The SQL column. */
  readonly column: string;
  /** The GraphQL field. */
  readonly name: string;
  /** The same in UPPER_SNAKE, as the value of the table's column enum. */
  readonly constant: string;
  readonly type: ColumnType;
  /** Without `!`: `String`, `[Int]`, `OrderStatus`. */
  readonly graphqlType: string;
  readonly nonNull: boolean;
  readonly enum: ColumnEnum | undefined;
  /**
   * False for values without an order. Whether a caller may use the column as one is decided when it does: who sees
   * `a***@example.com` could otherwise find the address by asking `startsWith` often enough.
   */
  readonly operand: boolean;
  /** What its values are a person's key of. */
  readonly personOf: Identity | undefined;
}

/** A field from this table to one entity. */
export interface ToOne {
  readonly relation: Relation;
  readonly name: string;
  /** Of this table. */
  readonly column: ServedColumn;
  readonly target:
    | { readonly kind: "own"; readonly output: string; readonly column: string }
    | { readonly kind: "foreign"; readonly typeName: string; readonly keyName: string };
}

/** A connection field from one entity, of this or another product, to the rows of a table of this product. */
export interface ToMany {
  readonly relation: Relation;
  readonly name: string;
  readonly output: string;
  /** Of the table whose rows are listed. */
  readonly column: ServedColumn;
  /** Where the parent has the value: its column here, the key field of a foreign type. */
  readonly parentKey: string;
}

/** Another product's entity as this subgraph sees it: its key, and the fields this product adds. */
export interface ForeignType {
  readonly typeName: string;
  readonly product: string;
  readonly keyName: string;
  readonly keyType: string;
  /** As `ServedColumn.personOf`, of the key. */
  readonly personOf: Identity | undefined;
  readonly toMany: readonly ToMany[];
}
