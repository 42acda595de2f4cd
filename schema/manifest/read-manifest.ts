/**
 * Text → DataProduct. In: a `product.yaml`. Out: the canonical model and everything found in it. Next: `linkMesh`.
 *
 *   parse (YAML, places) → check (zod, strict) → canonical (long forms, defaults, names) → lint (warnings)
 */
import { dirname } from "node:path";
import { byPlace, type DocumentOptions, readDocument } from "../document/read-document.ts";
import { hasErrors, type ReadResult } from "../finding.ts";
import { canonicalGovernance, canonicalVersioning, foldGovernance } from "./canonical/canonical-governance.ts";
import { canonicalInputs } from "./canonical/canonical-inputs.ts";
import { canonicalMetadata } from "./canonical/canonical-metadata.ts";
import { canonicalOutputs } from "./canonical/canonical-outputs.ts";
import { canonicalQuality } from "./canonical/canonical-quality.ts";
import { canonicalTransformation } from "./canonical/canonical-transformation.ts";
import { declaredKeys } from "./canonical/declared.ts";
import type { Reading } from "./canonical/reading.ts";
import { type ManifestDocument, manifestDocument } from "./document/manifest-document.ts";
import { lintManifest } from "./lint/lint-manifest.ts";
import type { DataProduct } from "./model.ts";
import { rememberPlaces } from "./places-of.ts";

const SPEC_KEYS = ["inputs", "transformation", "outputs", "quality", "governance", "versioning"];

/**
 * Reads a manifest strictly. Never throws; `value` is there exactly when no finding is an error. Findings come in the
 * order of the text. Variables (`${NAME}`) are taken from `process.env` unless `options.variables` says otherwise.
 */
export function readManifest(text: string, file: string, options: DocumentOptions = {}): ReadResult<DataProduct> {
  const { value: document, findings, places, extensions } = readDocument(text, file, manifestDocument, options);
  if (document === undefined) return { value: undefined, findings };
  const reading: Reading = { file, places, findings: [...findings] };
  const product = canonicalProduct(document, reading, extensions);
  rememberPlaces(product, places);
  lintManifest(product, document, reading);
  const ordered = reading.findings.toSorted(byPlace);
  return { value: hasErrors(ordered) ? undefined : product, findings: ordered };
}

function canonicalProduct(
  { metadata, spec }: ManifestDocument,
  reading: Reading,
  extensions: Readonly<Record<string, unknown>>,
): DataProduct {
  const canonical = canonicalMetadata(metadata, reading);
  const governance = canonicalGovernance(spec.governance);
  const context = { productVersion: canonical.version, defaultClassification: governance.classification };
  return {
    file: reading.file,
    folder: dirname(reading.file),
    metadata: canonical,
    inputs: canonicalInputs(spec.inputs ?? [], reading),
    transformation: canonicalTransformation(spec.transformation),
    outputs: foldGovernance(canonicalOutputs(spec.outputs, context, reading), governance),
    quality: canonicalQuality(spec.quality),
    governance,
    versioning: canonicalVersioning(spec.versioning),
    extensions,
    ...declaredKeys(spec, SPEC_KEYS),
  };
}
