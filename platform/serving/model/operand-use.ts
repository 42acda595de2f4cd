import type { ServedColumn, ServedTable } from "./served-table.ts";

/** What a column is used for. */
export type OperandUse =
  /** To filter or sort by: its values decide which rows come, in which order. */
  | "compare"
  /** To group by, to add up, to be written in a cursor: its values, or what is made of them, are in the answer. */
  | "show";

/** Raises `OPERAND_FORBIDDEN` when the request's caller may not use the column so. */
export type AssertOperand = (table: ServedTable, column: ServedColumn, use: OperandUse) => void;
