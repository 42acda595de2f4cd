import { report } from "../canonical/reading.ts";
import type { LintRule } from "./lint-manifest.ts";

/** `no-description`: consumers find an output by what it says about itself. */
export const outputsDescribed: LintRule = (product, _document, reading) => {
  product.outputs.forEach((output, index) => {
    if (output.description !== undefined) return;
    const message = `The output \`${output.name}\` has no \`description\`; consumers read it in the graph and in the catalog.`;
    report(reading, "info", "no-description", ["spec", "outputs", index], message);
  });
};

/** `no-key`: without one there is no entity, and no other product can refer to the rows. */
export const tablesKeyed: LintRule = (product, _document, reading) => {
  product.outputs.forEach((output, index) => {
    if (output.type !== "table" || output.key.length > 0) return;
    const message = `The table \`${output.name}\` has no key, so its rows cannot be asked for one by one nor referred to. Say \`key: true\` at the columns that tell them apart.`;
    report(reading, "warning", "no-key", ["spec", "outputs", index], message);
  });
};
