/** Keeps a report and its drawings in bench/results, which is committed. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { printMachine } from "../machine.ts";
import type { PartReport } from "./part.ts";
import { partNames } from "./parts.ts";
import { printOrigin, printPart } from "./print-report.ts";
import type { Report } from "./report.ts";

const heading = `# What is kept

Written by \`npm run bench:cache -- --write\`, part by part; [how to read it](../cache/README.md).
`;

/** `cache.md` and the SVGs that it shows. Parts that were not run stay as they are there. */
export async function writeResults(report: Report): Promise<void> {
  const folder = new URL("../results/", import.meta.url);
  await mkdir(folder, { recursive: true });
  const footer = printMachine(report.machine, report.node, report.date);
  for (const { drawings } of Object.values(report.parts)) {
    for (const { name, draw } of drawings) await writeFile(new URL(`${name}.svg`, folder), draw(footer));
  }
  const file = new URL("cache.md", folder);
  await writeFile(file, mergeMarkdown(await readFile(file, "utf8").catch(() => ""), report));
}

/** The text with the parts of the report in the place of what it had of them. */
export function mergeMarkdown(text: string, report: Report): string {
  const known = text.split(/^(?=## )/m).filter((section) => section.startsWith("## "));
  const sections = partNames.flatMap((name) => {
    const part = report.parts[name];
    if (part !== undefined) return [printSection(name, part, report)];
    return known.filter((section) => section.startsWith(`## ${name}\n`)).map((section) => section.trimEnd());
  });
  return [heading, ...sections.map((section) => `${section}\n`)].join("\n");
}

function printSection(name: string, part: PartReport, report: Report): string {
  const drawings = part.drawings.map((drawing) => `![${drawing.alt}](${drawing.name}.svg)\n\n`).join("");
  return `## ${name}\n\n${drawings}\`\`\`\n${printPart(part)}\n\n${printOrigin(report)}\n\`\`\``;
}
