/** What every adapter of the port keeps. */
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import type { DocumentStore } from "./document-store.ts";
import { sha256 } from "./sha256.ts";

/** @param open gives a store that holds nothing. */
export function describeDocumentStore(name: string, open: () => DocumentStore | Promise<DocumentStore>): void {
  describe(`documents in ${name}`, () => {
    // What a text says decides at most whether it may leave the process.
    const document = parse("{ me { name } }");

    it("are found by their hash once they were kept, and not before", async () => {
      const store = await open();
      const text = "{ me { name } }";
      expect(await store.get(sha256(text))).toBeUndefined();
      store.set(sha256(text), text, document);
      await expect.poll(() => store.get(sha256(text))).toBe(text);
      expect(await store.get(sha256("{ other }"))).toBeUndefined();
    });

    it("come back letter for letter", async () => {
      const store = await open();
      const texts = [
        '{ a(x: "🙂 é \\u0000 \\n") }',
        "{\r\n\tb # ünïcode\n}",
        `{ ${"c ".repeat(50_000)} }`,
        "{ d }\u{feff}",
      ];
      for (const text of texts) store.set(sha256(text), text, document);
      for (const text of texts) await expect.poll(() => store.get(sha256(text))).toBe(text);
    });

    it("may be kept twice", async () => {
      const store = await open();
      const text = "{ twice }";
      store.set(sha256(text), text, document);
      store.set(sha256(text), text, document);
      await expect.poll(() => store.get(sha256(text))).toBe(text);
    });
  });
}
