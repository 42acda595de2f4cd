/** Which engine keeps a product: what its manifest names, as far as this mesh has it. */
import { join } from "node:path";
import type { LinkedProduct } from "#schema";
import { platformError } from "./errors.ts";
import { createDuckDBStorage } from "./storage/duckdb.ts";
import type { Storage } from "./storage/port.ts";
import { createPostgresStorage } from "./storage/postgres.ts";

export interface StorageOptions {
  /** Each product gets a folder of its own below it. */
  readonly stateDir: string;
  /** Where products with `storage: postgres` are kept; without it they are kept in DuckDB. */
  readonly databaseUrl?: string | undefined;
  /** The PostgreSQL schema of a product; default `mesh_<product>`. */
  readonly databaseSchema?: ((product: string) => string) | undefined;
}

export interface ChosenStorage {
  readonly storage: Storage;
  /** Set when it is not the engine that the manifest names. */
  readonly notice: string | undefined;
}

/** Raises `PRODUCT_NOT_SUPPORTED` when the outputs or the SQL ask for different engines. */
export function createStorage(product: LinkedProduct, options: StorageOptions): ChosenStorage {
  const { manifest } = product;
  const name = manifest.metadata.name;
  const named = [...new Set(product.tables.flatMap(({ output }) => output.storage ?? []))];
  if (named.length > 1) {
    throw platformError(
      "PRODUCT_NOT_SUPPORTED",
      `Product "${name}": its tables name ${named.join(" and ")} as storage. A product is kept in one engine, so that a version is published as a whole.`,
    );
  }
  const wanted = named[0] ?? "duckdb";
  const engine = wanted === "postgres" && options.databaseUrl === undefined ? "duckdb" : wanted;
  const { engine: sqlEngine } = manifest.transformation;
  if (manifest.transformation.type === "sql" && sqlEngine !== undefined && sqlEngine !== engine) {
    throw platformError(
      "PRODUCT_NOT_SUPPORTED",
      `Product "${name}": its SQL is written for ${sqlEngine}, but its tables are kept in ${engine}.${wanted === engine ? "" : " No database URL is configured: set DATABASE_URL,"} ${wanted === engine ? "Name the same engine in spec.transformation.engine and in the outputs' `storage`" : "or leave spec.transformation.engine out when the SQL runs on both"}.`,
    );
  }
  if (engine === "postgres" && options.databaseUrl !== undefined) {
    const schema = options.databaseSchema?.(name) ?? `mesh_${name.replaceAll("-", "_")}`;
    return { storage: createPostgresStorage({ product: name, url: options.databaseUrl, schema }), notice: undefined };
  }
  return {
    storage: createDuckDBStorage({ product: name, file: join(options.stateDir, name, "data.duckdb") }),
    notice:
      wanted === engine
        ? undefined
        : `Product "${name}" names PostgreSQL as storage, but no database URL is configured: it is kept in DuckDB.`,
  };
}
