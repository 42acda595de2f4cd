import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ownKeyPrefix, type RedisProxy, startRedisProxy } from "../test/redis-proxy.ts";
import { redis as findRedis } from "../test/services.ts";
import { connectToRedis, type RedisConnection } from "./redis-connection.ts";
import { type RedisSubscription, subscribeToRedis } from "./subscription.ts";

const { url, missing } = await findRedis();

describe.skipIf(missing !== undefined)(`a subscription${missing === undefined ? "" : ` (${missing})`}`, () => {
  let proxy: RedisProxy;
  let connection: RedisConnection;
  const open: RedisSubscription[] = [];
  beforeEach(async () => {
    proxy = await startRedisProxy(url);
    const logger = { info: () => undefined, warn: () => undefined };
    connection = await connectToRedis({ url, keyPrefix: "", timeoutMs: 1_000 }, { logger });
  });
  afterEach(async () => {
    for (const subscription of open.splice(0)) subscription.close();
    await connection.close();
    await proxy.close();
  });
  const publish = (channel: string, text: string): Promise<number> =>
    connection.run((client) => client.publish(channel, text));
  const subscribe = async (...channels: string[]) => {
    const heard: string[] = [];
    const onLost = vi.fn();
    const onMessage = (channel: string, text: string): void => void heard.push(`${channel} ${text}`);
    const subscription = await subscribeToRedis(proxy.url, channels, { onMessage, onLost });
    open.push(subscription);
    return { heard, onLost, subscription };
  };

  it("hears what is published on its channels from then on", async () => {
    const [one, two] = [`${ownKeyPrefix()}one`, `${ownKeyPrefix()}two`];
    const { heard, onLost } = await subscribe(one, two);
    for (const [channel, text] of [
      [one, "a"],
      [two, "b\n🙂"],
      [one, ""],
    ] as const)
      await publish(channel, text);
    await vi.waitFor(() => expect(heard).toEqual([`${one} a`, `${two} b\n🙂`, `${one} `]));
    expect(onLost).not.toHaveBeenCalled();
  });

  it("is told once that it is lost, and hears nothing any more", async () => {
    const channel = ownKeyPrefix();
    const { heard, onLost } = await subscribe(channel);
    await proxy.cut();
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    await proxy.restore();
    expect(await publish(channel, "a")).toBe(0);
    expect(heard).toEqual([]);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("tells nothing once it is closed", async () => {
    const channel = ownKeyPrefix();
    const { heard, onLost, subscription } = await subscribe(channel);
    subscription.close();
    await vi.waitFor(async () => expect(await publish(channel, "a")).toBe(0));
    await proxy.cut();
    expect(heard).toEqual([]);
    expect(onLost).not.toHaveBeenCalled();
  });

  it("is not opened where nobody answers", async () => {
    proxy.silence(true);
    await expect(subscribe("a")).rejects.toThrow();
  });
});

it("is not opened where nobody listens, or somebody who hangs up", async () => {
  const listener = { onMessage: () => undefined, onLost: vi.fn() };
  await expect(subscribeToRedis("redis://127.0.0.1:1", ["a"], listener)).rejects.toThrow();
  const server = createServer((socket) => socket.on("error", () => undefined).destroy());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await expect(subscribeToRedis(`redis://127.0.0.1:${port}`, ["a"], listener)).rejects.toThrow();
  server.close();
  expect(listener.onLost).not.toHaveBeenCalled();
});
