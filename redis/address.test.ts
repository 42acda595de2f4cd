import { describe, expect, it } from "vitest";
import { readRedisAddress } from "./address.ts";

const open = { tls: false, username: undefined, password: undefined };

describe("the address of a Redis", () => {
  it.each([
    ["redis://127.0.0.1", { kind: "single", host: "127.0.0.1", port: 6379, db: 0, ...open }],
    ["redis://127.0.0.1:7000/3", { kind: "single", host: "127.0.0.1", port: 7000, db: 3, ...open }],
    [
      "rediss://me:a%40b:c@cache.example:6380/",
      {
        kind: "single",
        host: "cache.example",
        port: 6380,
        db: 0,
        tls: true,
        username: "me",
        password: "a@b:c",
      },
    ],
    ["redis://:secret@[::1]:6379", { kind: "single", host: "::1", port: 6379, db: 0, ...open, password: "secret" }],
    [
      "redis+sentinel://one,two:26380/mymaster",
      {
        kind: "sentinel",
        nodes: [
          { host: "one", port: 26379 },
          { host: "two", port: 26380 },
        ],
        master: "mymaster",
        ...open,
      },
    ],
    [
      "redis+cluster://:secret@one:7000,two:7001",
      {
        kind: "cluster",
        nodes: [
          { host: "one", port: 7000 },
          { host: "two", port: 7001 },
        ],
        ...open,
        password: "secret",
      },
    ],
  ])("is read: %s", (text, address) => {
    expect(readRedisAddress(text)).toEqual(address);
  });

  it.each([
    ["127.0.0.1:6379", "redis://host:6379"],
    ["redis://one,two", "redis+cluster://"],
    ["redis+sentinel://one", "end it with /name"],
    ["redis+cluster://one/2", "leave the path out"],
    ["redis://one/two", "the number of a database"],
    ["redis://one:99999", "host:port"],
    ["redis://me:se%cret@one", "%25"],
    ["http://:secret@one", "redis://host:6379"],
  ])("is refused with what to write instead, without its password: %s", (text, instead) => {
    expect(() => readRedisAddress(text)).toThrow(expect.objectContaining({ code: "REDIS_ADDRESS_INVALID" }));
    try {
      readRedisAddress(text);
    } catch (error) {
      expect(String(error)).toContain(instead);
      expect(String(error)).not.toContain("cret");
    }
  });
});
