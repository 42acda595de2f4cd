/** Why the parts of an operation are kept or not, for a person: what becomes of each first, then why. */
import { styleText } from "node:util";
import type { ExplainedCaching, ExplainedPart } from "#gateway";
import { printAge, printNumber, wrapWords } from "./columns.ts";

export function printCacheExplanation({ parts, answer }: ExplainedCaching): readonly string[] {
  return [
    ...parts.flatMap((part) => [...printPart(part), ""]),
    styleText("bold", "The answer as a whole"),
    ...row("kept", keptInWords(answer)),
  ];
}

function printPart(part: ExplainedPart): readonly string[] {
  const { subgraph, fetch, mode, seconds, sameFor, shared, sharedBecause, personal, dependsOn } = part;
  const title = `${styleText("bold", subgraph)}  ${fetch}`;
  if (mode === "off" && dependsOn.length === 0) return [title, ...row("kept", keptInWords(part))];
  const inShadow = mode === "shadow" ? " (in shadow mode: compared, never served)" : "";
  return [
    title,
    ...row("kept", `${keptInWords(part)}${inShadow}`),
    ...(seconds === undefined ? [] : row("for", `${printSeconds(seconds)} at most`)),
    ...row("same for", sameFor),
    ...row("shared", sharedBecause === undefined ? shared : `${shared}: ${sharedBecause}`),
    ...row("personal", personal.length === 0 ? "nothing" : personal.join(", ")),
    ...row("ends with", dependsOn.length === 0 ? "nothing that is told" : dependsOn.join(", ")),
    ...row("now", entriesInWords(part)),
  ];
}

function keptInWords({ isKept, because }: Pick<ExplainedPart, "isKept" | "because">): string {
  return `${isKept === "unknown" ? "not known yet" : isKept ? "yes" : "no"}: ${because}`;
}

function entriesInWords({ entries, oldestSeconds }: ExplainedPart): string {
  if (entries === 0) return "none in the process";
  const oldest = oldestSeconds === undefined ? "" : `, the oldest from ${printAge(oldestSeconds)} ago`;
  return `${printNumber(entries)} in the process${oldest}`;
}

/** As exact as it is said. */
function printSeconds(seconds: number): string {
  for (const [unit, size] of units) if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  return `${Math.round(seconds)} s`;
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

function row(name: string, words: string): readonly string[] {
  return wrapWords(`  ${name.padEnd(10)} `, words);
}
