import { expect, it } from "vitest";
import { readSamples } from "./read-samples.ts";

it("reads values with and without labels, and passes over what is none", () => {
  const page = [
    "# HELP some_total What is counted",
    "# TYPE some_total counter",
    'some_total{subgraph="orders",result="miss"} 12',
    'some_total{subgraph="a \\"b\\" \\\\ c, d=\\"e\\"",result="x"} 1.5e3',
    "alone 1",
    "",
  ].join("\n");
  expect(Object.fromEntries(readSamples(page))).toEqual({
    some_total: [
      { labels: { subgraph: "orders", result: "miss" }, value: 12 },
      { labels: { subgraph: 'a "b" \\ c, d="e"', result: "x" }, value: 1_500 },
    ],
    alone: [{ labels: {}, value: 1 }],
  });
});
