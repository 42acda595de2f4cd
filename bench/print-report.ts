/** A report as text, for the terminal and for bench/results. */
import { align } from "./align.ts";
import { printMachine } from "./machine.ts";
import type { Report, Result } from "./measure.ts";

const columns = ["", "requests/s", "CPU ms/request", "p50 ms", "p99 ms", "resident MB", "peak MB"];

/** Everything that a report holds, as lines for people. */
export function printReport(report: Report): string {
  const { options } = report;
  return [
    "Query plan",
    indent(report.plan),
    "",
    `For one answer of ${(report.answerBytes / 1_024).toFixed(0)} kB (${options.orders} orders)`,
    `  subgraph requests  ${printCounts(report.work.requests)}`,
    `  SQL statements     ${printCounts(report.work.statements)}`,
    "",
    `Medians of ${options.rounds} rounds of ${options.seconds} s, ${options.concurrency} requests under way`,
    ...align([columns, ...report.results.map(cells)]).map((line) => `  ${line}`),
    "",
    "Ratios",
    ...printRatios(report).map((line) => `  ${line}`),
    "",
    printMachine(report.machine, report.node, report.date),
  ].join("\n");
}

/** `mesh / mesh without policies: 1.04 × CPU, 0.97 × requests/s`. */
export function printRatios({ results: [mesh, ...others] }: Report): readonly string[] {
  if (mesh === undefined) return [];
  return others.map((other) => {
    const cpu = (mesh.cpuMsPerRequest / other.cpuMsPerRequest).toFixed(2);
    const rate = (mesh.requestsPerSecond / other.requestsPerSecond).toFixed(3);
    return `${mesh.name} / ${other.name}: ${cpu} × CPU per request, ${rate} × requests/s`;
  });
}

function cells(result: Result): readonly string[] {
  return [
    result.name,
    result.requestsPerSecond.toFixed(result.requestsPerSecond < 100 ? 1 : 0),
    result.cpuMsPerRequest.toFixed(result.cpuMsPerRequest < 1 ? 3 : 1),
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
    result.residentMb.toFixed(0),
    result.peakMb.toFixed(0),
  ];
}

function printCounts(counts: Readonly<Record<string, number>>): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(counts).map(([product, count]) => `${product} ${count}`);
  return `${total} (${each.join(", ")})`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}
