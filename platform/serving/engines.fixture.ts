/** The storage engines that serving is tested on. */
import type { LinkedProduct } from "#schema";
import { createDuckDBStorage } from "../storage/duckdb.ts";
import type { Storage } from "../storage/port.ts";

export interface Engine {
  readonly name: string;
  /** Why it cannot be used, or undefined. */
  readonly missing: string | undefined;
  open(product: LinkedProduct): Promise<Storage>;
  /** Closes the storage and removes what it kept. */
  discard(storage: Storage): Promise<void>;
}

const duckdb: Engine = {
  name: "DuckDB",
  missing: undefined,
  async open(product) {
    const storage = createDuckDBStorage({ product: product.manifest.metadata.name, file: ":memory:" });
    await storage.open();
    return storage;
  },
  discard: (storage) => storage.close(),
};

export const engines: readonly Engine[] = [duckdb];
