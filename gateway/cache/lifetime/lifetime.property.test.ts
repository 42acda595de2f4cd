/** Laws of lifetimes: what anybody adds shortens, nothing is kept for longer than anybody allows, whatever they write. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCacheControl } from "#http";
import { type Lifetime, type LifetimeSources, lifetimeOf } from "./lifetime.ts";

const seconds = fc.oneof(fc.nat(20), fc.constantFrom(0, 60, 86_400, 2_147_483_648, 2 ** 53));
const argument = fc.oneof(
  seconds.map(String),
  fc.constantFrom(
    "-1",
    "1.5",
    '"60"',
    '"',
    "",
    "1e3",
    "0x10",
    "Infinity",
    "NaN",
    "060",
    "99999999999999999999",
    "6 0",
    "٣",
  ),
);
const timed = fc.constantFrom("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "Max-Age");
const directive = fc.oneof(
  fc.tuple(timed, argument).map(([name, value]) => `${name}=${value}`),
  fc.constantFrom(
    "public",
    "private",
    "no-store",
    "no-cache",
    "must-revalidate",
    "__proto__",
    "constructor=1",
    "",
    " ",
    "max-age",
  ),
);
const header = fc.array(directive, { maxLength: 5 }).map((directives) => directives.join(", "));
const control = fc.option(header.map(readCacheControl), { nil: undefined });
const hint = fc.option(fc.record({ maxAge: seconds, isPrivate: fc.boolean(), limitedBy: fc.constant("Order") }), {
  nil: undefined,
});
const sources: fc.Arbitrary<LifetimeSources> = fc.record({
  hint,
  control,
  age: fc.oneof(fc.constant(0), seconds, fc.constant(Number.POSITIVE_INFINITY)),
  objective: fc.option(seconds, { nil: undefined }),
  objectiveSpeaks: fc.boolean(),
  longest: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(86_400)),
});

const freshOf = (lifetime: Lifetime): number => (lifetime.kind === "some" ? lifetime.fresh : 0);

describe("a lifetime", () => {
  it("is a time, its windows lie behind it, and none is longer than anybody allows", () => {
    let kept = 0;
    fc.assert(
      fc.property(sources, (given) => {
        const lifetime = lifetimeOf(given);
        expect(lifetime.because).not.toBe("");
        if (lifetime.kind === "none") return;
        kept++;
        const { fresh, staleWhileRevalidate, staleIfError } = lifetime;
        const { age, objective, longest } = given;
        const told = given.control?.sMaxAge ?? given.control?.maxAge;
        for (const allowed of [longest, told, given.hint?.maxAge, objective]) {
          expect(fresh).toBeLessThanOrEqual(allowed === longest ? longest : (allowed ?? longest + age) - age);
        }
        for (const until of [fresh, staleWhileRevalidate, staleIfError]) {
          expect(until).toBeGreaterThan(0);
          expect(until).toBeGreaterThanOrEqual(fresh);
          expect(until).toBeLessThanOrEqual(Math.min(longest, (objective ?? longest + age) - age));
        }
        expect(given.control?.noStore === true || given.control?.noCache === true).toBe(false);
      }),
      { numRuns: 2_000 },
    );
    expect(kept).toBeGreaterThan(200);
  });

  it("is no longer when an answer is older, an objective or the gateway's limit is shorter", () => {
    fc.assert(
      fc.property(sources, seconds, fc.constantFrom("age", "objective", "longest"), (given, by, what) => {
        const { age, objective, longest } = given;
        const stricter = {
          age: { ...given, age: age + by },
          objective: { ...given, objective: objective === undefined ? undefined : Math.max(0, objective - by) },
          longest: { ...given, longest: Math.max(0, longest - by) },
        }[what];
        expect(freshOf(lifetimeOf(stricter))).toBeLessThanOrEqual(freshOf(lifetimeOf(given)));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is no longer, nor less private, for a directive that is added twice", () => {
    fc.assert(
      fc.property(sources, header, directive, (given, written, more) => {
        const read = (text: string): Lifetime => lifetimeOf({ ...given, control: readCacheControl(text) });
        const [once, twice] = [read(`${written}, ${more}`), read(`${written}, ${more}, ${more.toUpperCase()}`)];
        expect(twice).toEqual(once);
        const [before, stricter] = [read(written), read(`${written}, private, max-age=0, s-maxage=0`)];
        expect(stricter.kind).toBe("none");
        if (before.kind === "some") {
          const asPrivate = read(`${written}, private`);
          expect(asPrivate).toEqual({ ...before, isPrivate: true });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
