/** What every masking technique offers. One file per technique. */
import type { z } from "zod";
import type { MaskParameters, MaskTechnique } from "../decision.ts";
import type { Key, KeyPurpose } from "../keys/key-ring.ts";
import type { CustomMask } from "./custom-masks.ts";
import type { TokenVault } from "./token-vault.ts";

export type Technique = PlainTechnique | KeyedTechnique;

/** A technique that needs no secret. */
export interface PlainTechnique extends Described {
  readonly keyed?: undefined;
  /**
   * The mask of non-null leaf values as they stand in a JSON answer. Guarantees values that their GraphQL type accepts.
   * Once per field and decision; the returned function is hot, once per masked value.
   */
  compile(leaf: Leaf, use: MaskUse): (value: unknown) => unknown;
}

/** A technique that needs a key, which its masks take from the ring under the purpose `keyed`. Without one it redacts. */
export interface KeyedTechnique extends Described {
  readonly keyed: KeyPurpose;
  /** As `PlainTechnique.compile`; once more when the key changes. The returned function is called once per distinct value. */
  compile(leaf: Leaf, use: MaskUse & { readonly key: Key }): (value: unknown) => unknown;
  /** False where equal values get different masks, so that none may be remembered. */
  repeats?(parameters: MaskParameters): boolean;
}

interface Described {
  readonly name: MaskTechnique;
  /** What a policy may write beside `technique`, and in which form; anything else is refused. */
  readonly parameters: Readonly<Record<string, z.ZodType<string | number | boolean | undefined>>>;
  /**
   * Which of two different sets of parameters hides more: above zero the first, below the second, zero for as much.
   * Undefined when neither hides all that the other does; without this function no two can be compared.
   */
  compare?(one: MaskParameters, other: MaskParameters): number | undefined;
  /** The same mask in SQL, or why there is none: then it must be applied to what the engine answered. */
  readonly sql: SqlMask | NoSql;
}

/** What one use of a technique has at hand. */
export interface MaskUse {
  /** Read strictly, as the technique declares them. */
  readonly parameters: MaskParameters;
  /** The field that is masked, `Customer.email`; empty when it is not known. */
  readonly coordinate: string;
  /** Where `tokenise` keeps what its tokens stand for; without one no token can be turned back. */
  readonly vault: TokenVault | undefined;
  /** The functions that `custom` may name. */
  readonly custom: ReadonlyMap<string, CustomMask>;
  /** Told what makes masks hide more than they were meant to. Never gets a value. */
  readonly report: (problem: string) => void;
}

/**
 * A SQL expression over `operand` (a column or an expression, used several times, so without side effects). Guarantees what
 * `compile` gives on DuckDB and on PostgreSQL, and NULL for NULL.
 */
export type SqlMask = (operand: string, kind: SqlKind, parameters: MaskParameters) => string;

interface NoSql {
  /** The reason. */
  readonly none: string;
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
