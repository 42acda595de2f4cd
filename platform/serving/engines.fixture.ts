/** The storage engines that serving is tested on. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { LinkedProduct } from "#schema";
import { postgres } from "../../test/services.ts";
import { createDuckDBStorage } from "../storage/duckdb.ts";
import type { Storage } from "../storage/port.ts";
import { createPostgresStorage } from "../storage/postgres.ts";

interface OpenedEngine {
  readonly storage: Storage;
  /** Another storage over the same rows, as another process has it, where the engine can. */
  beside?(): Promise<Storage>;
  discard(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot be used, or undefined. */
  readonly missing: string | undefined;
  open(product: LinkedProduct): Promise<OpenedEngine>;
}

const duckdb: Engine = {
  name: "DuckDB",
  missing: undefined,
  async open(product) {
    const storage = createDuckDBStorage({ product: product.manifest.metadata.name, file: ":memory:" });
    await storage.open();
    return { storage, discard: () => storage.close() };
  },
};

const server = await postgres();
const postgresql: Engine = {
  name: server.missing === undefined ? "PostgreSQL" : `PostgreSQL (${server.missing})`,
  missing: server.missing,
  async open(product) {
    const schema = `serving_${randomUUID().replaceAll("-", "")}`;
    const opened: Storage[] = [];
    const open = async (): Promise<Storage> => {
      const storage = createPostgresStorage({ product: product.manifest.metadata.name, url: server.url, schema });
      await storage.open();
      opened.push(storage);
      return storage;
    };
    return {
      storage: await open(),
      beside: open,
      async discard() {
        for (const storage of opened) await storage.close();
        const client = new pg.Client({ connectionString: server.url });
        await client.connect();
        await client.query(`drop schema if exists "${schema}" cascade`);
        await client.end();
      },
    };
  },
};

export const engines: readonly Engine[] = [duckdb, postgresql];
