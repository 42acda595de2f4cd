import type { RedisConnection } from "#redis";
import type { DocumentStore } from "./document-store.ts";
import { sha256 } from "./sha256.ts";

/**
 * `<prefix>document:<hash>` → text, for all gateways that share the Redis; one that nobody asks for goes after `ttlMs`. A
 * text that is not its hash's is as if it were not there: whoever can write to Redis cannot put another query under it.
 */
export function createRedisDocuments(redis: RedisConnection, { ttlMs }: { readonly ttlMs: number }): DocumentStore {
  const keyOf = (hash: string): string => `document:${hash}`;
  return {
    async get(hash) {
      const text = await redis.run((client) => client.getex(keyOf(hash), "PX", ttlMs)).catch(() => null);
      return text !== null && sha256(text) === hash ? text : undefined;
    },
    set(hash, text) {
      redis.run((client) => client.set(keyOf(hash), text, "PX", ttlMs)).catch(() => undefined);
    },
  };
}
