/** What every masking technique offers. One file per technique. */
import type { MaskTechnique } from "../decision.ts";

export interface Technique {
  readonly name: MaskTechnique;
  /**
   * The mask of one non-null leaf value as it stands in a JSON answer. Guarantees a value that its GraphQL type accepts,
   * the same one for the same input. Hot: once per masked value.
   */
  mask(value: unknown, leaf: Leaf): unknown;
  /**
   * The same mask as a SQL expression over `operand` (a column or an expression, used several times, so without side
   * effects). Guarantees `mask`'s result on DuckDB and on PostgreSQL, and NULL for NULL.
   */
  sql(operand: string, kind: SqlKind): string;
}

/** What a mask must know of the GraphQL leaf type. */
export type Leaf =
  | { readonly kind: "scalar"; readonly name: string }
  | { readonly kind: "enum"; readonly name: string; readonly first: string };

/** Kinds of SQL columns that need different neutral values. */
export type SqlKind =
  | "string"
  | "uuid"
  | "integer"
  | "long"
  | "double"
  | "decimal"
  | "boolean"
  | "date"
  | "time"
  | "timestamp";
