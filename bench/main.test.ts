/** The bench runs as a whole, in its smallest form. What it measures is looked at by people, never asserted here. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { drawChart } from "./draw-chart.ts";
import { quantile } from "./load.ts";
import type { Report } from "./measure.ts";
import { readOptions } from "./options.ts";
import { printReport } from "./print-report.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const smallest = [
  "--json",
  "--rounds",
  "1",
  "--seconds",
  "0.05",
  "--requests",
  "4",
  "--concurrency",
  "2",
  "--orders",
  "5",
];

describe("npm run bench", () => {
  let report: Report;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...smallest]);
    // A document of another shape fails the tests below.
    report = JSON.parse(stdout) as Report;
  }, 120_000);

  it("prints one JSON document with a result for every contestant", () => {
    expect(report.results.map(({ name }) => name)).toEqual([
      "mesh",
      "mesh without policies",
      "mesh, reference executor",
      "plain Node.js, same bytes",
    ]);
    for (const result of report.results) {
      const { name: _name, requests, ...figures } = result;
      expect(requests).toBeGreaterThan(0);
      expect(requests).toBeLessThanOrEqual(4);
      for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
    }
  });

  it("shows what one answer takes: the plan, subgraph requests and SQL statements", () => {
    expect(report.plan).toMatch(/^QueryPlan \{/);
    const asked = ["customers", "logistics", "orders", "products"];
    for (const product of asked) expect(report.plan).toContain(`service: "${product}"`);
    expect(Object.keys(report.work.requests)).toEqual(asked);
    expect(Object.keys(report.work.statements)).toEqual(asked);
  });

  it("prints the same for people, and draws it", () => {
    const text = printReport(report);
    for (const { name } of report.results) expect(text).toContain(`  ${name}  `);
    expect(text).toContain("mesh / plain Node.js, same bytes:");
    const chart = drawChart(report);
    expect(chart.match(/<rect x=/g)).toHaveLength(2 * report.results.length);
    expect(chart).not.toContain("NaN");
  });
});

describe("the options", () => {
  it("ask for help", () => {
    expect(readOptions(["--help"])).toBeUndefined();
  });

  it.each([
    [["--seconds", "soon"], '--seconds is a number from 0.05 to 600, not "soon"'],
    [["--rounds", "1.5"], "--rounds is a whole number, not 1.5"],
    [["--orders", "101"], '--orders is a number from 1 to 100, not "101"'],
    [["--second", "1"], "Unknown option '--second'"],
  ])("refuse %j with a message", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});

it("a quantile is the least value that the share is not above", () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.01, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 50, 99, 100]);
  expect(quantile([7], 0.5)).toBe(7);
});
