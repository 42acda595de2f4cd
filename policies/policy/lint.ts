/** What is wrong with a set of policies as a whole, or with policies and the graph they are to govern. */
import { didYouMean, type Finding } from "#schema";
import type { GovernedCoordinate } from "../decision.ts";
import type { Policy } from "./model.ts";
import { compileSelector } from "./selector.ts";

/**
 * Findings: `duplicate-policy` (error: explanations and audits name policies), `policy-matches-nothing` (warning: it
 * protects nothing, most often because of a typing mistake).
 *
 * @param coordinates every coordinate of the graph with what is known of it.
 */
export function lintPolicies(
  policies: readonly Policy[],
  coordinates: readonly GovernedCoordinate[],
): readonly Finding[] {
  const findings: Finding[] = [];
  const fileByName = new Map<string, string>();
  for (const policy of policies) {
    const other = fileByName.get(policy.name);
    if (other === undefined) {
      fileByName.set(policy.name, policy.places.name.file);
    } else {
      findings.push({
        level: "error",
        code: "duplicate-policy",
        message: `The policy ${policy.name} is also in ${other}. Give one of them another name.`,
        place: policy.places.name,
        path: "metadata.name",
      });
    }
    if (!coordinates.some(compileSelector(policy.selector).selects)) {
      findings.push({
        level: "warning",
        code: "policy-matches-nothing",
        message: `The policy ${policy.name} selects no field of the graph, so it protects nothing.${hint(policy, coordinates)}`,
        place: policy.places.selector,
        path: "spec.selector",
      });
    }
  }
  return findings;
}

/** For the first value of the selector that occurs nowhere in the graph: what does. */
function hint({ selector }: Policy, coordinates: readonly GovernedCoordinate[]): string {
  const known = {
    pii: new Set(coordinates.flatMap(({ pii }) => pii)),
    domain: new Set(coordinates.map(({ domain }) => domain)),
    product: new Set(coordinates.map(({ product }) => product)),
  };
  for (const key of ["pii", "domain", "product"] as const) {
    const unknown = selector[key]?.find((value) => value !== "*" && !known[key].has(value));
    if (unknown === undefined) continue;
    return ` No field has the ${key} \`${unknown}\`.${didYouMean(unknown, [...known[key]])}`;
  }
  return "";
}
