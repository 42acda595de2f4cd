/** Where records go. Adapters: files, a PostgreSQL table, a stream; `sink.suite.ts` is their contract. */
import type { AuditEntry } from "../chain.ts";

export interface AuditSink {
  /**
   * Links the entries to the chain and writes them, all or none, in this order. Resolves when they are as safe as the
   * sink makes them. After a rejection the same array may be given again: what had been written all the same is not
   * written twice. Called one at a time.
   */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Lets the next process go on with the chain. Nothing is appended afterwards. */
  close(): Promise<void>;
}
