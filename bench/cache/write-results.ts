/** Keeps a report and its drawings in bench/results, which is committed. */
import { mkdir, writeFile } from "node:fs/promises";
import { printMachine } from "../machine.ts";
import { printOrigin, printPart } from "./print-report.ts";
import type { Report } from "./report.ts";

/** `cache.md` and the SVGs that it shows. */
export async function writeResults(report: Report): Promise<void> {
  const folder = new URL("../results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const footer = printMachine(report.machine, report.node, report.date);
  for (const { drawings } of Object.values(report.parts)) {
    for (const { name, draw } of drawings) await writeFile(new URL(`${name}.svg`, folder), draw(footer));
  }
  await writeFile(new URL("cache.md", folder), printMarkdown(report));
}

function printMarkdown(report: Report): string {
  const parts = Object.entries(report.parts).map(([name, part]) => {
    const drawings = part.drawings.map((drawing) => `![${drawing.alt}](${drawing.name}.svg)\n\n`).join("");
    return `## ${name}\n\n${drawings}\`\`\`\n${printPart(part)}\n\`\`\`\n`;
  });
  return `# What is kept

Written by \`${report.command}\`; [how to read it](../cache/README.md).

${parts.join("\n")}
\`\`\`
${printOrigin(report)}
\`\`\`
`;
}
