import { report } from "../canonical/reading.ts";
import type { LintRule } from "./lint-manifest.ts";

/** `freshness-without-column`: an age that is measured on nothing cannot be kept or broken. */
export const freshnessMeasurable: LintRule = (_product, document, reading) => {
  const freshness = document.spec.quality?.sla?.freshness;
  if (freshness === undefined || freshness.on !== undefined) return;
  const message = `Freshness names no column to measure on; write \`freshness: { maxAge: ${freshness.maxAge}, on: output.column }\`.`;
  report(reading, "warning", "freshness-without-column", ["spec", "quality", "sla", "freshness"], message);
};

/** `availability-in-quality`: it is a promise of a service, so it belongs to the output that is called. */
export const availabilityAtOutputs: LintRule = (_product, document, reading) => {
  if (document.spec.quality?.sla?.availability === undefined) return;
  const message = "Availability is no quality of the data; promise it in the `sla` of the output that is called.";
  report(reading, "info", "availability-in-quality", ["spec", "quality", "sla", "availability"], message);
};
