import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { printLink, readLink } from "./link.ts";

test("a shared operation comes back as it was, whatever characters it has", () => {
  assert(
    property(string({ unit: "grapheme" }), string({ unit: "grapheme", minLength: 1 }), (query, variables) => {
      const shared = { query, variables: variables.trim() === "" ? "" : variables };
      expect(readLink(new URL(printLink(shared), "http://localhost/").hash)).toEqual(shared);
    }),
  );
});

test("an address without an operation opens nothing", () => {
  expect(readLink("")).toBeUndefined();
  expect(readLink("#elsewhere")).toBeUndefined();
});
