import { Writable } from "node:stream";
import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { inOneWrite } from "./in-one-write.ts";

/** Has of a client what is looked at: its stream. */
function createClient(): { readonly redis: Redis; readonly writes: string[] } {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      writes.push(String(chunk));
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join("+"));
      done();
    },
  });
  return { redis: { stream } as unknown as Redis, writes };
}

describe("commands that leave in one write", () => {
  it("are those that are sent at once, and none later", async () => {
    const { redis, writes } = createClient();
    const answer = inOneWrite(redis, () => {
      redis.stream.write("one");
      redis.stream.write("two");
      return "answer";
    });
    expect(answer).toBe("answer");
    expect(writes).toEqual(["one+two"]);
    await Promise.resolve();
    redis.stream.write("three");
    expect(writes.at(-1)).toContain("three");
    expect(redis.stream.writableCorked).toBe(0);
  });

  it("leave also where sending fails", () => {
    const { redis, writes } = createClient();
    const fail = (): void => {
      redis.stream.write("one");
      throw new Error("no");
    };
    expect(() => inOneWrite(redis, fail)).toThrow("no");
    expect(writes).toEqual(["one"]);
    expect(redis.stream.writableCorked).toBe(0);
  });

  it.each([undefined, null])("are sent where there is no stream (%s)", (stream) => {
    expect(inOneWrite({ stream } as unknown as Redis, () => "sent")).toBe("sent");
  });
});
