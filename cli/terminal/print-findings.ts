import { relative } from "node:path";
import { type Finding, printFinding } from "#schema";
import { workingDirectory } from "../working-directory.ts";

/** Findings one a line on standard error, files relative to where the user stands when they lie below it. */
export function printFindings(findings: readonly Finding[]): void {
  for (const finding of findings) console.error(printFinding(shortened(finding)));
}

function shortened(finding: Finding): Finding {
  const path = relative(workingDirectory(), finding.place.file);
  return path.startsWith("..") || path === "" ? finding : { ...finding, place: { ...finding.place, file: path } };
}
