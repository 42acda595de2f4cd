/** PostgreSQL as a product's storage. */
import type { Storage } from "./port.ts";
export interface PostgresOptions {
  readonly product: string;
  readonly url: string;
  readonly schema: string;
}
export function createPostgresStorage(_options: PostgresOptions): Storage {
  throw new Error("not yet");
}
