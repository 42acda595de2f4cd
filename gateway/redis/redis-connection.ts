/**
 * One connection to Redis for what the gateway may do without: every command answers or fails within `timeoutMs`, and while
 * Redis is gone or slow nobody waits for it.
 *
 *   answering ──`maxFailures` in a row──▶ resting: commands fail at once ──restMs──▶ tried again with the next command
 *
 * 1. Nothing is queued for a connection that is not there, and nothing is sent twice.
 * 2. A connection whose commands time out is replaced; a lost one is made again in the background, for ever.
 * 3. Trouble is logged at most once a second, and its end once. No key, value or address with a password is in a log.
 */
import type { Redis } from "ioredis";
import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";

export interface RedisOptions {
  /** `redis://` or, with TLS, `rediss://`; may hold a name, a password and the number of a database. */
  readonly url: string;
  /** Before every key, so that several meshes can share a Redis. */
  readonly keyPrefix: string;
  readonly timeoutMs: number;
}

export const defaultRedisOptions: Omit<RedisOptions, "url"> = Object.freeze({ keyPrefix: "datamesh:", timeoutMs: 50 });

export interface RedisConnection {
  /** Rejects with `RedisUnavailable`, whatever went wrong. */
  run<T>(command: (redis: Redis) => Promise<T>): Promise<T>;
  /** Lets what was sent be answered, within `timeoutMs`. */
  close(): Promise<void>;
}

export class RedisUnavailable extends Error {
  /** `resting`: not even tried. */
  readonly reason: "unreachable" | "timeout" | "refused" | "resting";

  constructor(reason: RedisUnavailable["reason"], cause?: unknown) {
    super(`Redis did not answer: ${reason}`, { cause });
    this.name = "RedisUnavailable";
    this.reason = reason;
  }
}

interface Observer {
  readonly logger: Logger;
  readonly metrics: Pick<GatewayMetrics, "redisFailures" | "redisUp">;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: (() => number) | undefined;
}

const connectTimeoutMs = 1_000;
const maxFailures = 3;
const restMs = 1_000;
const logEveryMs = 1_000;

/** Resolves when it is connected or cannot be for now; never rejects for a server that is not there. */
export async function connectToRedis(options: RedisOptions, observer: Observer): Promise<RedisConnection> {
  // Only who has a Redis loads its client.
  const { Redis } = await import("ioredis");
  const redis = new Redis(options.url, {
    keyPrefix: options.keyPrefix,
    connectionName: "datamesh",
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    commandTimeout: options.timeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(100 * times, 2_000),
  });
  const { logger, metrics, now = () => performance.now() } = observer;
  let isDown = false;
  let loggedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let restsUntil = Number.NEGATIVE_INFINITY;

  const complain = (error: unknown): void => {
    isDown = true;
    metrics.redisUp.set(0);
    if (now() - loggedAt < logEveryMs) return;
    loggedAt = now();
    logger.warn({ reason: describe(error) }, "Redis does not answer as it should; the gateway goes on without it");
  };
  const recover = (): void => {
    failures = 0;
    metrics.redisUp.set(1);
    if (isDown) logger.info({}, "Redis answers again");
    isDown = false;
  };
  redis.on("error", complain);
  redis.on("ready", recover);
  await redis.connect().catch(complain);

  return {
    async run(command) {
      if (now() < restsUntil) throw fail(new RedisUnavailable("resting"));
      try {
        const answer = await command(redis);
        if (failures > 0) recover();
        return answer;
      } catch (error) {
        complain(error);
        failures += 1;
        const failure = new RedisUnavailable(reasonOf(error), error);
        if (failures >= maxFailures) {
          restsUntil = now() + restMs;
          failures = 0;
          if (failure.reason === "timeout") redis.disconnect(true);
        }
        throw fail(failure);
      }
    },
    async close() {
      await redis.quit().catch(() => undefined);
      redis.disconnect();
    },
  };

  function fail(failure: RedisUnavailable): RedisUnavailable {
    metrics.redisFailures.inc({ reason: failure.reason });
    return failure;
  }
}

/** What ioredis throws: an error reply of the server, a time-out of its own, or a connection that is not there. */
function reasonOf(error: unknown): RedisUnavailable["reason"] {
  if (!(error instanceof Error)) return "unreachable";
  if (error.name === "ReplyError") return "refused";
  return error.message === "Command timed out" ? "timeout" : "unreachable";
}

/** `ECONNREFUSED`, `WRONGPASS`, `timeout`: an error reply can quote keys and values, so only its first word is told. */
function describe(error: unknown): string {
  const reason = reasonOf(error);
  if (!(error instanceof Error) || reason === "timeout") return reason;
  if (reason === "refused") return error.message.split(" ", 1)[0] ?? reason;
  return "code" in error && typeof error.code === "string" ? error.code : reason;
}
