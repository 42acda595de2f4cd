/**
 * A version in the making → what governance has to say about its rows, before anybody can read it. A sample is looked at,
 * taken at equal distances over each output; what is found names columns, never a value.
 */
import { sampleSize, type Validator, validateSample } from "#policies";
import type { Finding, LinkedProduct } from "#schema";
import { platformError } from "./errors.ts";
import { storedOutput } from "./sealing/sealed-columns.ts";
import { quoteName } from "./storage/layout.ts";
import type { Draft, Row } from "./storage/port.ts";
import type { OutputReport } from "./transformation/run-transformation.ts";

/** Resolves with what only warns. Raises GOVERNANCE_VIOLATION for what blocks: nothing of the version remains then. */
export async function inspectVersion(
  product: LinkedProduct,
  validators: readonly Validator[],
  reports: readonly OutputReport[],
  draft: Draft,
): Promise<readonly Finding[]> {
  const size = sampleSize(product.manifest, validators);
  if (size === 0) return [];
  const findings: Finding[] = [];
  for (const { output } of product.tables) {
    const rows = reports.find((report) => report.output === output.name)?.rows ?? 0;
    const sample = await takeSample(storedOutput(output), rows, size, draft);
    findings.push(...validateSample(product.manifest, output, sample, validators));
  }
  assertNothingBlocks(product, findings);
  return findings;
}

/** Raises GOVERNANCE_VIOLATION with every sentence when one of the findings is an error. */
export function assertNothingBlocks(product: LinkedProduct, findings: readonly Finding[]): void {
  const blocking = findings.filter(({ level }) => level === "error");
  if (blocking.length === 0) return;
  const { name } = product.manifest.metadata;
  const said = blocking.map(({ code, message }) => `${code}: ${message}`).join(" ");
  throw platformError("GOVERNANCE_VIOLATION", `Product "${name}" must not publish a version like this. ${said}`, {
    extensions: { validators: [...new Set(blocking.map(({ code }) => code))] },
  });
}

function takeSample(
  { name, fields }: LinkedProduct["tables"][number]["output"],
  rows: number,
  size: number,
  draft: Draft,
): Promise<readonly Row[]> {
  const columns = fields.map((field) => quoteName(field.name)).join(", ");
  const step = Math.max(1, Math.floor(rows / size));
  const table = draft.layout.output(name, draft.version);
  return draft.query(
    `select ${columns} from (select ${columns}, row_number() over () as "mesh.number" from ${table}) as numbered where "mesh.number" % ${step} = 0 limit ${size}`,
    [],
    new Map(fields.map((field) => [field.name, field.type])),
  );
}
