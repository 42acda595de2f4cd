import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import { decode, encode, type StoredForm } from "./stored-form.ts";

const ring = createKeyRing([
  { id: "k1", createdAt: new Date(0), secret: randomBytes(32) },
  { id: "k20260102-beef", createdAt: new Date(1), secret: randomBytes(32) },
]);
const byId = (id: string) => ring.byId(id, "cache");
const keys = [undefined, byId("k1"), byId("k20260102-beef")];
const place = 'orders\n"Ü"';

const forms = fc.record({
  head: fc.jsonValue(),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

function same(form: StoredForm | undefined): unknown {
  return form && { head: JSON.stringify(form.head), payload: [...form.payload] };
}

describe("the form in which something is shared", () => {
  it("is read again as what was written", () => {
    fc.assert(
      fc.property(forms, fc.constantFrom(...keys), (form, key) => {
        expect(same(decode(encode(form, key, place), byId, place))).toEqual(same(form));
      }),
    );
  });

  it("is nothing once a byte of it is another one", () => {
    fc.assert(
      fc.property(forms, fc.constantFrom(...keys), fc.nat(), fc.integer({ min: 1, max: 255 }), (form, key, at, by) => {
        const bytes = encode(form, key, place);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ by;
        expect(decode(bytes, byId, place)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it("is nothing once it is cut, or longer", () => {
    fc.assert(
      fc.property(forms, fc.constantFrom(...keys), fc.nat(), (form, key, length) => {
        const bytes = encode(form, key, place);
        expect(decode(bytes.subarray(0, length % bytes.length), byId, place)).toBeUndefined();
        expect(decode(Buffer.concat([bytes, Buffer.from([0])]), byId, place)).toBeUndefined();
      }),
    );
  });

  it("is nothing when it is anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decode(Buffer.from(bytes), byId, place)).toBeUndefined();
        expect(decode(Buffer.concat([Buffer.from([2, 1, 2]), bytes]), byId, place)).toBeUndefined();
      }),
    );
  });

  it("is nothing elsewhere than where it was put", () => {
    fc.assert(
      fc.property(forms, fc.constantFrom(...keys), fc.string(), (form, key, elsewhere) => {
        fc.pre(elsewhere !== place);
        expect(decode(encode(form, key, place), byId, elsewhere)).toBeUndefined();
      }),
    );
  });

  it("opens only where it was put, with the key that it was sealed with", () => {
    const form = { head: ["stamp"], payload: Buffer.from("ann@example.com") };
    const bytes = encode(form, byId("k1"), place);
    expect(bytes.includes("ann@example.com")).toBe(false);
    expect(decode(bytes, byId, "orders\nother")).toBeUndefined();
    expect(decode(bytes, () => undefined, place)).toBeUndefined();
    expect(decode(bytes, () => byId("k20260102-beef"), place)).toBeUndefined();
    // Sealed twice, it looks different.
    expect(encode(form, byId("k1"), place).equals(bytes)).toBe(false);
  });
});
