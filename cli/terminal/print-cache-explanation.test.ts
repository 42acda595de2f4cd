import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import type { ExplainedPart } from "#gateway";
import { terminalWidth } from "./columns.ts";
import { printCacheExplanation } from "./print-cache-explanation.ts";

const part: ExplainedPart = {
  subgraph: "customers",
  fetch: "Customer",
  mode: "on",
  isKept: true,
  because: "@cacheControl of Customer",
  seconds: 600,
  sameFor: "everybody",
  shared: "sealed",
  sharedBecause: undefined,
  personal: ["email", "name"],
  dependsOn: ["everything of customers", "type Customer of customers"],
  entries: 1_200,
  oldestSeconds: 95,
};

const print = (...parts: readonly ExplainedPart[]): readonly string[] =>
  printCacheExplanation({ parts, answer: { isKept: true, because: "all of its parts are kept" } }).map(
    stripVTControlCharacters,
  );

it("says of each part what becomes of it, then of the answer", () => {
  expect(print(part)).toEqual([
    "customers  Customer",
    "  kept       yes: @cacheControl of Customer",
    "  for        10 min at most",
    "  same for   everybody",
    "  shared     sealed",
    "  personal   email, name",
    "  ends with  everything of customers, type Customer of customers",
    "  now        1,200 in the process, the oldest from 2 min ago",
    "",
    "The answer as a whole",
    "  kept       yes: all of its parts are kept",
  ]);
});

it("says why not, and what is not known", () => {
  const off = { ...part, mode: "off", isKept: false, because: "it is a mutation", dependsOn: [] } as const;
  expect(print(off).slice(0, 3)).toEqual(["customers  Customer", "  kept       no: it is a mutation", ""]);
  const unknown = {
    ...part,
    mode: "shadow",
    isKept: "unknown",
    because: "nothing was asked yet",
    seconds: undefined,
    shared: "no",
    sharedBecause: "there is no Redis to share it in",
    personal: [],
    dependsOn: ["everything of customers"],
    entries: 0,
    oldestSeconds: undefined,
  } as const;
  expect(print(unknown).slice(1, 7)).toEqual([
    "  kept       not known yet: nothing was asked yet (in shadow mode: compared, never served)",
    "  same for   everybody",
    "  shared     no: there is no Redis to share it in",
    "  personal   nothing",
    "  ends with  everything of customers",
    "  now        none in the process",
  ]);
});

it("says a time as exactly as it was said", () => {
  const timeOf = (seconds: number): string | undefined => print({ ...part, seconds })[2]?.slice(13);
  expect([45, 60, 90, 3_600, 86_400].map(timeOf)).toEqual([
    "45 s at most",
    "1 min at most",
    "90 s at most",
    "1 h at most",
    "1 d at most",
  ]);
});

it("fits a terminal, whatever it depends on", () => {
  const dependsOn = Array.from({ length: 40 }, (_, at) => `type Number${at} of customers`);
  for (const line of print({ ...part, dependsOn })) expect(line.length).toBeLessThanOrEqual(terminalWidth);
});
