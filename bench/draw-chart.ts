/** The two figures that tell most as horizontal bars: CPU and median latency per request. */
import { drawBarChart, type Panel } from "./bar-chart.ts";
import { printMachine } from "./machine.ts";
import type { Report, Result } from "./measure.ts";

/** One SVG document, with the machine in its last line. */
export function drawChart({ results, options, machine, node, date }: Report): string {
  const panel = (title: string, read: (result: Result) => number): Panel => ({
    title,
    bars: results.map((result, index) => ({ label: result.name, value: read(result), highlighted: index === 0 })),
  });
  return drawBarChart({
    title: `One query over four domains, ${options.orders} orders, ${options.concurrency} requests under way`,
    panels: [
      panel("CPU time per request, ms (less is better)", (result) => result.cpuMsPerRequest),
      panel("Median latency, ms (less is better)", (result) => result.p50Ms),
    ],
    footer: printMachine(machine, node, date),
  });
}
