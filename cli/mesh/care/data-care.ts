/**
 * What is done to the rows of running products on behalf of the people whom they are about: erasing a person, and keeping
 * nothing beyond its time. One thing at a time; each leaves evidence in the state folder, which holds no value.
 */
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type EraseReceipt, type EraseRequest, type ErasureReach, eraseSubject, type Tombstones } from "#platform";
import type { LinkedProduct } from "#schema";
import type { LoadedMesh } from "../load-mesh.ts";
import type { RunningProducts } from "../run-products.ts";

export interface RetainRequest {
  /** All products by default. */
  readonly product?: string | undefined;
  readonly dryRun: boolean;
}

/** What one run did to one output. */
export interface RetentionRun {
  readonly at: string;
  readonly dryRun: boolean;
  readonly product: string;
  readonly output: string;
  readonly action: "delete" | "anonymise" | "archive";
  /** Rows that were deleted or anonymised. */
  readonly affected: number;
  /** Rows beyond their time that are there all the same: a legal hold, or an action that is not done here. */
  readonly overdue: number;
  /** Code of why nothing was done. */
  readonly error?: string;
}

export interface DataCare {
  /** Raises what `eraseSubject` raises. */
  erase(request: EraseRequest): Promise<EraseReceipt>;
  /** Never rejects because of a product: its run has the error. */
  retain(request: RetainRequest): Promise<readonly RetentionRun[]>;
}

export interface DataCareOptions {
  readonly stateFolder: string;
  readonly loaded: () => LoadedMesh;
  readonly products: RunningProducts;
  readonly tombstones: Tombstones;
  /** What else keeps something of persons. */
  readonly reach: ErasureReach;
}

export function createDataCare({ stateFolder, loaded, products, tombstones, reach }: DataCareOptions): DataCare {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  };
  const record = async (file: string, lines: readonly unknown[]): Promise<void> => {
    const folder = join(stateFolder, "evidence");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await appendFile(join(folder, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { mode: 0o600 });
  };

  return {
    erase: (request) =>
      inTurn(async () => {
        const { mesh } = loaded();
        const receipt = await eraseSubject(mesh, products.get, tombstones, request, new Date(), reach);
        if (!request.dryRun) await record("erasures.ndjson", [receipt]);
        return receipt;
      }),
    retain: (request) =>
      inTurn(async () => {
        const runs: RetentionRun[] = [];
        for (const linked of loaded().mesh.products.values()) {
          const { name } = linked.manifest.metadata;
          const isAsked = request.product === undefined || request.product === name;
          if (isAsked && linked.manifest.governance.retention !== undefined) {
            runs.push(...(await retainOf(linked, products, request.dryRun)));
          }
        }
        if (!request.dryRun && runs.length > 0) await record("retention.ndjson", runs);
        return runs;
      }),
  };
}

async function retainOf(
  { manifest, tables }: LinkedProduct,
  products: RunningProducts,
  dryRun: boolean,
): Promise<readonly RetentionRun[]> {
  const { name } = manifest.metadata;
  const about = { at: new Date().toISOString(), dryRun, product: name };
  const { retention } = manifest.governance;
  const failed = (error: string): readonly RetentionRun[] =>
    tables
      .filter(({ output }) => output.fields.some((field) => field.name === retention?.field))
      .map(({ output }) => {
        const action = retention?.action ?? "delete";
        return { ...about, output: output.name, action, affected: 0, overdue: 0, error };
      });
  const product = products.get(name);
  if (product === undefined) return [];
  try {
    const result = await product.retain({ dryRun });
    if (result === undefined) return failed("PRODUCT_NOT_PUBLISHED");
    return result.retention.map((report) => ({ ...about, ...report }));
  } catch (cause) {
    return failed(cause instanceof Error && "code" in cause ? String(cause.code) : "INTERNAL_SERVER_ERROR");
  }
}
