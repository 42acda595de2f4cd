import { expect, it } from "vitest";
import type { ExplainedPart } from "#gateway";
import { mergeExplanations } from "./merge-explanations.ts";

const part = (change: Partial<ExplainedPart>): ExplainedPart => ({
  subgraph: "orders",
  fetch: "Order",
  mode: "on",
  isKept: "unknown",
  because: "nothing was asked yet",
  seconds: undefined,
  sameFor: "everybody",
  shared: "no",
  sharedBecause: undefined,
  personal: [],
  dependsOn: [],
  entries: 0,
  oldestSeconds: undefined,
  ...change,
});

it("adds up what is kept, and takes the word of who has seen an answer", () => {
  const unknown = { isKept: "unknown", because: "that depends" } as const;
  const known = { isKept: true, because: "all of its parts are kept" } as const;
  expect(
    mergeExplanations({ parts: [part({}), part({ fetch: "Line", entries: 1, oldestSeconds: 3 })], answer: unknown }, [
      {
        parts: [
          part({ isKept: true, because: "answers say how long", entries: 2, oldestSeconds: 7 }),
          part({ fetch: "Line", entries: 4, oldestSeconds: 1 }),
        ],
        answer: known,
      },
      { parts: [part({ entries: 1, oldestSeconds: 9 })], answer: unknown },
    ]),
  ).toEqual({
    parts: [
      part({ isKept: true, because: "answers say how long", entries: 3, oldestSeconds: 9 }),
      part({ fetch: "Line", entries: 5, oldestSeconds: 3 }),
    ],
    answer: known,
  });
});

it("leaves out what somebody says of another graph", () => {
  const answer = { isKept: true, because: "all of its parts are kept" } as const;
  const own = { parts: [part({ entries: 1 })], answer };
  expect(mergeExplanations(own, [{ parts: [part({ subgraph: "others", entries: 5 })], answer }])).toEqual(own);
});
