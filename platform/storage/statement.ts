/**
 * Every SQL statement that a storage runs can be seen on the diagnostics channel `mesh.storage.statement`:
 * tests count them, metrics time them. It costs nothing when nobody listens. Parameters are not shown: they may be personal.
 */
import { channel } from "node:diagnostics_channel";
import type { StorageEngine } from "./port.ts";

export interface StatementMessage {
  readonly product: string;
  readonly engine: StorageEngine;
  /** `read` inside a snapshot, `write` inside a draft. */
  readonly purpose: "read" | "write";
  readonly sql: string;
  readonly elapsedMs: number;
}

const statements = channel("mesh.storage.statement");

/** Calls `listener` after every statement until the returned function is called. */
export function onStatement(listener: (message: StatementMessage) => void): () => void {
  // The channel is published to by `observed` alone, so the message is what it says.
  const receive = (message: unknown): void => listener(message as StatementMessage);
  statements.subscribe(receive);
  return () => void statements.unsubscribe(receive);
}

/** Runs one statement and tells who listens. */
export async function observed<T>(about: Omit<StatementMessage, "elapsedMs">, run: () => Promise<T>): Promise<T> {
  if (!statements.hasSubscribers) return run();
  const start = performance.now();
  try {
    return await run();
  } finally {
    statements.publish({ ...about, elapsedMs: performance.now() - start } satisfies StatementMessage);
  }
}
