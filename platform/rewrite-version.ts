/**
 * A next version made from the published one, without asking any input: the same rows but for those that must not be kept
 * any more. Its fingerprint stays, so that a refresh goes on from it as from the former.
 */
import type { LinkedProduct } from "#schema";
import {
  type Erasures,
  forgetQuarantined,
  forgetRows,
  forgetStaged,
  forgetUpstreams,
  isNamedBy,
  outputIdentities,
} from "./erasure/forget-rows.ts";
import { applyRetention, type RetentionReport } from "./retention/apply-retention.ts";
import type { Archive } from "./retention/archive.ts";
import { storedOutput } from "./sealing/sealed-columns.ts";
import { quoteName } from "./storage/layout.ts";
import type { PublishedVersion, Storage } from "./storage/port.ts";
import { readLatestVersion } from "./storage/versions.ts";

export interface RewriteRequest {
  readonly product: LinkedProduct;
  readonly storage: Storage;
  readonly erasures: Erasures | undefined;
  /** Where old rows may go. */
  readonly archive: Archive | undefined;
  readonly now: Date;
  readonly signal: AbortSignal | undefined;
  /** Counts and leaves everything as it is. */
  readonly dryRun: boolean;
}

export interface RewriteResult {
  /** Undefined when every row stays. */
  readonly published: PublishedVersion | undefined;
  readonly forgotten: { readonly rows: number; readonly staged: number; readonly quarantined: number };
  readonly retention: readonly RetentionReport[];
}

/** Does nothing for a product that has published nothing. */
export async function rewriteVersion(request: RewriteRequest): Promise<RewriteResult> {
  const { product, storage, erasures, archive, now, dryRun } = request;
  const counting = archive && { add: () => Promise.resolve() };
  const { name } = product.manifest.metadata;
  let forgotten = { rows: 0, staged: 0, quarantined: 0 };
  let retention: RetentionReport[] = [];
  const published = await storage.publish(
    async (draft) => {
      forgotten = { rows: 0, staged: 0, quarantined: 0 };
      retention = [];
      // Another process may have published since the storage was asked last.
      const before = await readLatestVersion(draft, draft.layout);
      if (before === undefined) return undefined;
      for (const { output: declared, toOne } of product.tables) {
        const output = storedOutput(declared);
        const columns = output.fields.map(({ name: column, type }) => ({ name: column, type }));
        const list = columns.map((column) => quoteName(column.name)).join(", ");
        const copy = await draft.work(
          `kept ${output.name}`,
          `select ${list} from ${draft.layout.output(output.name, before.version)}`,
        );
        if (erasures !== undefined) {
          const named = outputIdentities(erasures, name, output.name);
          forgotten.rows += await forgetRows(draft, copy, named, erasures);
          if (!dryRun) forgotten.rows += (await archive?.forget(output.name, isNamedBy(named, erasures))) ?? 0;
        }
        retention.push(...(await applyRetention(draft, product, output, copy, now, dryRun ? counting : archive)));
        await draft.createOutput(
          output.name,
          columns,
          { key: output.key, indexed: toOne.map((relation) => relation.manyColumn) },
          `select ${list} from ${copy}`,
        );
      }
      if (erasures !== undefined) {
        for (const input of product.manifest.inputs) {
          forgotten.staged += await forgetStaged(draft, product, input.name, erasures);
        }
        forgotten.quarantined = await forgetQuarantined(draft, product, erasures);
        await forgetUpstreams(draft, product);
      }
      const isForgotten = forgotten.rows + forgotten.staged + forgotten.quarantined > 0;
      const isAged = retention.some(({ affected }) => affected > 0);
      // What was added up from an erased person's rows goes with the rows that are kept of them.
      const isAddedTo =
        erasures !== undefined && product.productInputs.some(({ input }) => input.watermark !== undefined);
      if (dryRun || !(isForgotten || isAged || isAddedTo)) return undefined;
      return { fingerprint: before.fingerprint, publishedAt: now, checkedAt: before.checkedAt };
    },
    { signal: request.signal },
  );
  return { published, forgotten, retention };
}
