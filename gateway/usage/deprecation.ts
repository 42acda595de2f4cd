/** What is going away, and when. */

/** One deprecated coordinate, as a client reads it in `extensions.deprecations[]`. */
export interface DeprecatedUse {
  /** `Order.total`, `Query.orders(first:)`, `OrderFilter.region`, `Region.WEST`. */
  readonly coordinate: string;
  readonly reason: string | undefined;
  /** What to use instead: a coordinate, or an address. */
  readonly replacement: string | undefined;
  /** Since when; undefined when nobody said it, never guessed. */
  readonly deprecatedSince: Date | undefined;
  /** When it stops to answer; undefined when that is not decided. */
  readonly sunset: Date | undefined;
  readonly product: string | undefined;
  readonly owner: string | undefined;
  /** Where people read about it. */
  readonly link: string | undefined;
}

/** By coordinate, for one supergraph. */
export type DeprecationTable = ReadonlyMap<string, DeprecatedUse>;
