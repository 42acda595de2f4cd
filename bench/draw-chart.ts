/** The two figures that tell most as horizontal bars: CPU and median latency per request. SVG, readable on light and dark. */

import type { Report, Result } from "./measure.ts";
import { printMachine } from "./print-report.ts";

interface Panel {
  readonly title: string;
  readonly read: (result: Result) => number;
}

const panels: readonly Panel[] = [
  { title: "CPU time per request, ms (less is better)", read: (result) => result.cpuMsPerRequest },
  { title: "Median latency, ms (less is better)", read: (result) => result.p50Ms },
];
const width = 760;
const labels = 190;
const bars = 470;
const barHeight = 22;
const rowHeight = 32;
const panelGap = 56;
const top = 64;

/** One SVG document, with the machine in its last line. */
export function drawChart(report: Report): string {
  const panelHeight = report.results.length * rowHeight + panelGap;
  const height = top + panels.length * panelHeight + 20;
  const drawn = panels.map((panel, index) => drawPanel(panel, report.results, top + index * panelHeight));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">
<title>${escapeXml(title(report))}</title>
<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>
<text x="20" y="32" font-size="17" font-weight="600" fill="#1a202c">${escapeXml(title(report))}</text>
${drawn.join("\n")}
<text x="20" y="${height - 14}" font-size="11" fill="#718096">${escapeXml(printMachine(report))}</text>
</svg>
`;
}

function title({ options }: Report): string {
  return `One query over four domains, ${options.orders} orders, ${options.concurrency} requests under way`;
}

function drawPanel({ title, read }: Panel, results: readonly Result[], y: number): string {
  const most = Math.max(...results.map(read), Number.MIN_VALUE);
  const rows = results.map((result, index) => {
    const value = read(result);
    const line = y + 16 + index * rowHeight;
    const length = Math.max(2, (value / most) * bars).toFixed(1);
    const middle = line + barHeight / 2 + 5;
    return `<text x="20" y="${middle}" font-size="13" fill="#2d3748">${escapeXml(result.name)}</text>
<rect x="${20 + labels}" y="${line}" width="${length}" height="${barHeight}" rx="3" fill="${index === 0 ? "#2b6cb0" : "#a0aec0"}"/>
<text x="${20 + labels + Number(length) + 8}" y="${middle}" font-size="13" fill="#2d3748">${printValue(value)}</text>`;
  });
  return `<text x="20" y="${y}" font-size="13" font-weight="600" fill="#4a5568">${escapeXml(title)}</text>\n${rows.join("\n")}`;
}

function printValue(value: number): string {
  return value < 1 ? value.toFixed(3) : value.toFixed(1);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
