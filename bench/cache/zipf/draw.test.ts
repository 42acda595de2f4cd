import { describe, expect, it } from "vitest";
import { createRandom, createZipf } from "./draw.ts";
import { createWorkload } from "./workload.ts";

describe("Zipf's law", () => {
  const draws = 200_000;
  const count = 1_000;
  const times = new Map<number, number>();
  const next = createZipf(count, 1, createRandom(7));
  for (let draw = 0; draw < draws; draw++) {
    const drawn = next();
    times.set(drawn, (times.get(drawn) ?? 0) + 1);
  }
  const ranked = [...times.values()].sort((left, right) => right - left);

  it("draws the one of rank n 1/n times as often as the first", () => {
    for (const rank of [2, 5, 10, 50]) {
      expect(((ranked[rank - 1] ?? 0) * rank) / (ranked[0] ?? 0)).toBeGreaterThan(0.9);
      expect(((ranked[rank - 1] ?? 0) * rank) / (ranked[0] ?? 0)).toBeLessThan(1.1);
    }
  });

  it("draws numbers below the count, each of them", () => {
    expect(times.size).toBe(count);
    expect(Math.max(...times.keys())).toBe(count - 1);
  });
});

describe("a workload", () => {
  it("is the same for the same seed, and another one for another", () => {
    const first = (seed: number): string => {
      const workload = createWorkload(100, seed);
      return JSON.stringify(Array.from({ length: 20 }, () => [workload.nextOperation(), workload.nextChanged()]));
    };
    expect(first(3)).toBe(first(3));
    expect(first(3)).not.toBe(first(4));
  });

  it("asks both gateways, for single customers and for lists without doubles", () => {
    const workload = createWorkload(1_000, 1);
    const operations = Array.from({ length: 500 }, () => workload.nextOperation());
    expect(new Set(operations.map(({ gateway }) => gateway))).toEqual(new Set([0, 1]));
    expect(new Set(operations.map(({ ids }) => new Set(ids).size))).toEqual(new Set([1, 10]));
  });
});
