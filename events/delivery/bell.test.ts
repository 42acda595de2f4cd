import { expect, it } from "vitest";
import { Bell } from "./bell.ts";
import { VirtualClock } from "./virtual-clock.fixture.ts";

async function waitsFor(clock: VirtualClock, bell: Bell, stop = new AbortController().signal): Promise<number> {
  const start = clock.now();
  let isOver = false;
  void bell.wait(clock, 1_000, stop).then(() => {
    isOver = true;
  });
  await clock.runUntil(() => isOver, 2_000);
  return clock.now() - start;
}

it("wakes who waits, is kept for who does not yet, and only once", async () => {
  const clock = new VirtualClock();
  const bell = new Bell();
  expect(await waitsFor(clock, bell)).toBe(1_000);
  bell.ring();
  bell.ring();
  expect(await waitsFor(clock, bell)).toBe(0);
  expect(await waitsFor(clock, bell)).toBe(1_000);
  void clock.sleep(300).then(() => bell.ring());
  expect(await waitsFor(clock, bell)).toBe(300);
  expect(await waitsFor(clock, bell, AbortSignal.abort())).toBe(0);
});
