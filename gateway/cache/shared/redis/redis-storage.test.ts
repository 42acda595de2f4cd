import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { connectToRedis } from "#redis";
import { redis } from "../../../../test/services.ts";
import { describeSharedStorage } from "../storage.suite.ts";
import { RedisStorage, type RedisStorageOptions } from "./redis-storage.ts";

const service = await redis();
const key = { owner: "orders", digest: "a" };

async function open(
  keyPrefix: string,
  options: Partial<RedisStorageOptions> = {},
): Promise<{ storage: RedisStorage; close(): Promise<void> }> {
  const logger = { info: () => undefined, warn: () => undefined };
  const connection = await connectToRedis({ url: service.url, keyPrefix, timeoutMs: 5_000 }, { logger });
  const storage = new RedisStorage({
    redis: connection,
    keyPrefix,
    parts: 1,
    newEpoch: randomUUID,
    now: () => performance.now(),
    ...options,
  });
  return { storage, close: () => connection.close() };
}

/** Two processes with one prefix; what they leave is removed. */
async function openTwo(options: Partial<RedisStorageOptions> = {}): Promise<{
  storage: RedisStorage;
  other: RedisStorage;
  keyPrefix: string;
  close(): Promise<void>;
}> {
  const keyPrefix = `test-${randomUUID()}:`;
  const [one, two] = [await open(keyPrefix, options), await open(keyPrefix, options)];
  return {
    storage: one.storage,
    other: two.storage,
    keyPrefix,
    async close() {
      const { Redis } = await import("ioredis");
      const admin = new Redis(service.url);
      const left = await admin.keys(`${keyPrefix}*`);
      if (left.length > 0) await admin.unlink(...left);
      await Promise.all([admin.quit(), one.close(), two.close()]);
    },
  };
}

async function epochOf(storage: RedisStorage): Promise<string | undefined> {
  return (await storage.read([], [{ owner: key.owner, fields: [] }])).fences[0]?.epoch;
}

describe.skipIf(service.missing)("a shared storage in Redis", () => {
  describe.each([1, 16])("with %i parts", (parts) => {
    describeSharedStorage(() => openTwo({ parts }));
  });

  describe("begins a new epoch", () => {
    it("when its fences are gone", async () => {
      const { storage, other, keyPrefix, close } = await openTwo();
      const before = await epochOf(storage);
      expect(await epochOf(other)).toBe(before);
      const { Redis } = await import("ioredis");
      const admin = new Redis(service.url);
      await admin.unlink(`${keyPrefix}cache:{orders.0}:fences`);
      await admin.quit();
      expect(await epochOf(storage)).not.toBe(before);
      expect(await epochOf(other)).toBe(await epochOf(storage));
      await close();
    });

    it("when they come from another server", async () => {
      const { storage, other, keyPrefix, close } = await openTwo();
      const before = await epochOf(storage);
      const { Redis } = await import("ioredis");
      const admin = new Redis(service.url);
      await admin.hset(`${keyPrefix}cache:{orders.0}:fences`, ".run", "the former master");
      await admin.quit();
      expect(await epochOf(storage)).not.toBe(before);
      expect(await epochOf(other)).toBe(await epochOf(storage));
      await close();
    });

    it("when there are too many of them", async () => {
      const { storage, close } = await openTwo({ maxFences: 10 });
      const before = await epochOf(storage);
      const fields = Array.from({ length: 11 }, (_, index) => `${index}`);
      await storage.invalidate([{ owner: "orders", fields: fields.slice(0, 5), version: undefined }]);
      expect(await epochOf(storage)).toBe(before);
      await storage.invalidate([{ owner: "orders", fields, version: undefined }]);
      expect(await epochOf(storage)).not.toBe(before);
      await close();
    });

    it("when the server's clock has gone back", async () => {
      let now = 0;
      const { storage, close } = await openTwo({ now: () => now });
      const before = await epochOf(storage);
      // Ten seconds pass here, and hardly any there.
      now += 10_000;
      expect(await epochOf(storage)).not.toBe(before);
      const after = await epochOf(storage);
      expect(after).not.toBe(before);
      expect(await epochOf(storage)).toBe(after);
      await close();
    });
  });

  it("lets values end by themselves", async () => {
    const { storage, close } = await openTwo();
    await storage.write([{ key, bytes: Buffer.from("x"), ttlMs: 1, indexes: [] }]);
    await expect
      .poll(async () => (await storage.read([key], [{ owner: "orders", fields: [] }])).values)
      .toEqual([undefined]);
    await close();
  });

  it("lets a lease end by itself", async () => {
    const { storage, other, close } = await openTwo();
    await storage.lease([key], 1);
    await expect.poll(() => other.lease([key], 60_000)).toEqual([true]);
    await close();
  });
});
