/** Keeps a report and its chart in bench/results, which is committed, so that the next one can be held against it. */
import { mkdir, writeFile } from "node:fs/promises";
import { drawChart } from "./draw-chart.ts";
import type { Report } from "./measure.ts";
import { printReport } from "./print-report.ts";

export async function writeResults(report: Report): Promise<void> {
  const folder = new URL("results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL("four-domains.svg", folder), drawChart(report));
  await writeFile(new URL("README.md", folder), printMarkdown(report));
}

function printMarkdown(report: Report): string {
  const { seconds, rounds, orders, concurrency } = report.options;
  const command = `npm run bench -- --seconds ${seconds} --rounds ${rounds} --orders ${orders} --concurrency ${concurrency} --write`;
  return `# Four domains

Written by \`${command}\`; [what is measured](../README.md).

![CPU time and latency per request](four-domains.svg)

\`\`\`
${printReport(report)}
\`\`\`
`;
}
