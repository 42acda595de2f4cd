/** A report as text, for the terminal and for bench/results. */
import { align } from "../align.ts";
import { printFigure } from "../bar-chart.ts";
import { printMachine } from "../machine.ts";
import type { Slots } from "./cold.ts";
import type { Comparison, Latencies, Result } from "./compare.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import type { Report } from "./report.ts";
import { findTargets } from "./targets.ts";
import { workloads } from "./workloads.ts";

export function printReport(report: Report): string {
  return [...measurements(report), ...targets(report), ...origin(report)].join("\n");
}

function measurements(report: Report): readonly string[] {
  const { rounds, seconds, concurrency } = report;
  const how = `medians of ${rounds} rounds of ${seconds} s, ${concurrency} requests under way`;
  return [
    ...report.comparisons.flatMap((comparison) => [
      `${comparison.workload}: ${workloads[comparison.workload].what}, answer ${printBytes(comparison.answerBytes)}; ${how}`,
      ...comparisonTable(comparison),
      "",
    ]),
    ...section(
      "deep, identical requests in flight shared by all who can",
      report.deduplication === undefined ? [] : comparisonTable(report.deduplication),
    ),
    ...section(
      "memory after all rounds",
      table(
        ["", "resident MB", "peak MB"],
        report.memory.map(({ name, residentMb, peakMb }) => [title(name), residentMb.toFixed(0), peakMb.toFixed(0)]),
      ),
    ),
    ...section(
      "a never-seen operation every 250 ms beside 400 small queries per second: slowest of these per 250 ms",
      table(
        ["", "without: p50/p90/worst ms", "with: p50/p90/worst ms", "new operation, p50 ms", "of the main thread, ms"],
        report.cold.map(({ name, quiet, withNewOperations, operationMs, mainThreadMs }) => [
          title(name),
          printSlots(quiet),
          printSlots(withNewOperations),
          operationMs.toFixed(1),
          mainThreadMs.toFixed(1),
        ]),
      ),
    ),
    ...section(
      "reloads under full load (deep)",
      table(
        ["", "reloads", "served", "requests", "lost"],
        report.reload.map(({ name, reloads, served, requests, lost }) => [
          title(name),
          `${reloads}`,
          `${served}`,
          `${requests}`,
          `${lost}`,
        ]),
      ),
    ),
    ...report.reload.flatMap(({ name, firstLoss }) =>
      firstLoss === undefined ? [] : [`  ${title(name)} lost one first with: ${firstLoss}`, ""],
    ),
    ...section(
      "a steady mixed load",
      table(
        ["", "minutes", "resident MB", "MB per minute", "p99 ms", "ms per minute"],
        report.soak.map(({ name, seconds: duration, residentMb, p99Ms }) => [
          title(name),
          (duration / 60).toFixed(1),
          residentMb.median.toFixed(0),
          residentMb.perMinute.toFixed(2),
          p99Ms.median.toFixed(1),
          p99Ms.perMinute.toFixed(3),
        ]),
      ),
    ),
  ];
}

function targets(report: Report): readonly string[] {
  return section(
    "targets",
    table(
      ["", "target", "measured", ""],
      findTargets(report).map(({ what, limit, measured, reached }) => [
        what,
        limit,
        measured,
        reached ? "reached" : "NOT reached",
      ]),
    ),
  );
}

function origin({ machine, coresTakenByOthers, node, date, versions, command, commands }: Report): readonly string[] {
  return [
    printMachine(machine, node, date),
    `Other processes took ${coresTakenByOthers.toFixed(2)} of ${machine.cores} cores meanwhile.`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    command,
    ...Object.entries(commands).map(([name, started]) => `  ${name}: ${started}`),
  ];
}

function comparisonTable({ results }: Comparison): readonly string[] {
  const ours = results.find(({ name }) => name === "datamesh");
  const times = (result: Result): string =>
    ours === undefined ? "" : `${(result.cpuMsPerRequest / ours.cpuMsPerRequest).toFixed(1)} ×`;
  return table(
    [
      "",
      "CPU ms",
      "",
      "requests/s",
      "p50/p95/p99 ms",
      "at fixed rate: p50/p95/p99 ms",
      "subgraph requests",
      "under load",
    ],
    results.map((result) => [
      title(result.name),
      printFigure(result.cpuMsPerRequest),
      times(result),
      result.requestsPerSecond.toFixed(0),
      printLatencies(result.underLoad),
      printLatencies(result.atFixedRate),
      `${result.subgraphRequests}`,
      result.subgraphRequestsUnderLoad.toFixed(1),
    ]),
  );
}

function section(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [heading, ...lines, ""];
}

/** No lines when there are no rows. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : align([columns, ...rows]).map((line) => `  ${line}`.trimEnd());
}

function title(name: ContestantName): string {
  return contestants[name].title;
}

function printLatencies({ p50Ms, p95Ms, p99Ms }: Latencies): string {
  return [p50Ms, p95Ms, p99Ms].map((value) => value.toFixed(1)).join("/");
}

function printSlots({ medianMs, p90Ms, worstMs }: Slots): string {
  return [medianMs, p90Ms, worstMs].map((value) => value.toFixed(1)).join("/");
}

function printBytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`;
}
