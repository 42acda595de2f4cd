import { expect, it } from "vitest";
import type { Hold } from "../event-log.ts";
import { placeBefore } from "./place.ts";
import { HoldLost, Tenure } from "./tenure.ts";
import { VirtualClock } from "./virtual-clock.fixture.ts";

const place = placeBefore(1);

/** @param call what a call to the server comes to. */
function setup(clock: VirtualClock, call: () => Promise<boolean>): Tenure {
  const hold: Hold = { place, move: call, bury: call, renew: call, release: async () => void (await call()) };
  return new Tenure(hold, clock.now(), 1_000, clock, new AbortController().signal);
}

async function inTime<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isThere = false;
  const settled = promise.finally(() => {
    isThere = true;
  });
  settled.catch(() => undefined);
  await clock.runUntil(() => isThere, 60_000);
  return settled;
}

it("lasts as long as the lease, counted from before the call was sent", async () => {
  const clock = new VirtualClock();
  const tenure = setup(clock, async () => {
    await clock.sleep(800);
    return true;
  });
  await clock.run(900);
  tenure.check();
  await inTime(clock, tenure.move(place));
  // The server may have counted from 900 on.
  await clock.run(199);
  tenure.check();
  await clock.run(1);
  expect(() => tenure.check()).toThrow(HoldLost);
});

it("is over for good once the server says so", async () => {
  const clock = new VirtualClock();
  let calls = 0;
  const tenure = setup(clock, async () => {
    calls += 1;
    return false;
  });
  await expect(inTime(clock, tenure.move(place))).rejects.toThrow(HoldLost);
  expect(() => tenure.check()).toThrow(HoldLost);
  await expect(inTime(clock, tenure.during(clock.sleep(2_000)))).rejects.toThrow(HoldLost);
  await tenure.release();
  expect(calls).toBe(1);
});

it("keeps what has to be kept as soon as the server answers again, for as long as the lease lasts", async () => {
  const clock = new VirtualClock();
  let isBack = false;
  const tenure = setup(clock, async () => {
    if (!isBack) throw new Error("gone");
    return true;
  });
  const moving = tenure.move(place);
  await clock.run(500);
  isBack = true;
  await inTime(clock, moving);
  isBack = false;
  await expect(inTime(clock, tenure.bury({} as never, place))).rejects.toThrow("gone");
  expect(() => tenure.check()).toThrow(HoldLost);
});

it("is renewed in time while something takes longer, also when a renewal fails", async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const tenure = setup(clock, async () => {
    times.push(Math.round(clock.now()));
    if (times.length === 2) throw new Error("gone");
    return true;
  });
  expect(await inTime(clock, tenure.during(clock.sleep(1_500).then(() => "done")))).toBe("done");
  expect(times).toEqual([333, 667, 767, 1100, 1433]);
  tenure.check();
});
