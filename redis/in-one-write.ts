import type { Redis } from "ioredis";

/**
 * What `send` asks a server at once leaves in one write instead of one for each command: with small commands writing is
 * most of what they cost. In a cluster, and without a connection, `send` is called and nothing else.
 */
export function inOneWrite<T>(redis: Redis, send: () => T): T {
  // A cluster's client has no stream of its own, and one that has not connected yet has none so far.
  const { stream }: { readonly stream?: Redis["stream"] | null } = redis;
  if (stream == null) return send();
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}
