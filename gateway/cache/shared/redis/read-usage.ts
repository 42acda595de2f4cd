import { type Cluster, Redis } from "ioredis";
import type { SharedUsage } from "../shared-storage.ts";

const keysAtOnce = 500;

/** Walks over the keys of the server, or of every master of a cluster; while it does, others are served in between. */
export async function readUsage(redis: Redis, keyPrefix: string, limit: number): Promise<SharedUsage> {
  const owners = new Map<string, { entries: number; bytes: number }>();
  let looked = 0;
  const servers = redis instanceof Redis ? [redis] : (redis as Cluster).nodes("master");
  for (const [index, server] of servers.entries()) {
    let cursor = "0";
    do {
      const pattern = `${keyPrefix.replaceAll(/[*?[\]\\]/g, "\\$&")}cache:{*}:e:*`;
      const [next, found] = await server.scan(cursor, "MATCH", pattern, "COUNT", keysAtOnce);
      cursor = next;
      for (const [owner, bytes] of await measure(redis, found, keyPrefix)) {
        const known = owners.get(owner) ?? { entries: 0, bytes: 0 };
        owners.set(owner, { entries: known.entries + 1, bytes: known.bytes + bytes });
      }
      looked += found.length;
      const isLast = cursor === "0" && index === servers.length - 1;
      if (looked >= limit && !isLast) return { owners, isPartial: true };
    } while (cursor !== "0");
  }
  return { owners, isPartial: false };
}

async function measure(
  redis: Redis,
  found: readonly string[],
  keyPrefix: string,
): Promise<readonly (readonly [owner: string, bytes: number])[]> {
  const keys = found.map((key) => key.slice(keyPrefix.length));
  const lengths = await Promise.all(keys.map((key) => redis.strlen(key)));
  return keys.flatMap((key, index) => {
    const owner = ownerOf(key);
    return owner === undefined ? [] : [[owner, (lengths[index] ?? 0) + key.length] as const];
  });
}

/** Undefined for a key that is none of ours. */
function ownerOf(key: string): string | undefined {
  const name = /^cache:\{(.*)\.\d+\}/.exec(key)?.[1];
  try {
    return name && decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
