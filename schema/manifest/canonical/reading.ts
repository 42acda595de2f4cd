import type { DocumentPath } from "../../document/path.ts";
import { printPath } from "../../document/path.ts";
import type { Places } from "../../document/places.ts";
import type { Finding } from "../../finding.ts";

/** What the steps of reading one manifest share: the places of its parts and what has been found so far. */
export interface Reading {
  readonly file: string;
  readonly places: Places;
  readonly findings: Finding[];
}

/** Adds a finding at the value (or the key) that the path leads to. */
export function report(
  reading: Reading,
  level: Finding["level"],
  code: string,
  path: DocumentPath,
  message: string,
  at: "key" | "value" = "value",
): void {
  const place = at === "key" ? reading.places.keyAt(path) : reading.places.valueAt(path);
  reading.findings.push({ level, code, message, place, path: printPath(path) });
}
