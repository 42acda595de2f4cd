/** What the policies say about the rows of one type for one caller. */
export interface RowDecision {
  /** Joined by AND; empty: all rows. */
  readonly filters: readonly RowFilter[];
  /** Groups of fewer rows are not shown. The largest of all policies that hold. */
  readonly minGroup: number | undefined;
  /** The policies that hold, sorted. */
  readonly policies: readonly string[];
}

export type RowFilter =
  /** No row: the filter could not be evaluated, or there is no value for this caller. */
  | { readonly kind: "none"; readonly policy: string }
  /** Rows whose column has one of the values. */
  | {
      readonly kind: "in";
      readonly policy: string;
      /** As it is named in the product's manifest. */
      readonly column: string;
      readonly values: readonly (string | number | boolean)[];
    };
