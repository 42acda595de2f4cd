/** The runtime that every data product stands on: storage, ingestion, transformation, serving and the life that joins them. */
export { type PlatformErrorCode, platformError, platformErrors } from "./errors.ts";
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
export { onStatement, type StatementMessage } from "./storage/statement.ts";
