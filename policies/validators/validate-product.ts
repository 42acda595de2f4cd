/** Validators + a product → findings: about its manifest, and about sampled rows of a version before it is published. */
import { type DataProduct, type Finding, type LinkedTable, placeOf } from "#schema";
import { detectPersonalData } from "../detection/detect-personal-data.ts";
import { runManifestCheck } from "./checks.ts";
import { isPersonalDataCheck, type Validator } from "./model.ts";

const findingLevel = { warn: "warning", block: "error" } as const;

/** Findings of all validators that are about the product; the code is the validator's name. Nothing runs, nothing is read. */
export function validateManifest(product: DataProduct, validators: readonly Validator[]): readonly Finding[] {
  return applying(product, validators).flatMap(({ name, owner, level, check }) =>
    runManifestCheck(check, product).map(
      ({ message, path }): Finding => ({
        level: findingLevel[level],
        code: name,
        message: `${message} (demanded by ${owner})`,
        place: placeOf(product, path),
        path: path.join("."),
      }),
    ),
  );
}

/** Rows of each output that the validators want to see; 0: none. */
export function sampleSize(product: DataProduct, validators: readonly Validator[]): number {
  const sizes = applying(product, validators).flatMap(({ check }) => (isPersonalDataCheck(check) ? check.sample : []));
  return Math.max(0, ...sizes);
}

/**
 * Columns of one output that hold personal data and do not say so. Neither a value nor the shape of one is told. Columns
 * that the manifest declares as personal, or acknowledges as not personal, are not looked at.
 */
export function validateSample(
  product: DataProduct,
  output: LinkedTable["output"],
  rows: readonly Readonly<Record<string, unknown>>[],
  validators: readonly Validator[],
): readonly Finding[] {
  const acknowledged = new Set((product.governance.notPersonal ?? []).map(({ field }) => field));
  const fields = output.fields.filter(
    ({ name, pii }) => pii === undefined && !acknowledged.has(name) && !acknowledged.has(`${output.name}.${name}`),
  );
  return applying(product, validators).flatMap(({ name, owner, level, check }) => {
    if (!isPersonalDataCheck(check)) return [];
    const { sample, share: minShare, minValues } = check;
    const found = detectPersonalData(rows.slice(0, sample), { output: output.name, fields, minShare, minValues });
    return found.map(({ column, title, category, share, values }): Finding => {
      const index = product.outputs.indexOf(output);
      const path = ["spec", "outputs", index, "schema", output.fields.findIndex((field) => field.name === column)];
      return {
        level: findingLevel[level],
        code: name,
        message: `\`${output.name}.${column}\` looks like ${title}: ${Math.round(share * 100)} % of ${values} sampled values. Say \`pii: ${category}\` at the column, or name it with a reason in \`governance.notPersonal\`. (demanded by ${owner})`,
        place: placeOf(product, path),
        path: path.join("."),
      };
    });
  });
}

function applying({ metadata }: DataProduct, validators: readonly Validator[]): readonly Validator[] {
  return validators.filter(
    ({ domain, product }) =>
      (domain === undefined || domain.includes(metadata.domain)) &&
      (product === undefined || product.includes(metadata.name)),
  );
}
