/** The bench runs as a whole, in its smallest form. What it measures is looked at by people, never asserted here. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";
import type { PartReport } from "./part.ts";
import type { PartName } from "./parts.ts";
import { mix, mixedBodies, timesEach } from "./peers/mix.ts";
import { printPart } from "./print-report.ts";
import { findRedisServer } from "./redis.ts";
import type { Report } from "./report.ts";
import { mergeMarkdown } from "./write-results.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const least = ["--json", "--rounds", "1", "--seconds", "0.05", "--concurrency", "2"];
const isLinux = process.platform === "linux";
const hasRedis = findRedisServer() !== undefined;
const hasPeers = existsSync(new URL("../peers/node_modules/.installed-from", import.meta.url));

async function run(part: PartName): Promise<PartReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...least, "--only", part]);
  // A document of another shape fails the tests below.
  const report = (JSON.parse(stdout) as Report).parts[part];
  if (report === undefined) throw new Error(`${part} reported nothing`);
  return report;
}

/** By contestant, of one table. */
function column({ tables }: PartReport, table: number, name: string): Readonly<Record<string, unknown>> {
  const { columns = [], rows = [] } = tables[table] ?? {};
  return Object.fromEntries(rows.map((row) => [row[0], row[columns.indexOf(name)]]));
}

describe.runIf(isLinux)("npm run bench:cache", () => {
  it("hot: whole answers cost no subgraph request, beside plain Node.js and a gateway that keeps nothing", async () => {
    const report = await run("hot");
    expect(report.tables.map(({ title }) => title.split(":")[0])).toEqual(["small", "deep", "wide"]);
    expect(column(report, 1, "subgraph requests")).toEqual({
      "plain Node.js, same bytes": 0,
      "datamesh, whole answers kept": 0,
      "datamesh, nothing kept": 6,
    });
    for (const cpu of Object.values(column(report, 1, "CPU ms/request"))) expect(cpu).toBeGreaterThan(0);
    expect(printPart(report)).not.toMatch(/NaN|undefined/);
  }, 60_000);

  it("entity: entities that are kept cost no subgraph request", async () => {
    const report = await run("entity");
    for (const table of report.tables.keys()) {
      const requests = column(report, table, "subgraph requests");
      expect(requests["datamesh, entities kept"]).toBe(0);
      expect(requests["datamesh, nothing kept"]).toBeGreaterThan(0);
    }
    expect(printPart(report)).not.toMatch(/NaN|undefined/);
  }, 60_000);

  it.runIf(hasRedis)(
    "redis: one Redis in the place of all subgraphs, and of the process",
    async () => {
      const report = await run("redis");
      expect(column(report, 0, "subgraph requests")).toMatchObject({
        "datamesh, all from subgraphs": 1,
        "datamesh, all from Redis": 0,
      });
      expect(printPart(report)).not.toMatch(/NaN|undefined/);
    },
    60_000,
  );

  it.runIf(hasRedis && hasPeers)(
    "peers: each keeps what is hot, and answers the same",
    async () => {
      const report = await run("peers");
      expect(column(report, 0, "subgraph requests")).toMatchObject({
        "datamesh, Redis": 0,
        "Hive Gateway, Redis": 0,
        "Apollo Server, Redis": 0,
      });
      expect(printPart(report)).not.toMatch(/NaN|undefined/);
    },
    300_000,
  );
});

it("callers ask every query as often as each other, in an order that is always the same", () => {
  const requests = mix(7);
  expect(requests).toHaveLength(7 * mixedBodies.length * timesEach);
  const counts = new Map<string, number>();
  for (const { caller, body } of requests) {
    const name = `${caller} ${body}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(counts.size).toBe(7 * mixedBodies.length);
  expect(new Set(counts.values())).toEqual(new Set([timesEach]));
  expect(mix(7)).toEqual(requests);
  expect(requests.slice(0, 7).map(({ caller }) => caller)).not.toEqual([0, 1, 2, 3, 4, 5, 6]);
});

describe("what is written", () => {
  const part = (title: string): PartReport => ({ title, how: [], tables: [], goals: [], drawings: [] });
  const options = readOptions([]);
  if (options === undefined) throw new Error("These are options");
  const report = (parts: Report["parts"]): Report => ({
    ...options,
    date: "2026-01-01",
    machine: { cpu: "some", cores: 2, memoryGb: 4, system: "linux x64" },
    node: "v26.0.0",
    coresTakenByOthers: 0,
    command: "npm run bench:cache",
    parts,
  });

  it("has the parts in the bench's order, and keeps those that were not run", () => {
    const both = mergeMarkdown("", report({ hot: part("first hot"), redis: part("first redis") }));
    const merged = mergeMarkdown(both, report({ entity: part("later entity"), redis: part("later redis") }));
    expect(merged.match(/^## .*|^first .*|^later .*/gm)).toEqual([
      ...["## hot", "first hot"],
      ...["## entity", "later entity"],
      ...["## redis", "later redis"],
    ]);
    expect(mergeMarkdown(merged, report({}))).toBe(merged);
  });
});

describe("the options", () => {
  it("ask for help", () => {
    expect(readOptions(["--help"])).toBeUndefined();
  });

  it("name parts, in the bench's own order", () => {
    expect(readOptions(["--only", "redis, hot"])?.parts).toEqual(["hot", "redis"]);
  });

  it.each([
    [["--seconds", "soon"], '--seconds is a number from 0.05 to 600, not "soon"'],
    [["--rounds", "1.5"], "--rounds is a whole number, not 1.5"],
    [["--only", "cold"], /--only knows hot, .*; it does not know "cold"/],
    [["--second", "1"], "Unknown option '--second'"],
  ])("refuse %j with a message", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
