import { assert, json, jsonValue, property } from "fast-check";
import { expect, test } from "vitest";
import { formatJson } from "./format-json.ts";

test("formatting writes what JSON.stringify writes, for every value that numbers can hold", () => {
  assert(
    property(jsonValue(), (value) => {
      expect(formatJson(JSON.stringify(value))).toBe(JSON.stringify(value, undefined, 2));
    }),
  );
});

test("formatting twice is formatting once", () => {
  assert(
    property(json(), (text) => {
      expect(formatJson(formatJson(text))).toBe(formatJson(text));
    }),
  );
});

test("formatting keeps every digit of a number", () => {
  expect(formatJson('{"a":12345678901234567890.10,"b":1e-400}')).toBe(
    '{\n  "a": 12345678901234567890.10,\n  "b": 1e-400\n}',
  );
});
