/** The report's figures that are comparisons, as bars; a soak as lines. */
import { type Bar, drawBarChart, footerText, frame, type Panel, panelTitle, printFigure } from "../bar-chart.ts";
import { printMachine } from "../machine.ts";
import type { Comparison } from "./compare.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import type { Report } from "./report.ts";
import type { Sample, Soak } from "./soak.ts";

/** CPU per request of every workload, and memory. */
export function drawComparisons(report: Report): string {
  const panels: readonly Panel[] = [
    ...report.comparisons.map((comparison) => cpuPanel(`CPU time per request, ms: ${comparison.workload}`, comparison)),
    ...(report.deduplication === undefined
      ? []
      : [cpuPanel("CPU time per request, ms: deep, identical requests in flight shared", report.deduplication)]),
    ...(report.memory.length === 0 ? [] : [memoryPanel(report)]),
  ];
  return drawBarChart({
    title: "The same answers, one process each (less is better)",
    panels,
    footer: printMachine(report.machine, report.node, report.date),
  });
}

function cpuPanel(title: string, { results }: Comparison): Panel {
  return { title, bars: withTimes(results.map(({ name, cpuMsPerRequest }) => [name, cpuMsPerRequest])) };
}

function memoryPanel({ memory }: Report): Panel {
  return {
    title: "Resident memory after all rounds, MB",
    bars: withTimes(memory.map(({ name, residentMb }) => [name, residentMb])),
  };
}

/** Each with how many times ours it is. */
function withTimes(values: readonly (readonly [ContestantName, number])[]): readonly Bar[] {
  const ours = values.find(([name]) => name === "datamesh")?.[1];
  return values.map(([name, value]) => ({
    label: contestants[name].title,
    value,
    highlighted: name === "datamesh",
    ...(ours === undefined || name === "datamesh" ? {} : { note: `${(value / ours).toFixed(1)} ×` }),
  }));
}

const chart = { width: 760, left: 64, right: 20, height: 140, gap: 56, top: 64 } as const;

/** Resident memory and p99 over time, each from zero. */
export function drawSoak(soak: Soak, footer: string): string {
  const lines = [
    drawLine("Resident memory, MB", soak, (sample) => sample.residentMb, chart.top),
    drawLine("p99, ms", soak, (sample) => sample.p99Ms, chart.top + chart.height + chart.gap),
  ];
  const height = chart.top + 2 * (chart.height + chart.gap) + 20;
  const title = `${contestants[soak.name].title} under a steady mixed load for ${(soak.seconds / 60).toFixed(0)} minutes`;
  return frame(title, chart.width, height, [...lines, footerText(footer, height - 14)]);
}

function drawLine(title: string, { samples, seconds }: Soak, read: (sample: Sample) => number, y: number): string {
  const most = Math.max(...samples.map(read), Number.MIN_VALUE);
  const [top, bottom] = [y + 14, y + 14 + chart.height];
  const across = chart.width - chart.left - chart.right;
  const points = samples.map((sample) => {
    const x = chart.left + (sample.seconds / seconds) * across;
    return `${x.toFixed(1)},${(bottom - (read(sample) / most) * chart.height).toFixed(1)}`;
  });
  const label = (text: string, at: number): string =>
    `<text x="${chart.left - 8}" y="${at}" font-size="11" text-anchor="end" fill="#718096">${text}</text>`;
  return `${panelTitle(title, y)}
${label(printFigure(most), top + 8)}
${label("0", bottom)}
<text x="${chart.width - chart.right}" y="${bottom + 16}" font-size="11" text-anchor="end" fill="#718096">${(seconds / 60).toFixed(0)} min</text>
<line x1="${chart.left}" y1="${bottom}" x2="${chart.width - chart.right}" y2="${bottom}" stroke="#cbd5e0"/>
<polyline points="${points.join(" ")}" fill="none" stroke="#2b6cb0" stroke-width="2"/>`;
}
