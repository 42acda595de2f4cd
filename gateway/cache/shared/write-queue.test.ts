import { describe, expect, it } from "vitest";
import { WriteQueue } from "./write-queue.ts";

interface Item {
  readonly bytes: Buffer;
  readonly number: number;
}

const most = 16_000_000;
const one = Buffer.alloc(1);

/** A queue whose writes wait until they are let go. */
function open() {
  const written: number[][] = [];
  const held: (() => void)[] = [];
  let number = 0;
  const queue = new WriteQueue<Item>((items) => {
    written.push(items.map((item) => item.number));
    return new Promise((resolve) => {
      held.push(resolve);
    });
  });
  return {
    queue,
    written,
    add: (bytes: Buffer = one): boolean => queue.add({ bytes, number: number++ }),
    /** Until the next write has begun, the one before it is let go. */
    async next(): Promise<void> {
      held.shift()?.();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  };
}

describe("what is to be written", () => {
  it("goes together within one turn, and what comes meanwhile goes together after it", async () => {
    const { add, next, written } = open();
    for (let each = 0; each < 3; each++) add();
    expect(written).toEqual([]);
    await next();
    expect(written).toEqual([[0, 1, 2]]);
    add();
    await Promise.resolve();
    add();
    expect(written).toHaveLength(1);
    await next();
    expect(written).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it("goes in its order in several commands when it is much", async () => {
    const { add, next, written } = open();
    for (let each = 0; each < 1_001; each++) add();
    for (let each = 0; each < 4; each++) await next();
    expect(written.map(({ length }) => length)).toEqual([500, 500, 1]);
    expect(written.flat()).toEqual(Array.from({ length: 1_001 }, (_, index) => index));
  });

  it("has room for so many bytes, until they are written and not when they begin to be", async () => {
    const { add, next, queue } = open();
    expect(add(Buffer.alloc(most - 1))).toBe(true);
    expect(add(Buffer.alloc(2))).toBe(false);
    expect(add()).toBe(true);
    expect(add()).toBe(false);
    expect(add(Buffer.alloc(0))).toBe(true);
    await next();
    expect(add()).toBe(false);
    await next();
    expect(add(Buffer.alloc(most))).toBe(true);
    expect(add()).toBe(false);
    await next();
    await next();
    await queue.idle();
    expect(add(Buffer.alloc(most + 1))).toBe(false);
  });

  it("is waited for as long as anything waits, also what comes while it is waited for", async () => {
    const { add, next, queue, written } = open();
    await queue.idle();
    add();
    let isIdle = false;
    const idle = queue.idle().then(() => {
      isIdle = true;
    });
    await next();
    add();
    await next();
    expect([written.length, isIdle]).toEqual([2, false]);
    await next();
    await idle;
    // It begins anew after it has come to rest.
    add();
    await next();
    expect(written).toEqual([[0], [1], [2]]);
    await next();
    await queue.idle();
  });
});
