import { didYouMean } from "../../names/suggest.ts";
import { report } from "../canonical/reading.ts";
import type { TableOutput } from "../model.ts";
import type { LintRule } from "./lint-manifest.ts";

/** `pii-without-column`: a rule about a column that no output has protects nothing. */
export const piiNamesColumns: LintRule = (product, _document, reading) => {
  const tables = product.outputs.filter((output): output is TableOutput => output.type === "table");
  const names = tables.flatMap((table) => table.fields.flatMap((field) => [field.name, `${table.name}.${field.name}`]));
  product.governance.pii.forEach(({ field }, index) => {
    if (names.includes(field)) return;
    const message = `No output has a column \`${field}\`, so this protects nothing.${didYouMean(field, names)}`;
    report(reading, "warning", "pii-without-column", ["spec", "governance", "pii", index], message);
  });
  (product.governance.notPersonal ?? []).forEach(({ field }, index) => {
    if (names.includes(field)) return;
    const message = `No output has a column \`${field}\`, so this says nothing.${didYouMean(field, names)}`;
    report(reading, "warning", "pii-without-column", ["spec", "governance", "notPersonal", index], message);
  });
};

/** `no-subject-key`: a request to erase somebody's data has to find them. */
export const subjectKnown: LintRule = (product, _document, reading) => {
  const fields = product.outputs.flatMap((output) => (output.type === "table" ? output.fields : []));
  if (!fields.some((field) => field.pii !== undefined) || fields.some((field) => field.subject)) return;
  const message = "The product holds personal data and does not say whose; name the column in `governance.subjectKey`.";
  report(reading, "warning", "no-subject-key", ["spec", "governance"], message, "key");
};

/**
 * `pii-in-key` (an error): keys and references travel between products unmasked, so they cannot be personal data.
 */
export const keysNotPersonal: LintRule = (product, _document, reading) => {
  product.outputs.forEach((output, index) => {
    if (output.type !== "table") return;
    output.fields.forEach((field, position) => {
      if (field.pii === undefined || (field.key === undefined && field.references === undefined)) return;
      const role = field.key === undefined ? "refers to another table" : "is part of the key";
      const message = `\`${field.name}\` is personal data and ${role}: it would travel between products unmasked. Use an identifier that says nothing about the person.`;
      report(reading, "error", "pii-in-key", ["spec", "outputs", index, "schema", position], message);
    });
  });
};
