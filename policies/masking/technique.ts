/** What every masking technique offers. One file per technique. */
import type { z } from "zod";
import type { MaskParameters, MaskTechnique } from "../decision.ts";

export interface Technique {
  readonly name: MaskTechnique;
  /** What a policy may write beside `technique`, and in which form; anything else is refused. */
  readonly parameters: Readonly<Record<string, z.ZodType<string | number | boolean | undefined>>>;
  /**
   * Which of two different sets of parameters hides more: above zero the first, below the second, zero for as much.
   * Undefined when neither hides all that the other does; without this function no two can be compared.
   */
  compare?(one: MaskParameters, other: MaskParameters): number | undefined;
  /** True when it takes a key; its masks carry the purpose as `separation`. */
  readonly keyed?: true;
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
