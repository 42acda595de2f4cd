/** An explained operation as text: the outcome of each field first, then why. */
import { styleText } from "node:util";
import type { ExplainedOperation } from "#gateway";
import {
  type Caller,
  type Decision,
  decisionInWords,
  type ExplainedField,
  type ExplainedPolicy,
  type RowDecision,
} from "#policies";

export function printExplanation(
  caller: Caller,
  { refused, fields, ungoverned, rows }: ExplainedOperation,
): readonly string[] {
  const { id, kind, roles } = caller.principal;
  const lines = [
    `${styleText("bold", id)} (${kind}${roles.length === 0 ? "" : `, roles ${roles.join(", ")}`}), ${caller.purpose === undefined ? "no purpose" : `purpose ${caller.purpose}`}`,
    "",
  ];
  if (refused !== undefined) lines.push(styleText("red", `The whole request is refused: ${refused}`), "");
  const width = Math.max(0, ...fields.map(({ coordinate }) => coordinate.length));
  for (const field of fields) {
    lines.push(`${field.coordinate.padEnd(width)}  ${coloured(field.decision)}  ${about(field)}`);
  }
  if (fields.length === 0) lines.push("No field that is asked for is governed: all are shown.");
  for (const field of fields) lines.push("", ...explainField(field));
  for (const { type, decision, shadow } of rows) {
    lines.push("", `${styleText("bold", `${type} rows`)}: ${rowsInWords(decision)}`);
    if (shadow !== undefined) lines.push(`    with the policies in shadow mode: ${rowsInWords(shadow)}`);
  }
  if (ungoverned.length > 0) lines.push("", `not governed: ${ungoverned.join(", ")}`);
  return lines;
}

function rowsInWords({ filters, minGroup, policies }: RowDecision): string {
  const said = filters.map((filter) =>
    filter.kind === "none"
      ? `no rows (${filter.policy})`
      : `${filter.column} in ${JSON.stringify(filter.values)} (${filter.policy})`,
  );
  if (minGroup !== undefined) said.push(`groups of at least ${minGroup}`);
  return `${said.length === 0 ? "all" : said.join(" and ")}${policies.length === 0 ? "" : `; policies ${policies.join(", ")}`}`;
}

function about({ pii, classification, product }: ExplainedField): string {
  const facts = [
    product,
    ...pii.map((category) => `pii ${category}`),
    ...(classification === undefined ? [] : [classification]),
  ];
  return styleText("dim", facts.filter((fact) => fact !== "").join(", "));
}

function explainField({ coordinate, decision, why, policies, shadow, obligations }: ExplainedField): readonly string[] {
  return [
    `${styleText("bold", coordinate)} ${decisionInWords(decision)}. ${why}`,
    ...policies.map(
      (policy) => `  ${mark(policy)} ${policy.policy}${from(policy, coordinate)}: ${verb(policy)}. ${policy.why}`,
    ),
    ...obligations.map(({ obligation, policy }) => `    obliges to ${obligation} (${policy})`),
    ...(shadow === undefined || decisionInWords(shadow) === decisionInWords(decision)
      ? []
      : [`    with the policies in shadow mode: ${decisionInWords(shadow)}`]),
  ];
}

function mark({ decides, standing, mode }: ExplainedPolicy): string {
  if (mode === "shadow") return "~";
  if (decides) return "➜";
  return standing === "holds" || standing === "failed" ? "•" : " ";
}

function verb({ standing, decision, mode }: ExplainedPolicy): string {
  const said = decision === undefined ? standing : `${standing}, ${decisionInWords(decision)}`;
  return mode === "shadow" ? `${said}, in shadow mode` : said;
}

function from(policy: ExplainedPolicy, coordinate: string): string {
  const source = policy.coordinate === coordinate ? "" : ` through ${policy.coordinate}`;
  return `${source}${policy.owner === undefined ? "" : ` (${policy.owner})`}`;
}

function coloured(decision: Decision): string {
  const words = decisionInWords(decision);
  return decision.effect === "allow"
    ? styleText("green", words)
    : decision.effect === "deny"
      ? styleText("red", words)
      : styleText("yellow", words);
}
