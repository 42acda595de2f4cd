import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import type { RetainRequest } from "../mesh/care/data-care.ts";
import { withDataCare } from "../mesh/care/with-data-care.ts";
import { askRunning } from "../mesh/control/control-socket.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { requireProduct } from "../mesh/require-product.ts";

export interface RetainOptions {
  readonly config?: string;
  readonly dryRun: boolean;
}

/** Carries out `governance.retention` now and prints a line for each output. */
export async function retain(product: string | undefined, { config: file, dryRun }: RetainOptions): Promise<void> {
  const config = await readConfig(file);
  if (product !== undefined) requireProduct(await loadMesh(config), product, config);
  const request: RetainRequest = { product, dryRun };
  const asked = await askRunning(config.stateFolder, "products", "retain", request);
  const runs = asked ?? (await withDataCare(config, (care) => care.retain(request)));
  for (const run of runs) {
    const done = `${run.affected} rows ${dryRun ? "would be " : ""}${run.action === "anonymise" ? "anonymised" : "deleted"}`;
    const kept = run.overdue === 0 ? "" : `, ${run.overdue} rows are kept beyond their time`;
    console.log(`${run.product}/${run.output}: ${run.error === undefined ? done + kept : `not done: ${run.error}`}`);
  }
  if (runs.length === 0) console.log("no output has a column on which its retention could be measured");
  const failed = runs.filter(({ error }) => error !== undefined);
  if (failed.length > 0) {
    const names = [...new Set(failed.map((run) => run.product))].join(", ");
    throw commandError(
      "RETENTION_INCOMPLETE",
      `nothing could be done for ${names}: run the command again when they serve`,
    );
  }
}
