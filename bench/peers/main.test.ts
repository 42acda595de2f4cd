/** The bench's own code, without the gateways that it compares with. What it measures is looked at by people. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { drawComparisons, drawSoak } from "./draw-report.ts";
import { expectSame, readData } from "./expectation.ts";
import { readOptions } from "./options.ts";
import { printReport } from "./print-report.ts";
import { parseProcessUsage } from "./process-usage.ts";
import { createReport, createSamples } from "./report.fixture.ts";
import type { Report } from "./report.ts";
import { findTrend } from "./soak.ts";
import { findTargets } from "./targets.ts";
import { neverSeen } from "./workloads.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

describe("npm run bench:peers", () => {
  it.runIf(process.platform === "linux")("measures datamesh alone without the others being installed", async () => {
    const args = ["--json", "--only", "datamesh", "--workloads", "small,mutation", "--sections", "compare"];
    const least = ["--seconds", "0.1", "--rounds", "1", "--concurrency", "2"];
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, ...least]);
    // A document of another shape fails what follows.
    const report = JSON.parse(stdout) as Report;
    expect(report.comparisons.map(({ workload }) => workload)).toEqual(["small", "mutation"]);
    expect(report.comparisons.map(({ results }) => results.map((result) => result.subgraphRequests))).toEqual([
      [1],
      [3],
    ]);
    for (const { results } of report.comparisons) expect(results[0]?.requests).toBeGreaterThan(0);
    expect(report.coresTakenByOthers).toBeLessThan(report.machine.cores);
    expect(report.memory.map(({ name, residentMb }) => [name, residentMb > 20])).toEqual([["datamesh", true]]);
  });
});

describe("the report", () => {
  it("says of every target that was measured whether it is reached", () => {
    const targets = findTargets(createReport({ datamesh: 1, apollo: 15, hive: 6.9 }));
    expect(targets.map(({ what, measured, reached }) => [what, measured, reached])).toEqual([
      ["CPU, deep: part of @apollo/gateway's", "1/15.0", true],
      ["CPU, deep: part of Hive Gateway, Rust planner's", "1/6.9", false],
      ["p99 with all cores full, deep: times p50", "2.0", true],
      ["p99 at a fixed rate, deep: times p50", "3.0", true],
      ["resident memory: part of Hive Gateway, Rust planner's", "1/6.9", true],
      ["a never-seen operation delays others by", "1.5 ms", true],
      ["a never-seen operation takes of the thread that answers", "2.0 ms", true],
      ["requests lost in 20 reloads under full load", "1 of 1000", false],
    ]);
  });

  it("says nothing of what was not measured", () => {
    expect(findTargets(createReport({ datamesh: 1 })).map(({ what }) => what)).not.toContainEqual(
      expect.stringContaining("CPU"),
    );
    expect(findTargets(createReport({ apollo: 1, hive: 1 }))).toEqual([]);
  });

  it("prints everything and draws it", () => {
    const report = createReport({ datamesh: 0.5, apollo: 9, hive: 4 });
    const text = printReport(report);
    expect(text).toContain("deep: four subgraphs");
    expect(text).toMatch(/@apollo\/gateway +9\.00 +18\.0 ×/);
    expect(text).toContain("  Hive Gateway, Rust planner lost one first with: socket closed");
    expect(text).toContain("Other processes took 0.25 of 2 cores meanwhile.");
    expect(text).not.toMatch(/NaN|undefined/);
    const drawing = drawComparisons(report);
    expect(drawing.match(/<rect x=/g)).toHaveLength(2 * 3);
    expect(drawing).not.toContain("NaN");
  });

  it("holds a growing process against what is flat", () => {
    const soak = {
      name: "datamesh",
      seconds: 600,
      samples: createSamples(({ seconds }) => 100 + seconds / 10),
      residentMb: findTrend(
        createSamples(({ seconds }) => 100 + seconds / 10),
        (sample) => sample.residentMb,
      ),
      p99Ms: findTrend(
        createSamples(() => 100),
        (sample) => sample.p99Ms,
      ),
    } as const;
    const targets = findTargets({ ...createReport({}), soak: [soak] });
    expect(targets.map(({ reached }) => reached)).toEqual([false, true]);
    expect(soak.residentMb.perMinute).toBeCloseTo(6);
    expect(drawSoak(soak, "somewhere").match(/<polyline/g)).toHaveLength(2);
  });
});

it("a trend is not moved by a few outliers", () => {
  const samples = createSamples(({ seconds }) => (seconds % 100 === 0 ? 900 : 100));
  expect(findTrend(samples, (sample) => sample.residentMb)).toEqual({ median: 100, perMinute: 0, growth: 0 });
});

it("a process's usage is read whatever its name is", () => {
  const stat = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 11 0 100";
  const status = "Name:\ta) b (c)\nVmPeak:\t  999 kB\nVmHWM:\t  4096 kB\nVmRSS:\t  2048 kB\n";
  expect(parseProcessUsage(stat, status)).toEqual({ cpuMs: 2_000, residentMb: 2, peakMb: 4 });
});

describe("an answer", () => {
  const answer = (text: string, status = 200) => ({ status, bytes: Buffer.from(text) });
  const check = expectSame("it", answer('{"data":{"a":"x #0001","b":2}}'));

  it("may have its fields in another order, and rows that have changed", () => {
    check(answer('{"data":{"a":"x #0001","b":2}}'));
    check(answer('{"data":{"a":"x #7777","b":2}}'));
    check(answer('{"data":{"b":2,"a":"x #0002"}}'));
  });

  it.each([
    ['{"data":{"a":"y #0001","b":2}}', 200, /answered something else/],
    ['{"data":{"a":"x #0001","b":2},"errors":[]}', 200, /answered with errors/],
    ['{"data":null}', 200, /answered with errors/],
    ['{"data":{"a":"x #0001","b":2}}', 503, /answered 503/],
  ])("%s with status %i fails the bench", (text, status, message) => {
    expect(() => check(answer(text, status))).toThrow(message);
  });

  it("is compared without what rows may change", () => {
    expect(readData("it", answer('{"data":{"a":"x #1234"}}'))).toEqual({ a: "x #0000" });
  });
});

it("never-seen operations differ from one another", () => {
  expect(new Set(Array.from({ length: 50 }, (_, number) => neverSeen(number))).size).toBe(50);
});

describe("the options", () => {
  it("ask for help", () => {
    expect(readOptions(["--help"])).toBeUndefined();
  });

  it("name contestants and workloads, in the bench's own order", () => {
    const options = readOptions(["--only", "hive, datamesh", "--workloads", "small,deep"]);
    expect(options?.contestants).toEqual(["datamesh", "hive"]);
    expect(options?.workloads).toEqual(["deep", "small"]);
  });

  it("soak datamesh alone unless others are named", () => {
    expect(readOptions(["--soak", "10m"])).toMatchObject({ soakSeconds: 600, contestants: ["datamesh"] });
    expect(readOptions(["--soak", "90s", "--only", "hive"])).toMatchObject({ soakSeconds: 90, contestants: ["hive"] });
  });

  it.each([
    [["--only", "cosmo"], '--only knows datamesh, apollo, apollo-server, hive, hive-js; it does not know "cosmo"'],
    [["--soak", "10"], '--soak is a duration from 10s to 24h, such as 10m, not "10"'],
    [["--soak", "5s"], '--soak is a duration from 10s to 24h, such as 10m, not "5s"'],
    [["--rounds", "1.5"], "--rounds is a whole number, not 1.5"],
    [["--seconds", "soon"], '--seconds is a number from 0.1 to 600, not "soon"'],
    [["--second", "1"], "Unknown option '--second'"],
  ])("refuse %j with a message", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
