/** What a manifest says that is allowed by its form and not meant, or cannot work. One file for each kind of rule. */
import type { Reading } from "../canonical/reading.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { DataProduct } from "../model.ts";
import { cacheWithinFreshness, tablesKeptTogether } from "./cache-rules.ts";
import { columnsExist } from "./column-names.ts";
import { encryptedInputsWhole, encryptedNotCompared } from "./encryption-rules.ts";
import { namesInGraphql } from "./graphql-names.ts";
import { noDomain, noVersion } from "./metadata-rules.ts";
import { availabilityAtOutputs, freshnessMeasurable } from "./objective-rules.ts";
import { outputsDescribed, tablesKeyed } from "./output-rules.ts";
import { keysNotPersonal, piiNamesColumns, subjectKnown } from "./pii-rules.ts";

/** One rule: adds its findings to the reading. `document` tells what was said, `product` what it means. */
export type LintRule = (product: DataProduct, document: ManifestDocument, reading: Reading) => void;

const RULES: readonly LintRule[] = [
  noDomain,
  noVersion,
  namesInGraphql,
  outputsDescribed,
  tablesKeyed,
  freshnessMeasurable,
  availabilityAtOutputs,
  cacheWithinFreshness,
  tablesKeptTogether,
  piiNamesColumns,
  subjectKnown,
  keysNotPersonal,
  encryptedNotCompared,
  encryptedInputsWhole,
  columnsExist,
];

/** Runs every rule on a product. */
export function lintManifest(product: DataProduct, document: ManifestDocument, reading: Reading): void {
  for (const rule of RULES) rule(product, document, reading);
}
