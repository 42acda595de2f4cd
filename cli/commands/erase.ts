import type { EraseReceipt, EraseRequest } from "#platform";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { withDataCare } from "../mesh/care/with-data-care.ts";
import { askRunning } from "../mesh/control/control-socket.ts";
import { loadMesh } from "../mesh/load-mesh.ts";

export interface EraseOptions {
  readonly config?: string;
  readonly subject: string;
  readonly of?: string;
  readonly reason?: string;
  readonly dryRun: boolean;
}

/** Prints the receipt as JSON, and fails when something may be left of the person. */
export async function erase({ config: file, subject, of, reason, dryRun }: EraseOptions): Promise<void> {
  const config = await readConfig(file);
  const request: EraseRequest = { subject, of, reason, dryRun };
  const asked = await askRunning(config.stateFolder, "products", "erase", request);
  const receipt = asked ?? (await withDataCare(config, (care) => care.erase(request)));
  console.log(JSON.stringify(receipt, undefined, 2));
  const { mesh } = await loadMesh(config);
  const reached = new Set(receipt.products.map(({ product }) => product));
  const elsewhere = [...mesh.products.keys()].filter((product) => !reached.has(product));
  if (elsewhere.length > 0) {
    console.error(`not reached, because they run elsewhere: ${elsewhere.join(", ")}. Run this command there too.`);
  }
  if (!dryRun && receipt.caches === null && config.gateway.cache.enabled) console.error(outOfReach(config));
  const problems = problemsOf(receipt);
  if (problems.length > 0) throw commandError("ERASURE_INCOMPLETE", problems.join("; "));
}

function outOfReach({ events }: MeshConfig): string {
  const none = "no gateway was in reach: what gateways keep of the person ";
  return events.url === undefined
    ? `${none}ends with its lifetime there, since spec.events.url names no bus by which they would hear of it. \`datamesh cache purge --all\` where they run ends it now.`
    : `${none}ends when they hear of the change by the event bus; run this command where one runs to have it removed at once.`;
}

function problemsOf({ products, untold, caches }: EraseReceipt): readonly string[] {
  const failed = products.filter(({ state }) => state === "failed").map(({ product }) => product);
  const problems: string[] = [];
  if (failed.length > 0) {
    problems.push(`the person could not be taken out of ${failed.join(", ")}: run the command again when they serve`);
  }
  if (untold.length > 0) {
    problems.push(
      `the event bus has not taken yet what changed in ${untold.join(", ")}: who keeps rows of them elsewhere has the person until it does; it is tried again as long as they run`,
    );
  }
  if (caches?.isComplete === false) {
    problems.push(
      "it is not known whether all gateways have forgotten the person: run the command again, and look at `datamesh cache stats` and the Redis that they share",
    );
  }
  return problems;
}
