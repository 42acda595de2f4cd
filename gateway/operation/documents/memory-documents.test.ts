import { expect, it } from "vitest";
import { describeDocumentStore } from "./document-store.suite.ts";
import { createMemoryDocuments } from "./memory-documents.ts";

describeDocumentStore("memory", () => createMemoryDocuments({ maxBytes: 1_000_000 }));

it("memory is bounded: what was used last stays, and what is too large never comes in", () => {
  const store = createMemoryDocuments({ maxBytes: 1_000 });
  const text = "x".repeat(150);
  for (const hash of ["a", "b", "c"]) store.set(hash, text);
  expect(store.get("a")).toBe(text);
  store.set("d", text);
  expect(["a", "b", "c", "d"].map((hash) => store.get(hash) !== undefined)).toEqual([true, false, true, true]);
  store.set("e", "x".repeat(1_000));
  expect(["a", "c", "d", "e"].map((hash) => store.get(hash) !== undefined)).toEqual([true, true, true, false]);
});
