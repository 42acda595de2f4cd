/**
 * Hears what is told on channels, on a connection of its own. What is told while that is not there is not heard: who has to
 * know asks again by himself now and then. A lost connection is made again in the background, for ever, and one that is
 * silent is noticed.
 */
import { readRedisAddress } from "./address.ts";
import { createClient } from "./create-client.ts";

export interface RedisListener {
  /** Calls `heard` with each text that is told there, until the returned function is called. */
  listen(channel: string, heard: (text: string) => void): () => void;
  close(): void;
}

const timeoutMs = 2_000;
const askEveryMs = 5_000;

/** Does not wait until it is connected. Raises `REDIS_ADDRESS_INVALID`. */
export async function listenToRedis(url: string): Promise<RedisListener> {
  const redis = await createClient(readRedisAddress(url), { keyPrefix: "", timeoutMs });
  const heardOn = new Map<string, Set<(text: string) => void>>();
  const ignore = (): void => undefined;

  // Whoever uses this has a connection for commands, too, which complains of the same.
  redis.on("error", ignore);
  redis.on("message", (channel: string, text: string) => {
    for (const heard of heardOn.get(channel) ?? []) heard(text);
  });
  redis.on("ready", () => {
    if (heardOn.size > 0) redis.subscribe(...heardOn.keys()).catch(() => redis.disconnect(true));
  });
  redis.connect().catch(ignore);
  const asking = setInterval(() => {
    if (redis.status === "ready") redis.ping().catch(() => redis.disconnect(true));
  }, askEveryMs).unref();

  return {
    listen(channel, heard) {
      const all = heardOn.get(channel) ?? new Set();
      if (all.size === 0 && redis.status === "ready") redis.subscribe(channel).catch(() => redis.disconnect(true));
      heardOn.set(channel, all.add(heard));
      return () => {
        all.delete(heard);
        if (all.size > 0) return;
        heardOn.delete(channel);
        if (redis.status === "ready") redis.unsubscribe(channel).catch(ignore);
      };
    },
    close() {
      clearInterval(asking);
      redis.disconnect();
    },
  };
}
