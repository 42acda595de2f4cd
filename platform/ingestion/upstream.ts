/** How one product reads another: rows of one output, from one of its snapshots, only the columns that were declared. */
import type { ColumnType } from "#schema";
import type { Row } from "../storage/port.ts";

export interface UpstreamReader {
  /** The version published now. Raises `PRODUCT_NOT_PUBLISHED`, `INPUT_UNAVAILABLE`. */
  version(signal?: AbortSignal): Promise<UpstreamVersion>;
  /** All batches come from one version. Raises `OUTPUT_REQUEST_INVALID` for an unknown output or column. */
  read(request: UpstreamRequest): Promise<UpstreamRows>;
}

/** What tells two publications apart, also when the product's storage was built anew. */
export interface UpstreamVersion {
  readonly version: number;
  readonly publishedAt: Date;
}

export interface UpstreamRequest {
  readonly output: string;
  /** Empty: all columns. */
  readonly fields: readonly string[];
  /** Only rows whose column is greater; `value` is the text of a port value. */
  readonly after?: { readonly column: string; readonly value: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface UpstreamRows {
  readonly version: UpstreamVersion;
  readonly columns: ReadonlyMap<string, ColumnType>;
  /** To be read to its end or returned early, which gives the snapshot back. */
  readonly batches: AsyncIterable<readonly Row[]>;
}
