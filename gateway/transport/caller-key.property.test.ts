import fc from "fast-check";
import { expect, it } from "vitest";
import type { Caller } from "#policies";
import { callerKey } from "./caller-key.ts";

const names = fc.array(fc.constantFrom("a", "b", 'a","b', "", "null"), { maxLength: 2 });
const caller: fc.Arbitrary<Caller> = fc.record({
  principal: fc.record({
    id: fc.constantFrom("ada", "bob", "", "null"),
    kind: fc.constantFrom("anonymous", "user", "service"),
    roles: names,
    purposes: names,
    attributes: fc.dictionary(fc.constantFrom("region", "level"), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
  }),
  purpose: fc.constantFrom(undefined, "a", "null", "fraud"),
});

it("is the same for two callers only if they are", () => {
  fc.assert(
    fc.property(caller, caller, (one, other) => {
      if (callerKey(one) === callerKey(other)) expect(one).toEqual(other);
    }),
    { numRuns: 2_000 },
  );
});

it("is the same for equal callers of plain JSON, whichever objects they are", () => {
  fc.assert(
    fc.property(caller, (one) => {
      fc.pre(JSON.stringify(one) === JSON.stringify(structuredClone(one)) && !hasNegativeZero(one));
      expect(callerKey(structuredClone(one))).toBe(callerKey(one));
    }),
  );
});

it.each([
  ["a map", () => new Map([["a", 1]])],
  ["a date", () => new Date(0)],
  ["a value that prints itself", () => ({ toJSON: () => "same" })],
  ["undefined", () => undefined],
  ["a function", () => () => 1],
  ["not a number", () => Number.NaN],
  ["a big integer", () => 1n],
  ["minus zero", () => -0],
])("is a caller's own when a claim is no plain JSON: %s", (_, claim) => {
  const withClaim = (): Caller => ({
    principal: { id: "ada", kind: "user", roles: [], purposes: [], attributes: { claim: claim() } },
    purpose: undefined,
  });
  const one = withClaim();
  expect(callerKey(one)).not.toBe(callerKey(withClaim()));
  expect(callerKey(one)).toBe(callerKey(one));
});

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasNegativeZero);
  return Object.is(value, -0);
}
