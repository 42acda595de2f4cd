import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCacheControl } from "#http";
import { type AnsweredOperation, answerLifetime } from "./answer-lifetime.ts";
import type { OperationLifetime } from "./operation-lifetime.ts";

const checkedAt = new Date("2026-01-01T00:00:00Z");
const later = (seconds: number): Date => new Date(checkedAt.getTime() + seconds * 1_000);
const answered: AnsweredOperation = {
  isPartial: false,
  checkedAt,
  isForCaller: false,
  isLimited: false,
  isMasked: false,
};
const tenMinutes = {
  kind: "some",
  maxAgeSeconds: 600,
  staleWhileRevalidateSeconds: 0,
  staleIfErrorSeconds: 0,
  isPrivate: false,
  isGoverned: false,
} as const satisfies OperationLifetime;
const byObjective = { ...tenMinutes, maxAgeSeconds: Number.POSITIVE_INFINITY };
const withWindows = { ...tenMinutes, staleWhileRevalidateSeconds: 60, staleIfErrorSeconds: 3_600 };

describe("the lifetime of an answer", () => {
  it.each([
    ["is what the hints allow", tenMinutes, undefined, 5_000, "public, max-age=600"],
    ["is what the hints allow while the objective allows more", tenMinutes, 3_600, 3_000, "public, max-age=600"],
    ["is what is left of the objective", tenMinutes, 3_600, 3_400, "public, max-age=200"],
    ["is what is left of the objective where no hint speaks", byObjective, 3_600, 600, "public, max-age=3000"],
    ["is never longer than the objective", byObjective, 3_600, -100, "public, max-age=3600"],
    ["is counted in whole seconds, down", byObjective, 3_600, 0.001, "public, max-age=3599"],
    ["is none when the objective is broken", tenMinutes, 3_600, 3_600, "no-store"],
    ["is none when less than a second is left", tenMinutes, 3_600, 3_599.5, "no-store"],
    [
      "has its windows",
      withWindows,
      undefined,
      0,
      "public, max-age=600, stale-while-revalidate=60, stale-if-error=3600",
    ],
    [
      "has windows that end with the objective",
      withWindows,
      3_600,
      2_000,
      "public, max-age=600, stale-while-revalidate=60, stale-if-error=1000",
    ],
    ["has no windows when the objective ends it", withWindows, 3_600, 3_200, "public, max-age=400"],
    ["is none where it is not to be kept", { kind: "none" }, 3_600, 0, "no-store"],
    ["is not told where nobody says anything of it", { kind: "unsaid" }, undefined, 0, undefined],
  ] as const)("%s", (_, lifetime, freshness, age, expected) => {
    expect(answerLifetime(lifetime, answered, freshness, later(age))).toBe(expected);
  });

  it.each([
    ["public", {}, false, "public, max-age=600"],
    ["private when a hint says so", {}, true, "private, max-age=600"],
    ["private when own code asked who the caller is", { isForCaller: true }, false, "private, max-age=600"],
    ["private when values may be masked", { isMasked: true }, false, "private, max-age=600"],
    ["neither when policies limit rows", { isLimited: true }, false, "max-age=600"],
    ["private when policies limit rows and a hint says so", { isLimited: true }, true, "private, max-age=600"],
    ["not kept with errors", { isPartial: true }, false, "no-store"],
  ])("is %s", (_, facts, isPrivate, expected) => {
    expect(answerLifetime({ ...tenMinutes, isPrivate }, { ...answered, ...facts }, undefined, checkedAt)).toBe(
      expected,
    );
  });

  it("is none when nothing was read, and when personal data leave the product", () => {
    expect(answerLifetime(tenMinutes, undefined, undefined, checkedAt)).toBe("no-store");
    const governed = { ...tenMinutes, isGoverned: true };
    expect(answerLifetime(governed, { ...answered, isMasked: true }, undefined, checkedAt)).toBe("no-store");
    expect(answerLifetime(governed, answered, undefined, checkedAt)).toBe("public, max-age=600");
  });

  it("never lets data be used beyond the objective, windows included", () => {
    const seconds = fc.integer({ min: 1, max: 10_000 });
    const window = fc.integer({ min: 0, max: 10_000 });
    const age = fc.integer({ min: -100_000, max: 12_000_000 }).map((ms) => ms / 1_000);
    fc.assert(
      fc.property(seconds, seconds, window, window, age, (maxAgeSeconds, objective, revalidate, error, old) => {
        const lifetime = {
          ...tenMinutes,
          maxAgeSeconds,
          staleWhileRevalidateSeconds: revalidate,
          staleIfErrorSeconds: error,
        };
        const text = answerLifetime(lifetime, answered, objective, later(old));
        const told = readCacheControl(text ?? "");
        const left = objective - Math.max(0, old);
        if (told.noStore) return left < 1;
        const { maxAge = 0, staleWhileRevalidate = 0, staleIfError = 0 } = told;
        return maxAge >= 1 && maxAge <= maxAgeSeconds && maxAge + Math.max(staleWhileRevalidate, staleIfError) <= left;
      }),
    );
  });
});
