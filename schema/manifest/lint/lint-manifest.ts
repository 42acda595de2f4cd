/** What a manifest says that is allowed and probably not meant. Each rule is a file; none of them stops a product. */
import type { Reading } from "../canonical/reading.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { DataProduct } from "../model.ts";

/** One rule: adds its findings to the reading. */
export type LintRule = (product: DataProduct, document: ManifestDocument, reading: Reading) => void;

const RULES: readonly LintRule[] = [];

/** Runs every rule on a product; the document tells what was said and what is a default. */
export function lintManifest(product: DataProduct, document: ManifestDocument, reading: Reading): void {
  for (const rule of RULES) rule(product, document, reading);
}
