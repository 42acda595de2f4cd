import type { RedisConnection } from "#redis";
import type { DocumentStore } from "./document-store.ts";
import { createMemoryDocuments } from "./memory-documents.ts";
import { createRedisDocuments } from "./redis-documents.ts";
import { createSharedDocuments } from "./shared-documents.ts";

export interface PersistedQueriesOptions {
  /** Of the texts that are kept in this process. */
  readonly maxBytes: number;
  /** How long Redis, where there is one, keeps a text that nobody asks for. */
  readonly ttlMs: number;
}

const defaultOptions: PersistedQueriesOptions = { maxBytes: 16_000_000, ttlMs: 86_400_000 };

/** Undefined when no texts are to be kept. */
export function createDocumentStore(
  options: Partial<PersistedQueriesOptions> | false = {},
  redis: RedisConnection | undefined,
): DocumentStore | undefined {
  if (options === false) return undefined;
  const { maxBytes, ttlMs } = { ...defaultOptions, ...options };
  const near = createMemoryDocuments({ maxBytes });
  return redis === undefined ? near : createSharedDocuments(near, createRedisDocuments(redis, { ttlMs }));
}
