import type { EraseReceipt, EraseRequest } from "#platform";
import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { askRunning } from "../mesh/care/control-socket.ts";
import { withDataCare } from "../mesh/care/with-data-care.ts";
import { loadMesh } from "../mesh/load-mesh.ts";

export interface EraseOptions {
  readonly config?: string;
  readonly subject: string;
  readonly of?: string;
  readonly reason?: string;
  readonly dryRun: boolean;
}

/** Prints the receipt as JSON, and fails when a product could not be reached or changed. */
export async function erase({ config: file, subject, of, reason, dryRun }: EraseOptions): Promise<void> {
  const config = await readConfig(file);
  const request: EraseRequest = { subject, of, reason, dryRun };
  // The running process answers with what `DataCare.erase` gives.
  const asked = (await askRunning(config.stateFolder, "erase", request)) as EraseReceipt | undefined;
  const receipt = asked ?? (await withDataCare(config, (care) => care.erase(request)));
  console.log(JSON.stringify(receipt, undefined, 2));
  const failed = receipt.products.filter(({ state }) => state === "failed").map(({ product }) => product);
  const { mesh } = await loadMesh(config);
  const reached = new Set(receipt.products.map(({ product }) => product));
  const elsewhere = [...mesh.products.keys()].filter((product) => !reached.has(product));
  if (elsewhere.length > 0) {
    console.error(`not reached, because they run elsewhere: ${elsewhere.join(", ")}. Run this command there too.`);
  }
  if (failed.length > 0) {
    throw commandError(
      "ERASURE_INCOMPLETE",
      `the person could not be taken out of ${failed.join(", ")}: run the command again when they serve`,
    );
  }
}
