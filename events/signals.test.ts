import { expect, it } from "vitest";
import type { Signal } from "./event-log.ts";
import { printSignal, readSignal } from "./signals.ts";

it.each<Signal>([
  { kind: "appended", partition: 3 },
  { kind: "freed", partition: 0, group: "g" },
  { kind: "here", group: "g", member: "m" },
  { kind: "left", group: "g", member: "m" },
])("is the same when it is read as it was printed: $kind", (signal) => {
  expect(readSignal(printSignal(signal))).toEqual(signal);
});

it.each([
  "",
  "null",
  "7",
  "{}",
  '{"kind":"appended"}',
  '{"kind":"freed","group":"g"}',
  '{"kind":"here","group":"g"}',
  '{"kind":"x","group":"g"}',
])("is none: %s", (text) => {
  expect(readSignal(text)).toBeUndefined();
});
