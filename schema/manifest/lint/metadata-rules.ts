import { report } from "../canonical/reading.ts";
import type { LintRule } from "./lint-manifest.ts";

/** `no-domain`: the team's name stands in, which is a guess about the organisation. */
export const noDomain: LintRule = (product, document, reading) => {
  if (document.metadata.domain !== undefined) return;
  const message = `The product names no domain; it is taken to be the team's name, \`${product.metadata.domain}\`. Say \`domain\`.`;
  report(reading, "warning", "no-domain", ["metadata"], message, "key");
};

/** `no-version`: consumers pin versions, so a product should have one on purpose. */
export const noVersion: LintRule = (product, document, reading) => {
  if (document.metadata.version !== undefined) return;
  const message = `The product names no version; it is taken to be ${product.metadata.version}. Say \`version\`.`;
  report(reading, "warning", "no-version", ["metadata"], message, "key");
};
