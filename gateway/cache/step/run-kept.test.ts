import { describe, expect, it } from "vitest";
import type { Entry } from "../entry.ts";
import { RunKept } from "./run-kept.ts";

// No more of an entry is read.
const entry = (bornAt: number, freshUntil: number): Entry => ({ bornAt, freshUntil }) as unknown as Entry;

describe("what an answer is made of", () => {
  it("is as old as its oldest part, in whatever order they come", () => {
    const [old, young] = [entry(-5, 100), entry(7, 100)];
    for (const parts of [
      [old, young],
      [young, old],
      [old, young, old],
    ]) {
      const kept = RunKept.of(parts, false);
      expect([kept.bornAt, kept.entries, kept.isStale, kept.isPartial]).toEqual([-5, parts, false, false]);
    }
    expect(RunKept.of([], true)).toMatchObject({ bornAt: Number.POSITIVE_INFINITY, isPartial: true, entries: [] });
  });

  it("is beyond its time from the moment on at which one part is", () => {
    const isStaleAt = (now: number): boolean => {
      const kept = new RunKept();
      kept.add(entry(0, 100), now);
      kept.add(entry(0, 200), now);
      return kept.isStale;
    };
    expect([99, 100, 101].map(isStaleAt)).toEqual([false, true, true]);
  });
});
