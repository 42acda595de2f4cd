/**
 * One connection to Redis for what the mesh may do without: every command answers or fails within `timeoutMs`, and while
 * Redis is gone or slow nobody waits for it.
 *
 *   answering ──`maxFailures` in a row──▶ resting: commands fail at once ──restMs──▶ tried again with the next command
 *        ▲                                       └──an urgent command is answered──┐
 *        └─────────────────────────────────────────────────────────────────────────┘
 *
 * 1. Nothing is queued for a connection that is not there, and nothing is sent twice.
 * 2. A connection whose commands time out is replaced; a lost one is made again in the background, for ever.
 * 3. Trouble is logged at most once a second, and its end once. No key, value or address with a password is in a log.
 */
import type { Redis } from "ioredis";
import { readRedisAddress } from "./address.ts";
import { AnswerLate, answerInTime } from "./answer-in-time.ts";
import { createClient } from "./create-client.ts";

export interface RedisOptions {
  /** `redis://` one server, `redis+sentinel://`, `redis+cluster://` (`address.ts`); may hold a name and a password. */
  readonly url: string;
  /** Before every key, so that several meshes can share a Redis. */
  readonly keyPrefix: string;
  readonly timeoutMs: number;
}

export const defaultRedisOptions: Omit<RedisOptions, "url"> = Object.freeze({ keyPrefix: "datamesh:", timeoutMs: 50 });

export interface RedisConnection {
  /** Commands would fail at once. */
  readonly isResting: boolean;
  /**
   * The identity of the process that answers (`run_id`): another one after a restart or a fail-over. Whatever a command that
   * is sent now is answered with comes from it. Undefined while it is not known, and in a cluster.
   */
  readonly serverRun: string | undefined;
  /**
   * Rejects with `RedisUnavailable`, whatever went wrong.
   *
   * @param isUrgent it is tried while others rest: for what somebody must hear of, and nobody waits for it who could go on
   * without.
   */
  run<T>(command: (redis: Redis) => Promise<T>, isUrgent?: boolean): Promise<T>;
  /** Lets what was sent be answered, within `timeoutMs`. */
  close(): Promise<void>;
}

export type RedisFailureReason = "unreachable" | "timeout" | "refused" | "resting";

export class RedisUnavailable extends Error {
  /** `resting`: not even tried. */
  readonly reason: RedisFailureReason;

  constructor(reason: RedisFailureReason, cause?: unknown) {
    super(`Redis did not answer: ${reason}`, { cause });
    this.name = "RedisUnavailable";
    this.reason = reason;
  }
}

/** Who is told how the connection fares. Must not throw. */
export interface RedisObserver {
  readonly logger: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  /** A command did not get its answer. */
  onFailure?(reason: RedisFailureReason): void;
  /** Whether it answers, told again and again. */
  onState?(isUp: boolean): void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: (() => number) | undefined;
}

const maxFailures = 3;
const restMs = 1_000;
const logEveryMs = 1_000;
/** What the client itself asks when it connects may take longer than a command by so much. */
const greetingMs = 1_000;

/**
 * Resolves when it is connected or cannot be for now; never rejects for a server that is not there. Raises
 * `REDIS_ADDRESS_INVALID`.
 */
export async function connectToRedis(options: RedisOptions, observer: RedisObserver): Promise<RedisConnection> {
  const address = readRedisAddress(options.url);
  const { keyPrefix, timeoutMs } = options;
  const redis = await createClient(address, { keyPrefix, timeoutMs: timeoutMs + greetingMs });
  const { logger, onFailure, onState, now = () => performance.now() } = observer;
  let isDown = false;
  /** It was logged that it is down. */
  let isToldDown = false;
  let loggedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let restsUntil = Number.NEGATIVE_INFINITY;

  const complain = (error: unknown): void => {
    isDown = true;
    onState?.(false);
    if (now() - loggedAt < logEveryMs) return;
    loggedAt = now();
    isToldDown = true;
    logger.warn({ reason: describe(error) }, "Redis does not answer as it should; the mesh goes on without it");
  };
  const recover = (): void => {
    failures = 0;
    restsUntil = Number.NEGATIVE_INFINITY;
    onState?.(true);
    if (isToldDown) logger.info({}, "Redis answers again");
    isDown = false;
    isToldDown = false;
  };
  redis.on("error", complain);
  redis.on("ready", recover);
  const run = address.kind === "cluster" ? undefined : followServerRun(redis);
  await redis.connect().catch(complain);

  return {
    get isResting() {
      return now() < restsUntil;
    },
    get serverRun() {
      return run?.();
    },
    async run(command, isUrgent = false) {
      const rests = now() < restsUntil;
      if (rests && !isUrgent) throw fail(new RedisUnavailable("resting"));
      try {
        const answer = await answerInTime(command(redis), timeoutMs);
        // It may be down without a failed command, as when a cluster's client has lost one of its nodes.
        if (failures > 0 || isDown || rests) recover();
        return answer;
      } catch (error) {
        complain(error);
        const failure = new RedisUnavailable(reasonOf(error), error);
        // What is tried while others rest neither prolongs that nor replaces the connection again.
        if (!rests) failures += 1;
        if (failures >= maxFailures) {
          restsUntil = now() + restMs;
          failures = 0;
          // A cluster's client that is connecting is not disturbed: it would not come to an end of that.
          const isConnected = address.kind !== "cluster" || redis.status === "ready";
          if (failure.reason === "timeout" && isConnected) redis.disconnect(true);
        }
        throw fail(failure);
      }
    },
    async close() {
      await answerInTime(redis.quit(), timeoutMs).catch(() => undefined);
      redis.disconnect();
    },
  };

  function fail(failure: RedisUnavailable): RedisUnavailable {
    onFailure?.(failure.reason);
    return failure;
  }
}

/** Asked anew on each connection, before anything else is sent on it; forgotten as soon as it is lost. */
function followServerRun(redis: Redis): () => string | undefined {
  let run: string | undefined;
  let connections = 0;
  redis.on("ready", () => {
    const connection = ++connections;
    const keep = (info: string): void => {
      if (connection === connections) run = /^run_id:(\w+)/m.exec(info)?.[1];
    };
    redis.info("server").then(keep, () => undefined);
  });
  redis.on("close", () => {
    connections++;
    run = undefined;
  });
  return () => run;
}

/** What was too late, or what ioredis throws: an error reply of the server, or a connection that is not there. */
function reasonOf(error: unknown): RedisFailureReason {
  if (error instanceof AnswerLate) return "timeout";
  if (!(error instanceof Error)) return "unreachable";
  if (error.name === "ReplyError") return "refused";
  return "unreachable";
}

/** `ECONNREFUSED`, `WRONGPASS`, `timeout`: an error reply can quote keys and values, so only its first word is told. */
function describe(error: unknown): string {
  const reason = reasonOf(error);
  if (!(error instanceof Error) || reason === "timeout") return reason;
  if (reason === "refused") return error.message.split(" ", 1)[0] ?? reason;
  return "code" in error && typeof error.code === "string" ? error.code : reason;
}
