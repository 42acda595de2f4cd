/**
 * Runs a plan inside a draft: staged inputs in, output tables of the coming version out, rows that break the output
 * schema into quarantine. The steps run in the engine that keeps the product; work tables vanish with the run.
 */
import type { LinkedProduct, TableOutput } from "#schema";
import { didYouMean } from "#schema";
import { type Erasures, forgetRows, outputIdentities } from "../erasure/forget-rows.ts";
import { platformError } from "../errors.ts";
import { applyRetention } from "../retention/apply-retention.ts";
import type { Archive } from "../retention/archive.ts";
import { type Sealing, sealedSelect, storedOutput } from "../sealing/sealed-columns.ts";
import { quoteName } from "../storage/layout.ts";
import type { Draft } from "../storage/port.ts";
import { clearQuarantine, quarantineColumns, quarantineSelect } from "../storage/quarantine.ts";
import { checkedSelect } from "./check-rows.ts";
import type { TransformationPlan, TransformationStep } from "./plan-transformation.ts";

export interface OutputReport {
  readonly output: string;
  readonly rows: number;
  readonly quarantined: number;
}

/** What must not be published whatever the inputs hold. */
export interface OutputCare {
  readonly now: Date;
  readonly erasures: Erasures | undefined;
  /** Where rows go that are too old and to be archived. */
  readonly archive: Archive | undefined;
  /** For columns that are encrypted. */
  readonly sealing: Sealing | undefined;
}

/** Raises `TRANSFORMATION_FAILED` with the engine's words, `TRANSFORMATION_INVALID` when a column is missing. */
export async function runTransformation(
  product: LinkedProduct,
  plan: TransformationPlan,
  draft: Draft,
  care: OutputCare,
): Promise<readonly OutputReport[]> {
  const name = product.manifest.metadata.name;
  for (const step of plan.steps) {
    await draft.work(step.name, step.select).catch((cause: unknown) => {
      draft.signal?.throwIfAborted();
      throw sqlFailure(name, plan, step, cause);
    });
  }
  const reports: OutputReport[] = [];
  for (const { output } of product.tables) reports.push(await publishOutput(name, product, plan, output, draft, care));
  return reports;
}

async function publishOutput(
  product: string,
  linked: LinkedProduct,
  plan: TransformationPlan,
  output: TableOutput,
  draft: Draft,
  { now: foundAt, erasures, sealing, archive }: OutputCare,
): Promise<OutputReport> {
  const made = await draft.workColumns(output.name);
  const names = made.map((column) => column.name);
  const missing = output.fields.find((field) => !names.includes(field.name));
  if (missing !== undefined) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `Product "${product}", ${plan.file}: the result for output "${output.name}" has no column "${missing.name}".${didYouMean(missing.name, names)} It has: ${names.join(", ")}.`,
    );
  }
  const checked = await draft.work(
    `checked ${output.name}`,
    checkedSelect(output, made, draft.workTable(output.name), draft),
  );
  if (erasures !== undefined) {
    await forgetRows(draft, checked, outputIdentities(erasures, product, output.name), erasures);
  }
  await applyRetention(draft, linked, output, checked, foundAt, archive);
  const columns = storedOutput(output).fields.map(({ name, type }) => ({ name, type }));
  const good = `(select * from ${checked} where "mesh.reason" is null)`;
  const select = await sealedSelect(draft, product, output, good, sealing);
  const rows = await draft.createOutput(
    output.name,
    columns,
    {
      key: output.key,
      indexed: linked.tables.flatMap((table) => (table.output === output ? table.toOne.map((r) => r.manyColumn) : [])),
    },
    select,
  );
  const port = `output:${output.name}`;
  await clearQuarantine(draft, port);
  const quarantined = await draft.execute(
    `insert into ${draft.layout.quarantine} (${quarantineColumns.map((column) => quoteName(column.name)).join(", ")}) select ${quarantineSelect(
      { run: draft.version, port, source: plan.file, foundAt },
      { line: "null", reason: '"mesh.reason"', raw: '"mesh.raw"' },
    )} from ${checked} where "mesh.reason" is not null`,
  );
  return { output: output.name, rows, quarantined };
}

function sqlFailure(product: string, plan: TransformationPlan, step: TransformationStep, cause: unknown): Error {
  const words = cause instanceof Error ? cause.message : String(cause);
  // DuckDB says `LINE 3: …` with the source line beside it; PostgreSQL gives a character position.
  const within = /^LINE (\d+):/m.exec(words)?.[1];
  const position = (cause as { readonly position?: string } | undefined)?.position;
  const line =
    within !== undefined
      ? step.line + Number(within) - 1
      : position !== undefined
        ? step.line + step.select.slice(0, Number(position) - 1).split("\n").length - 1
        : step.line;
  const first = words.split("\n").filter((text) => text.trim() !== "")[0] ?? "";
  return platformError(
    "TRANSFORMATION_FAILED",
    `Product "${product}", ${plan.file}:${line}: the statement for "${step.name}" failed: ${first}`,
    { cause },
  );
}
