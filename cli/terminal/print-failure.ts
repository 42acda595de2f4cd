import { ClientError, type Finding } from "#schema";
import { printFindings } from "./print-findings.ts";

/** A command that cannot go on because documents are wrong; the findings say which and where. */
export class FindingsError extends Error {
  readonly findings: readonly Finding[];

  constructor(message: string, findings: readonly Finding[]) {
    super(message);
    this.name = "FindingsError";
    this.findings = findings;
  }
}

/** Says on standard error why a command failed: findings one a line, expected errors in a sentence, faults with their stack. */
export function printFailure(error: unknown): void {
  if (error instanceof FindingsError) {
    printFindings(error.findings);
    console.error(`datamesh: ${error.message}`);
  } else if (error instanceof ClientError) {
    console.error(`datamesh: ${error.message} (${error.code})`);
  } else {
    console.error("datamesh: an unexpected error; this is a fault in datamesh, not in your input.");
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  }
}
