import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCacheControl } from "#http";
import { ageHeader, type CacheHeaderOptions, cacheHeaders } from "./cache-headers.ts";
import type { Authorisation } from "./governance-port.ts";

const forAll: Authorisation = { kind: "allowed", isForAll: true };
const kept = { bornAt: 1_000, freshUntil: 61_000, etag: 'W/"tag"', isShared: true };
const at = (now: number, propagated: readonly string[] = []): CacheHeaderOptions => ({ propagated, now: () => now });
const headers = (
  given: Partial<typeof kept>,
  now: number,
  { authorisation = forAll, propagated }: { authorisation?: Authorisation; propagated?: readonly string[] } = {},
) => cacheHeaders({ authorisation }, { ...kept, ...given }, at(now, propagated));

describe("what clients may do with an answer that is kept", () => {
  it("is told from its birth on, and with its age: together they are what is left", () => {
    const times = fc.record({
      bornAt: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      livesMs: fc.double({ min: 1, max: 1e8, noNaN: true }),
      passedMs: fc.double({ min: -10, max: 1e8, noNaN: true }),
    });
    fc.assert(
      fc.property(times, ({ bornAt, livesMs, passedMs }) => {
        const freshUntil = bornAt + livesMs;
        const now = bornAt + passedMs;
        const told = headers({ bornAt, freshUntil }, now);
        const control = told["cache-control"];
        if (control === undefined) {
          expect((freshUntil - now) / 1_000).toBeLessThan(1);
          return;
        }
        const left = (readCacheControl(control).maxAge ?? 0) - Number(told.age);
        expect(left).toBeGreaterThan(0);
        // Never longer than it is kept here.
        expect(left * 1_000).toBeLessThanOrEqual(freshUntil - now);
        expect((left + 1) * 1_000).toBeGreaterThan(freshUntil - now);
        expect(Number(told.age)).toBe(Math.max(0, Math.floor((now - bornAt) / 1_000)));
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, Partial<typeof kept>, Authorisation, string]>([
    ["everybody", {}, forAll, "public, max-age=60"],
    ["one caller, since a part is", { isShared: false }, forAll, "private, max-age=60"],
    ["one caller, since policies ask who it is", {}, { kind: "allowed" }, "private, max-age=60"],
    [
      "one caller, since something is decided",
      {},
      { kind: "restricted", decisions: new Map(), masked: [] },
      "private, max-age=60",
    ],
  ])("is said for %s", (_, given, authorisation, control) => {
    expect(headers(given, 1_000, { authorisation })["cache-control"]).toBe(control);
  });

  it("depends on who asks unless it is everybody's, and on what subgraphs see of clients in any case", () => {
    expect(headers({}, 1_000)).not.toHaveProperty("vary");
    expect(headers({}, 1_000, { propagated: ["x-tenant", "accept-language"] }).vary).toBe("x-tenant, accept-language");
    expect(headers({ isShared: false }, 1_000, { propagated: ["x-tenant"] }).vary).toBe(
      "authorization, mesh-api-key, mesh-purpose, x-tenant",
    );
  });

  it("is nothing of what holds personal data, or lasts for less than a second: only its age is told", () => {
    const access = { subjects: [] } as unknown as NonNullable<Extract<Authorisation, { access?: unknown }>["access"]>;
    expect(headers({}, 5_500, { authorisation: { kind: "allowed", isForAll: true, access } })).toEqual({ age: "4" });
    expect(headers({}, 60_000)).toMatchObject({ age: "59", "cache-control": "public, max-age=60", etag: 'W/"tag"' });
    for (const now of [60_001, 61_000, 1e9]) expect(Object.keys(headers({}, now))).toEqual(["age"]);
    expect(headers({ freshUntil: 1_500 }, 1_000)).toEqual({});
  });

  it("is the same object while it is the same, and for nobody else", () => {
    const authorisations: readonly Authorisation[] = [forAll, { kind: "allowed" }];
    const tell = (now: number, authorisation: Authorisation) => cacheHeaders({ authorisation }, kept, at(now));
    const first = tell(2_000, forAll);
    expect(tell(2_000, forAll)).toBe(first);
    for (const authorisation of [...authorisations, ...authorisations]) {
      expect(tell(2_500, authorisation)["cache-control"]).toMatch(authorisation === forAll ? /^public/ : /^private/);
    }
    expect(tell(3_000, forAll)).toMatchObject({ age: "2" });
    expect(first).toMatchObject({ age: "1" });
  });
});

describe("the age of what may not be kept", () => {
  it("is told from the first second on, and never below zero", () => {
    expect(ageHeader(0, 999)).toEqual({});
    expect(ageHeader(0, 1_000)).toEqual({ age: "1" });
    expect(ageHeader(5_000, 0)).toEqual({});
    expect(ageHeader(Number.POSITIVE_INFINITY, 0)).toEqual({});
  });
});
