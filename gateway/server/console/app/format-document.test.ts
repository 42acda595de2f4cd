import { expect, test } from "vitest";
import { formatDocument } from "./format-document.ts";

test("a document is printed one selection to a line", () => {
  expect(formatDocument("{a(x:1){b}}")).toBe("{\n  a(x: 1) {\n    b\n  }\n}");
});

test.each(["{ a", "", "{ # why\n a }"])("%j is left alone", (text) => {
  expect(formatDocument(text)).toBe(text);
});
