import { report } from "../canonical/reading.ts";
import type { Field } from "../model.ts";
import type { LintRule } from "./lint-manifest.ts";

/** `encrypted-operand` (an error): no engine can find, order or join rows by a value that is sealed. */
export const encryptedNotCompared: LintRule = (product, _document, reading) => {
  product.outputs.forEach((output, index) => {
    if (output.type !== "table") return;
    output.fields.forEach((field, position) => {
      const role = field.encrypt === true ? roleOf(field, product.governance.retention?.field) : undefined;
      if (role === undefined) return;
      const message = `\`${field.name}\` is encrypted and ${role}, which a sealed value cannot be. Leave \`encrypt\` out, or use another column for that.`;
      report(reading, "error", "encrypted-operand", ["spec", "outputs", index, "schema", position], message);
    });
  });
};

/**
 * `encrypted-input` (an error): rows of inputs are not kept between runs where columns are encrypted, so an input has to be
 * read as a whole each time.
 */
export const encryptedInputsWhole: LintRule = (product, _document, reading) => {
  const isEncrypted = product.outputs.some(
    (output) => output.type === "table" && output.fields.some(({ encrypt }) => encrypt === true),
  );
  if (!isEncrypted) return;
  product.inputs.forEach((input, index) => {
    if (input.mode === "snapshot") return;
    const message = `Input \`${input.name}\` keeps its rows between runs (mode \`${input.mode}\`), and they would lie there unencrypted. Use \`mode: snapshot\`.`;
    report(reading, "error", "encrypted-input", ["spec", "inputs", index], message);
  });
};

function roleOf(field: Field, retentionField: string | undefined): string | undefined {
  if (field.key !== undefined) return "part of the key";
  if (field.references !== undefined) return "a reference";
  if (field.subject) return "tells whose data a row holds";
  if (field.unique) return "unique";
  return field.name === retentionField ? "the field of the retention" : undefined;
}
