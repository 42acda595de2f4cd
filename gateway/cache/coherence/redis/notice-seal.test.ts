import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing, seal as sealFor } from "#policies";
import { noticeSeal } from "./notice-seal.ts";

const master = (id: string, createdAt = 0) => ({ id, createdAt: new Date(createdAt), secret: randomBytes(32) });
const first = master("k1");
const ring = createKeyRing([first]);

describe("a notice between gateways", () => {
  it("is read by whoever has its key, whatever is in it, and by nobody else", () => {
    const { seal, open } = noticeSeal(ring);
    const other = noticeSeal(createKeyRing([master("k1")]));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "sealed:", "sealed:k1:AAAA")), (text) => {
        const sealed = seal(text);
        if (text.length > 3 && !sealed.startsWith(text)) expect(sealed).not.toContain(text);
        expect(open(sealed)).toBe(Buffer.from(text).toString());
        expect(other.open(sealed)).toBeUndefined();
      }),
    );
  });

  it("is read while its key is still there, and again where another gateway has a newer one already", () => {
    const newer = createKeyRing([first, master("k2", 1)]);
    const sealed = noticeSeal(ring).seal("text");
    expect(noticeSeal(newer).open(sealed)).toBe("text");
    expect(noticeSeal(ring).open(noticeSeal(newer).seal("text"))).toBeUndefined();
    newer.replace([master("k2", 1)]);
    expect(noticeSeal(newer).open(sealed)).toBeUndefined();
  });

  it("is as it is without a key, and read like that by those who have one", () => {
    const keyless = noticeSeal(createKeyRing([]));
    expect(keyless.seal('{"scopes":[]}')).toBe('{"scopes":[]}');
    expect(keyless.open('{"scopes":[]}')).toBe('{"scopes":[]}');
    expect(noticeSeal(ring).open('{"scopes":[]}')).toBe('{"scopes":[]}');
    expect(keyless.open(noticeSeal(ring).seal("text"))).toBeUndefined();
  });

  it("means anything when it was cut or changed, or was sealed for something else", () => {
    const { seal, open } = noticeSeal(ring);
    const sealed = seal("text");
    for (const broken of [
      sealed.slice(0, -4),
      sealed.replace(/.{4}$/, "AAAA"),
      "sealed:",
      "sealed:k1",
      "sealed:k1:",
      "sealed:__proto__:AAAA",
    ]) {
      expect(open(broken), broken).toBeUndefined();
    }
    expect(open(sealFor("text", "another place", ring, "cache"))).toBeUndefined();
  });
});
