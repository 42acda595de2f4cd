/**
 * In: a mesh's linked products. Out: running products: rows ingested, transformed, published, served as subgraphs.
 * Next: the command puts the subgraphs behind the gateway or behind HTTP.
 */

export {
  type CachesErasure,
  type EraseReceipt,
  type EraseRequest,
  type ErasureReach,
  eraseSubject,
  type PersonKey,
} from "./erasure/erase-subject.ts";
export { openTombstones, type Tombstones } from "./erasure/tombstones.ts";
export { type PlatformErrorCode, platformError, platformErrors } from "./errors.ts";
export { createHttpReader, type HttpReaderOptions } from "./ingestion/http-reader.ts";
export {
  createOutputsHandler,
  type OutputRead,
  type OutputsOptions,
  type OutputsResponse,
  type RecordOutputRead,
} from "./ingestion/output-stream.ts";
export type { UpstreamReader, UpstreamRequest, UpstreamRows, UpstreamVersion } from "./ingestion/upstream.ts";
export { loadExtension } from "./load-files.ts";
export { type ChosenStorage, createStorage, type StorageOptions } from "./open-storage.ts";
export { createProduct, type Product, type ProductOptions } from "./product.ts";
export type { FailureReason, ProductEvent, ProductState, ProductStatus } from "./product-event.ts";
export * from "./serving/index.ts";
export { createDuckDBStorage, type DuckDBOptions } from "./storage/duckdb.ts";
export type {
  PublishedVersion,
  QueryOptions,
  Row,
  Snapshot,
  Snapshots,
  Storage,
  StorageEngine,
} from "./storage/port.ts";
export { createPostgresStorage, type PostgresOptions } from "./storage/postgres.ts";
export { onStatement, type StatementMessage } from "./storage/statement.ts";
