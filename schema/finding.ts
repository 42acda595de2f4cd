/** Where a finding points: a file and, where the source has lines, a place in it (1-based). */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * What a reader, linter or composer has to say about a document.
 * `error` stops the document from being used, `warning` does not, `info` only tells.
 */
export interface Finding {
  readonly level: "error" | "warning" | "info";
  /** Stable, kebab-case, e.g. `unknown-key`; documentation and tests name it. */
  readonly code: string;
  /** What is wrong and what to do instead, in one or two sentences; never a data value. */
  readonly message: string;
  readonly place: Place;
  /** Where in the document, dotted: `spec.outputs[0].schema[2].type`. */
  readonly path?: string;
}

/** The value when there was no error, and everything that was found. */
export interface ReadResult<T> {
  readonly value: T | undefined;
  readonly findings: readonly Finding[];
}

/** One line: `subgraphs/orders/product.yaml:12:9 error unknown-key spec.outputs[0].shema: …`. */
export function printFinding(finding: Finding): string {
  const { place } = finding;
  const where = [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
  const path = finding.path === undefined ? "" : ` ${finding.path}`;
  return `${where} ${finding.level} ${finding.code}${path}: ${finding.message}`;
}

/** True when at least one finding is an error. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.level === "error");
}
