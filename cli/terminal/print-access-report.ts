/** Who sees what unmasked, as text: by product, then by field. */
import { styleText } from "node:util";
import type { AccessReport, FieldAccess } from "#policies";

export function printAccessReport({ fields }: AccessReport): readonly string[] {
  if (fields.length === 0) return ["The graph has no personal data that clients can reach."];
  const products = [...new Set(fields.map(({ product }) => product))].sort();
  const nobody = fields.filter(({ unmasked, perhaps }) => unmasked.length + perhaps.length === 0).length;
  return [
    ...products.flatMap((product) => [
      styleText("bold", product),
      ...fields.filter((field) => field.product === product).flatMap(printField),
      "",
    ]),
    `${fields.length} fields with personal data, ${nobody} of them unmasked for nobody. Roles and purposes are those that policies name; a caller with several roles is held to what each of them brings.`,
  ];
}

function printField(field: FieldAccess): readonly string[] {
  const { coordinate, pii, classification, policies, unmasked, perhaps, conditions, waivers, principals } = field;
  const facts = [pii.join(", "), ...(classification === undefined ? [] : [classification])].join("; ");
  const by = policies.length === 0 ? "no policy selects it, so it is redacted" : `policies ${policies.join(", ")}`;
  return [
    `  ${coordinate} ${styleText("dim", `(${facts}; ${by})`)}`,
    `    unmasked for ${unmasked.length === 0 ? styleText("green", "nobody") : styleText("yellow", unmasked.join("; or "))}`,
    ...(perhaps.length === 0
      ? []
      : [
          `    and, as the condition may be, for ${perhaps.join("; or ")}:`,
          ...conditions.map(({ policy, condition }) => `      ${policy}: ${condition}`),
        ]),
    ...waivers.map(
      ({ name, policy, reason, expires }) => `    waiver ${name} lifts ${policy} until ${expires}: ${reason}`,
    ),
    ...(principals.length === 0
      ? []
      : [
          `    of the configuration's principals: ${principals.map(({ name, purpose }) => (purpose === null ? name : `${name} for ${purpose}`)).join(", ")}`,
        ]),
  ];
}
