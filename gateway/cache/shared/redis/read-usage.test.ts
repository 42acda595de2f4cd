import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { readUsage } from "./read-usage.ts";

const keyPrefix = "mesh*[1]?:";

/** The pages that one server gives, one after the other; and what it was asked. */
function server(pages: readonly (readonly string[])[]) {
  const asked: unknown[][] = [];
  return {
    asked,
    scan: async (cursor: string, ...args: unknown[]): Promise<[string, string[]]> => {
      asked.push(args);
      const next = Number(cursor) + 1;
      const found = (pages[Number(cursor)] ?? []).map((name) => keyPrefix + name);
      return [next < pages.length ? String(next) : "0", found];
    },
  };
}

const strlen = async (key: string): Promise<number> => (key.endsWith(":gone") ? 0 : 100);

/** Never connected: it is asked for nothing else. */
function single(pages: readonly (readonly string[])[]) {
  const { asked, scan } = server(pages);
  return { asked, redis: Object.assign(new Redis({ lazyConnect: true }), { scan, strlen }) };
}

/** No more of a cluster is asked. */
function cluster(...nodes: readonly (readonly (readonly string[])[])[]) {
  const servers = nodes.map(server);
  const redis = { nodes: (role: string) => (role === "master" ? servers : []), strlen } as unknown as Redis;
  return { redis, asked: servers.map(({ asked }) => asked) };
}

describe("what is used of what gateways share", () => {
  it("is summed by owner over all pages, whatever the owner is called", async () => {
    const names = ["orders", "a.1", 'ä"b,c}{', "__proto__", "a/0"];
    const keys = names.map((name, index) => `cache:{${encodeURIComponent(name)}.${index}}:e:abc`);
    const { redis } = single([keys, [], ["cache:{orders.11}:e:gone"], []]);
    const { owners, isPartial } = await readUsage(redis, keyPrefix, 100);
    expect([...owners.keys()]).toEqual(names);
    expect(owners.get("orders")).toEqual({
      entries: 2,
      bytes: 100 + "cache:{orders.0}:e:abc".length + "cache:{orders.11}:e:gone".length,
    });
    expect(owners.get("__proto__")?.entries).toBe(1);
    expect(isPartial).toBe(false);
  });

  it("is looked for under the prefix as it is, and under no other", async () => {
    const { redis, asked } = single([[]]);
    await readUsage(redis, keyPrefix, 1);
    expect(asked).toEqual([["MATCH", "mesh\\*\\[1\\]\\?:cache:{*}:e:*", "COUNT", expect.any(Number)]]);
  });

  it("is nothing of keys that are none of ours, though they look like it", async () => {
    const { redis } = single([["cache:{%.0}:e:x", "cache:{orders}:e:x", "cache:{orders.0}:e:x"]]);
    const { owners } = await readUsage(redis, keyPrefix, 100);
    expect([...owners.keys()]).toEqual(["orders"]);
  });

  it("is a part where there is more than is to be looked at, in a cluster too", async () => {
    const page = (from: number) => [0, 1, 2].map((index) => `cache:{orders.0}:e:${from + index}`);
    const pages = [page(0), page(3), page(6)];
    for (const [limit, entries, isPartial] of [
      [9, 9, false],
      [7, 9, false],
      [6, 6, true],
      [1, 3, true],
    ] as const) {
      const read = await readUsage(single(pages).redis, keyPrefix, limit);
      expect([read.owners.get("orders")?.entries, read.isPartial], String(limit)).toEqual([entries, isPartial]);
    }
    const two = cluster(pages, pages);
    expect(await readUsage(two.redis, keyPrefix, 18)).toMatchObject({ isPartial: false });
    const some = cluster(pages, pages);
    expect(await readUsage(some.redis, keyPrefix, 9)).toMatchObject({ isPartial: true });
    expect(some.asked.map(({ length }) => length)).toEqual([3, 0]);
  });

  it("cannot be known when a server does not answer", async () => {
    const { redis } = single([[]]);
    redis.scan = () => Promise.reject(new Error("gone"));
    await expect(readUsage(redis, keyPrefix, 1)).rejects.toThrow("gone");
  });
});
