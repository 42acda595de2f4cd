/** Keeps a report and its drawing in bench/results, which is committed. */
import { mkdir, writeFile } from "node:fs/promises";
import { printMachine } from "../machine.ts";
import { drawComparisons, drawSoak } from "./draw-report.ts";
import { printReport } from "./print-report.ts";
import type { Report } from "./report.ts";

/** `peers.md` and `peers.svg`; of a soak `peers-soak.md` and `peers-soak.svg`. */
export async function writeResults(report: Report): Promise<void> {
  const folder = new URL("../results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const [soak] = report.soak;
  const name = soak === undefined ? "peers" : "peers-soak";
  const drawing =
    soak === undefined
      ? drawComparisons(report)
      : drawSoak(soak, printMachine(report.machine, report.node, report.date));
  await writeFile(new URL(`${name}.svg`, folder), drawing);
  await writeFile(new URL(`${name}.md`, folder), printMarkdown(report, name));
}

function printMarkdown(report: Report, name: string): string {
  return `# ${name === "peers" ? "datamesh beside other gateways" : "datamesh under a steady load"}

Written by \`${report.command}\`; [how to read it](../peers/README.md).

![the figures as a drawing](${name}.svg)

\`\`\`
${printReport(report)}
\`\`\`
`;
}
