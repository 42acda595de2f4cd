/** An entry where it is shared: read as it was written, whatever the clocks say, and nothing where it is none. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEntry, type StoredEntry, stampOf, storeEntry } from "./stored-entry.ts";

const value = fc.oneof(
  fc.constant(null),
  fc.dictionary(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "")),
    fc.jsonValue(),
  ),
);
const time = fc.double({ min: 0, max: 1e9, noNaN: true });
const entry: fc.Arbitrary<StoredEntry> = fc.record({
  value: value.map((each): StoredEntry["value"] => JSON.parse(JSON.stringify(each)) as StoredEntry["value"]),
  about: fc
    .option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: undefined })
    .map((about) => about && (JSON.parse(JSON.stringify(about)) as StoredEntry["about"] & object)),
  bornAt: time,
  freshUntil: time,
  refreshAt: time,
  staleUntil: time,
  errorUntil: time,
  isPrivate: fc.boolean(),
});
const times = ["bornAt", "freshUntil", "refreshAt", "staleUntil", "errorUntil"] as const;
const far = Number.MAX_SAFE_INTEGER;

/** As it comes back: the head is JSON there. */
const through = (given: StoredEntry, stamp: string, toHereMs: number) => {
  const { head, payload } = storeEntry(given, stamp, { toHereMs });
  return { head: JSON.parse(JSON.stringify(head)) as unknown, payload };
};

describe("an entry where it is shared", () => {
  it("is read as it was written, its times by the reader's clock", () => {
    const offset = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(entry, fc.string(), offset, offset, (given, stamp, writer, reader) => {
        const form = through(given, stamp, writer);
        expect(stampOf(form)).toBe(stamp);
        const read = readEntry(form, { toHereMs: reader }, far);
        if (read === undefined) throw new Error("It is an entry.");
        expect({ ...read, ...Object.fromEntries(times.map((name) => [name, 0])) }).toEqual({
          ...given,
          ...Object.fromEntries(times.map((name) => [name, 0])),
        });
        // Whole milliseconds there; large numbers have fewer digits behind the point.
        for (const name of times) expect(Math.abs(read[name] - (given[name] - writer + reader))).toBeLessThan(0.51);
      }),
    );
  });

  it("is nothing when it comes out of the future by more than clocks may differ", () => {
    const form = through({ ...sample, bornAt: 5_000 }, "s", 0);
    expect(readEntry(form, { toHereMs: 0 }, 4_000)).toBeDefined();
    expect(readEntry(form, { toHereMs: 0 }, 3_999)).toBeUndefined();
    expect(readEntry(form, { toHereMs: 1 }, 4_000)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["an object", { 0: "s", length: 8 }],
    ["too short", ["s", 1, 1, 1, 1, 1, 0]],
    ["too long", ["s", 1, 1, 1, 1, 1, 0, null, 1]],
    ["without a stamp", [null, 1, 1, 1, 1, 1, 0, null]],
    ["without a birth", ["s", null, 1, 1, 1, 1, 0, null]],
    ["without an end", ["s", 1, null, 1, 1, 1, 0, null]],
    ["with a time that is a text", ["s", 1, 1, 1, "1", 1, 0, null]],
    ["with an end that is a list", ["s", 1, 1, 1, 1, [], 0, null]],
    ["with something else about it", ["s", 1, 1, 1, 1, 1, 0, "orders"]],
  ])("is nothing where its head is %s", (_, head) => {
    expect(readEntry({ head, payload: Buffer.from("{}") }, { toHereMs: 0 }, far)).toBeUndefined();
  });

  it.each(["", "{", "undefined", "1", '"text"', "[]", "true", "\0"])("is nothing where its value is %j", (payload) => {
    const { head } = through(sample, "s", 0);
    expect(readEntry({ head, payload: Buffer.from(payload) }, { toHereMs: 0 }, far)).toBeUndefined();
  });

  it("has no stamp where it is none of ours", () => {
    for (const head of [null, undefined, 1, "s", {}, [], [1], [null, "s"]]) {
      expect(stampOf({ head, payload: Buffer.alloc(0) })).toBeUndefined();
    }
    expect(stampOf({ head: ["", 1], payload: Buffer.alloc(0) })).toBe("");
  });
});

const sample: StoredEntry = {
  value: { a: 1 },
  about: undefined,
  bornAt: 0,
  freshUntil: 1,
  refreshAt: 1,
  staleUntil: 1,
  errorUntil: 1,
  isPrivate: false,
};
