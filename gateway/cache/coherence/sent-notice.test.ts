import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Notice } from "./coherence.ts";
import { readNotice, writeNotice } from "./sent-notice.ts";

const name = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "", 'a,"b"\n'));
const announced = fc.record({ version: fc.maxSafeInteger(), at: fc.maxSafeInteger() });
const notice: fc.Arbitrary<Notice> = fc
  .record({
    scopes: fc.array(name),
    versions: fc.array(fc.tuple(name, announced)).map((pairs) => new Map(pairs)),
    forgotten: fc.option(fc.array(fc.tuple(name, name)), { nil: undefined }),
  })
  .map(({ forgotten, ...rest }) => ({ ...rest, ...(forgotten && { forgotten }) }));
const through = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("a notice on its way", () => {
  it("is read as it was written, as JSON too", () => {
    fc.assert(
      fc.property(notice, (given) => {
        expect(readNotice(writeNotice(given))).toEqual(given);
        expect(readNotice(through(writeNotice(given)))).toEqual(given);
      }),
    );
  });

  it("is none where a part of it is something else", () => {
    const sent = writeNotice({
      scopes: ["a"],
      versions: new Map([["orders", { version: 1, at: 2 }]]),
      forgotten: [["Person.id", "ann"]],
    });
    expect(readNotice(sent)).toBeDefined();
    for (const broken of [
      undefined,
      null,
      "notice",
      [],
      {},
      { ...sent, scopes: undefined },
      { ...sent, scopes: "a" },
      { ...sent, scopes: ["a", 1] },
      { ...sent, versions: null },
      { ...sent, versions: [["orders"]] },
      { ...sent, versions: [["orders", null]] },
      { ...sent, versions: [[1, { version: 1, at: 2 }]] },
      { ...sent, versions: [["orders", { version: "1", at: 2 }]] },
      // As JSON makes it of what is no number.
      { ...sent, versions: [["orders", { version: 1, at: null }]] },
      { ...sent, forgotten: null },
      { ...sent, forgotten: [["Person.id"]] },
      { ...sent, forgotten: [["Person.id", 1]] },
    ]) {
      expect(readNotice(broken), JSON.stringify(broken)).toBeUndefined();
    }
  });
});
