import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ownKeyPrefix, type RedisProxy, startRedisProxy } from "../test/redis-proxy.ts";
import { redis as findRedis } from "../test/services.ts";
import { connectToRedis, type RedisConnection, RedisUnavailable } from "./redis-connection.ts";

const { url, missing } = await findRedis();

interface Setup {
  readonly connection: RedisConnection;
  /** Message and fields of every line. */
  readonly log: string[];
  /** Moves the connection's clock. */
  readonly clock: { now: number };
  failures(): Readonly<Record<string, number>>;
  /** Whether it answered, as it was told last. */
  isUp(): boolean | undefined;
}

async function setup(address: string, timeoutMs = 1_000): Promise<Setup> {
  const log: string[] = [];
  const note = (fields: object, message: string): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const clock = { now: 0 };
  const counts: Record<string, number> = {};
  let isUp: boolean | undefined;
  const connection = await connectToRedis(
    { url: address, keyPrefix: ownKeyPrefix(), timeoutMs },
    {
      logger: { info: note, warn: note },
      onFailure: (reason) => {
        counts[reason] = (counts[reason] ?? 0) + 1;
      },
      onState: (state) => {
        isUp = state;
      },
      now: () => clock.now,
    },
  );
  return { connection, log, clock, failures: () => counts, isUp: () => isUp };
}

const get = ({ connection }: Setup, key = "key"): Promise<string | null> => connection.run((redis) => redis.get(key));
const reasonOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => "answered",
    (error: unknown) => (error instanceof RedisUnavailable ? error.reason : error),
  );

/** Nothing else runs in this thread meanwhile. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe.skipIf(missing !== undefined)(`a connection to Redis${missing === undefined ? "" : ` (${missing})`}`, () => {
  let proxy: RedisProxy;
  beforeEach(async () => {
    proxy = await startRedisProxy(url);
  });
  afterEach(() => proxy.close());

  it("runs commands, with its prefix before every key", async () => {
    const made = await setup(proxy.url);
    await made.connection.run((redis) => redis.set("key", "value", "PX", 10_000));
    expect(await get(made)).toBe("value");
    const other = await setup(proxy.url);
    expect(await get(other)).toBeNull();
    await Promise.all([made.connection.close(), other.connection.close()]);
    expect(made.log).toEqual([]);
  });

  it("fails at once while Redis is gone, rests, and answers again when it is back", async () => {
    const made = await setup(proxy.url);
    expect(await get(made)).toBeNull();
    await proxy.cut();
    // What was sent before the cut was noticed times out; then nothing is sent any more.
    for (let i = 0; i < 3; i++) expect(await reasonOf(get(made))).toMatch(/^(timeout|unreachable)$/);
    expect(await reasonOf(get(made))).toBe("resting");
    await proxy.restore();
    expect(await reasonOf(get(made))).toBe("resting");
    await vi.waitFor(async () => {
      made.clock.now += 2_000;
      expect(await get(made)).toBeNull();
    }, 10_000);
    expect(made.log.at(-1)).toBe("Redis answers again {}");
    expect(made.failures().resting).toBeGreaterThanOrEqual(2);
    await made.connection.close();
  });

  it("waits for a silent Redis no longer than its time, and then not at all", async () => {
    const made = await setup(proxy.url, 50);
    proxy.silence(true);
    for (let i = 0; i < 3; i++) expect(await reasonOf(get(made))).toBe("timeout");
    expect(await reasonOf(get(made))).toBe("resting");
    // The silent connection is given up for a new one, which answers.
    proxy.silence(false);
    await vi.waitFor(async () => {
      made.clock.now += 2_000;
      expect(await get(made)).toBeNull();
    }, 10_000);
    await made.connection.close();
  });

  it("tries what is urgent while others rest, and goes on with all when that is answered", async () => {
    const made = await setup(proxy.url, 50);
    const urgent = (): Promise<unknown> => made.connection.run((redis) => redis.get("key"), true);
    proxy.silence(true);
    for (let i = 0; i < 3; i++) expect(await reasonOf(get(made))).toBe("timeout");
    expect(await reasonOf(get(made))).toBe("resting");
    expect(await reasonOf(urgent())).toMatch(/^(timeout|unreachable)$/);
    expect(made.connection.isResting).toBe(true);
    proxy.silence(false);
    await vi.waitFor(async () => expect(await urgent()).toBeNull(), 10_000);
    // The clock stands still: it is not that the rest is over.
    expect(made.connection.isResting).toBe(false);
    expect(await get(made)).toBeNull();
    await made.connection.close();
  });

  it("takes what was answered in time while this process was busy", async () => {
    const made = await setup(url, 50);
    await made.connection.run((redis) => redis.set("key", "value", "PX", 10_000));
    for (let i = 0; i < 4; i++) {
      const asked = get(made);
      standStill(120);
      expect(await asked).toBe("value");
    }
    expect(made.failures()).toEqual({});
    await made.connection.close();
  });

  it("is up as soon as something is answered again, also where it was never cut off", async () => {
    const made = await setup(proxy.url);
    await made.connection.run((redis) => redis.set("key", "value", "PX", 10_000));
    const refused = (): Promise<unknown> => reasonOf(made.connection.run((redis) => redis.hget("key", "field")));
    for (let i = 0; i < 3; i++) expect(await refused()).toBe("refused");
    expect([made.isUp(), made.connection.isResting]).toEqual([false, true]);
    made.clock.now += 2_000;
    expect(await get(made)).toBe("value");
    expect(made.isUp()).toBe(true);
    // What fails and is answered in turns is told once a second.
    made.clock.now += 2_000;
    made.log.length = 0;
    for (let i = 0; i < 10; i++) {
      expect(await refused()).toBe("refused");
      expect(await get(made)).toBe("value");
    }
    expect(made.log.map((line) => line.split(" {")[0])).toEqual([
      "Redis does not answer as it should; the mesh goes on without it",
      "Redis answers again",
    ]);
    await made.connection.close();
  });

  it("complains at most once a second, and tells neither keys nor values", async () => {
    const made = await setup(proxy.url);
    await made.connection.run((redis) => redis.set("key", "text", "PX", 10_000));
    const wrong = (): Promise<unknown> => reasonOf(made.connection.run((redis) => redis.lpush("key", "secret")));
    expect(await wrong()).toBe("refused");
    expect(await wrong()).toBe("refused");
    made.clock.now += 999;
    expect(await get(made)).toBe("text");
    expect(await wrong()).toBe("refused");
    made.clock.now += 1;
    expect(await wrong()).toBe("refused");
    const complaint = `Redis does not answer as it should; the mesh goes on without it {"reason":"WRONGTYPE"}`;
    expect(made.log).toEqual([complaint, "Redis answers again {}", complaint]);
    await made.connection.close();
  });
});

describe("without a Redis", () => {
  it("connecting ends, and commands fail at once, where nobody listens", async () => {
    const made = await setup("redis://127.0.0.1:1");
    expect(await reasonOf(get(made))).toBe("unreachable");
    expect(made.log).toEqual([
      `Redis does not answer as it should; the mesh goes on without it {"reason":"ECONNREFUSED"}`,
    ]);
    await made.connection.close();
  });

  it("connecting ends where somebody listens who never says a word", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const made = await setup(`redis://127.0.0.1:${port}`);
    expect(await reasonOf(get(made))).toMatch(/^(timeout|unreachable)$/);
    await made.connection.close();
    silent.close();
  });
});
