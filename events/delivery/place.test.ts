import { describe, expect, it } from "vitest";
import { eventOf } from "../events.fixture.ts";
import { type Ahead, nextStep } from "./next-step.ts";
import { begin, placeBefore, printPlace, readPlace, settle } from "./place.ts";

const clean = { settled: 10, begun: 10, attempts: 0 };

describe("a place", () => {
  it("says that several have begun without an attempt of any, and that one has with one", () => {
    expect(begin(clean, 14, false)).toEqual({ settled: 10, begun: 14, attempts: 0 });
    expect(begin(clean, 11, true)).toEqual({ settled: 10, begun: 11, attempts: 1 });
    expect(begin({ settled: 10, begun: 14, attempts: 2 }, 11, true)).toEqual({ settled: 10, begun: 14, attempts: 3 });
  });

  it("goes on with a new count, and remembers which others had begun", () => {
    expect(settle({ settled: 10, begun: 14, attempts: 3 }, 11)).toEqual({ settled: 11, begun: 14, attempts: 0 });
    expect(settle({ settled: 10, begun: 14, attempts: 0 }, 20)).toEqual({ settled: 20, begun: 20, attempts: 0 });
  });

  it("is the same when it is read as it was printed", () => {
    const place = { settled: 10, begun: 4_000_000_000_000, attempts: 3 };
    expect(readPlace(printPlace(place))).toEqual(place);
    expect(placeBefore(1)).toEqual({ settled: 0, begun: 0, attempts: 0 });
  });
});

describe("the next step", () => {
  const mine = (position: number): Ahead => ({ position, text: "", event: eventOf(String(position), "k") });
  const others = (position: number): Ahead => ({ position, text: "", event: undefined });
  const step = (ahead: readonly Ahead[], place = clean): unknown => {
    const found = nextStep(place, ahead, 3);
    return found && { ids: found.events.map(({ id }) => id), end: found.end, alone: found.alone?.position };
  };

  it("takes as many as may be handed over at once, and what nobody waits for with them", () => {
    expect(step([])).toBeUndefined();
    expect(step([mine(11), mine(12), mine(13), mine(14)])).toEqual({
      ids: ["11", "12", "13"],
      end: 13,
      alone: undefined,
    });
    expect(step([others(11), mine(12), others(13)])).toEqual({ ids: ["12"], end: 13, alone: 12 });
    expect(step([others(11), others(12)])).toEqual({ ids: [], end: 12, alone: undefined });
    expect(step([mine(11), mine(12), mine(13), others(14), mine(15)])).toMatchObject({ end: 14 });
  });

  it("takes one that has begun before by itself", () => {
    const place = { settled: 10, begun: 12, attempts: 0 };
    expect(step([mine(11), mine(12), mine(13)], place)).toEqual({ ids: ["11"], end: 11, alone: 11 });
    expect(step([others(11), mine(12), mine(13)], place)).toEqual({ ids: ["12"], end: 12, alone: 12 });
    expect(step([mine(13), mine(14)], place)).toEqual({ ids: ["13", "14"], end: 14, alone: undefined });
  });
});
