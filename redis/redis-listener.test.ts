import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ownKeyPrefix, type RedisProxy, startRedisProxy } from "../test/redis-proxy.ts";
import { redis as findRedis } from "../test/services.ts";
import { connectToRedis, type RedisConnection } from "./redis-connection.ts";
import { listenToRedis, type RedisListener } from "./redis-listener.ts";

const { url, missing } = await findRedis();

describe.skipIf(missing !== undefined)(`listening to Redis${missing === undefined ? "" : ` (${missing})`}`, () => {
  const channel = ownKeyPrefix();
  let proxy: RedisProxy;
  let connection: RedisConnection;
  let listener: RedisListener;
  beforeEach(async () => {
    proxy = await startRedisProxy(url);
    const logger = { info: () => undefined, warn: () => undefined };
    connection = await connectToRedis({ url, keyPrefix: "", timeoutMs: 5_000 }, { logger });
    listener = await listenToRedis(proxy.url);
  });
  afterEach(async () => {
    listener.close();
    await connection.close();
    await proxy.close();
  });
  const tell = (text: string): Promise<unknown> => connection.run((redis) => redis.publish(channel, text));
  /** Tells again until it is heard. */
  const untilHeard = (heard: readonly string[], text: string): Promise<void> =>
    vi.waitFor(
      async () => {
        await tell(text);
        expect(heard).toContain(text);
      },
      { timeout: 10_000, interval: 20 },
    );

  it("hears what is told on its channels, and nothing else, for as long as it wants to", async () => {
    const [one, two]: [string[], string[]] = [[], []];
    const endOne = listener.listen(channel, (text) => one.push(text));
    listener.listen(channel, (text) => two.push(text));
    const other: string[] = [];
    listener.listen(`${channel}other`, (text) => other.push(text));
    await untilHeard(one, "first");
    expect(two).toContain("first");
    endOne();
    await untilHeard(two, "second");
    expect(one).not.toContain("second");
    expect(other).toEqual([]);
  });

  it("hears again when the connection is back, also what it began to listen to meanwhile", async () => {
    const heard: string[] = [];
    listener.listen(channel, (text) => heard.push(text));
    await untilHeard(heard, "before");
    await proxy.cut();
    const late: string[] = [];
    listener.listen(channel, (text) => late.push(text));
    await proxy.restore();
    await untilHeard(heard, "after");
    expect(late).toContain("after");
  });
});
