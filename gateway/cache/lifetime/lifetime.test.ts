import { describe, expect, it } from "vitest";
import { readCacheControl } from "#http";
import { type Lifetime, type LifetimeSources, lifetimeOf } from "./lifetime.ts";

const hint = (maxAge: number, isPrivate = false) => ({ maxAge, isPrivate, limitedBy: "Product" });

function lifetime(given: Partial<Omit<LifetimeSources, "control">> & { readonly header?: string }): Lifetime {
  const { header, ...rest } = given;
  return lifetimeOf({
    hint: undefined,
    control: header === undefined ? undefined : readCacheControl(header),
    age: 0,
    objective: undefined,
    objectiveSpeaks: true,
    longest: 86_400,
    ...rest,
  });
}

describe("a lifetime", () => {
  it.each([
    ["nobody says anything", {}, "no-hint"],
    ["only that it is public", { header: "public" }, "no-hint"],
    ["no-store, whatever else", { header: "no-store, max-age=60", hint: hint(60) }, "no-store"],
    ["no-cache, whatever else", { header: "no-cache, max-age=60", hint: hint(60) }, "no-store"],
    ["a hint of nothing", { header: "max-age=60", hint: hint(0) }, "no-time"],
    ["a header of nothing", { header: "max-age=0", hint: hint(60) }, "no-time"],
    ["a header that is no time", { header: "max-age=soon", hint: hint(60) }, "no-time"],
    ["an answer as old as it may be", { header: "max-age=60", age: 60 }, "no-time"],
    ["an answer as old as its objective", { header: "max-age=600", age: 60, objective: 60 }, "no-time"],
    ["an objective that does not speak of it", { objective: 60, objectiveSpeaks: false }, "no-hint"],
  ])("there is none: %s", (_, given, reason) => {
    expect(lifetime(given)).toMatchObject({ kind: "none", reason });
  });

  it.each([
    ["the schema's", { hint: hint(60) }, 60, "@cacheControl of Product"],
    ["the answer's", { header: "max-age=50" }, 50, "Cache-Control: max-age=50"],
    ["the answer's for shared caches", { header: "max-age=50, s-maxage=20" }, 20, "Cache-Control: s-maxage=20"],
    ["what is left of the answer's", { header: "max-age=50", age: 20 }, 30, "Cache-Control: max-age=50"],
    ["what is left of the schema's", { hint: hint(50), age: 20 }, 30, "@cacheControl of Product"],
    ["the objective's", { objective: 70 }, 70, "the freshness objective of 70 s"],
    ["the shortest: schema", { hint: hint(5), header: "max-age=50", objective: 70 }, 5, "@cacheControl of Product"],
    ["the shortest: answer", { hint: hint(60), header: "max-age=5" }, 5, "Cache-Control: max-age=5"],
    [
      "the shortest: objective",
      { hint: hint(60), header: "max-age=50", objective: 7 },
      7,
      "the freshness objective of 7 s",
    ],
    [
      "that of an objective, where a hint speaks of what it does not know",
      { hint: hint(60), objective: 7, objectiveSpeaks: false },
      7,
      "the freshness objective of 7 s",
    ],
    ["the gateway's at most", { hint: hint(1_000_000) }, 86_400, "the gateway's limit of 86400 s"],
  ])("is %s", (_, given, fresh, because) => {
    expect(lifetime(given)).toMatchObject({ kind: "some", fresh, because });
  });

  it("has the answer's windows after it, within the objective", () => {
    const header = "max-age=10, stale-while-revalidate=20, stale-if-error=100";
    expect(lifetime({ header })).toMatchObject({ fresh: 10, staleWhileRevalidate: 30, staleIfError: 110 });
    expect(lifetime({ header, objective: 25 })).toMatchObject({
      fresh: 10,
      staleWhileRevalidate: 25,
      staleIfError: 25,
    });
    expect(lifetime({ header, objective: 25, age: 5 })).toMatchObject({
      fresh: 5,
      staleWhileRevalidate: 20,
      staleIfError: 20,
    });
    expect(lifetime({ header: `${header}, must-revalidate` })).toMatchObject({
      fresh: 10,
      staleWhileRevalidate: 10,
      staleIfError: 10,
    });
  });

  it("is private when one of them says so, public only when one of them does", () => {
    const scopes = (given: Parameters<typeof lifetime>[0]) => {
      const read = lifetime(given);
      return read.kind === "some" && [read.isPrivate, read.isPublic];
    };
    expect(scopes({ header: "max-age=9" })).toEqual([false, false]);
    expect(scopes({ header: "max-age=9, public" })).toEqual([false, true]);
    expect(scopes({ header: "s-maxage=9" })).toEqual([false, true]);
    expect(scopes({ header: "max-age=9", hint: hint(9) })).toEqual([false, true]);
    expect(scopes({ header: "max-age=9, private", hint: hint(9) })).toEqual([true, true]);
    expect(scopes({ header: "max-age=9, public", hint: hint(9, true) })).toEqual([true, true]);
    expect(scopes({ objective: 9 })).toEqual([false, false]);
  });
});
