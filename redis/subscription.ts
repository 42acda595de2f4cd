/**
 * One subscription to channels, on a connection of its own. It is never mended: who subscribes has to know that there was a
 * time without, so a lost one is told, once, and another one is opened in its stead.
 *
 * In a cluster the client may move to another node without a word, and what is published meanwhile is lost. Only messages
 * of one's own that come back show that one still hears.
 */
import { readRedisAddress } from "./address.ts";
import { createClient } from "./create-client.ts";

export interface RedisSubscription {
  /** Nothing is told any more. */
  close(): void;
}

/** Must not throw. */
export interface SubscriptionListener {
  onMessage(channel: string, text: string): void;
  /** Nothing comes any more. Called once, if ever. */
  onLost(): void;
}

const openLimitMs = 2_000;

/**
 * Resolves when the server has confirmed every channel: what is published from then on arrives. Rejects when it does not in
 * time. The names of channels are taken as they are, without a prefix. Raises `REDIS_ADDRESS_INVALID`.
 */
export async function subscribeToRedis(
  url: string,
  channels: readonly string[],
  { onMessage, onLost }: SubscriptionListener,
): Promise<RedisSubscription> {
  const redis = await createClient(readRedisAddress(url), { keyPrefix: "", timeoutMs: openLimitMs });
  const lost = Promise.withResolvers<never>();
  let isOpen = false;
  const end = (): void => {
    redis.off("message", onMessage);
    redis.off("close", lose);
    redis.disconnect();
  };
  const lose = (): void => {
    end();
    lost.reject(new Error("the connection was lost"));
    if (isOpen) onLost();
    isOpen = false;
  };
  // Whoever waits for the opening hears of it.
  lost.promise.catch(() => undefined);
  // What is wrong ends the connection, and that is told. The client takes an error that nobody listens to for a crash.
  redis.on("error", () => undefined);
  redis.on("message", onMessage);
  redis.on("close", lose);
  const late = setTimeout(lose, openLimitMs);
  try {
    await Promise.race([lost.promise, redis.connect().then(() => redis.subscribe(...channels))]);
    isOpen = true;
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(late);
  }
  return {
    close() {
      isOpen = false;
      end();
    },
  };
}
