import { didYouMean, type Finding } from "#schema";
import type { Policy, Waiver } from "./model.ts";

/**
 * The policies with the waivers that lift them. Findings: `waiver-of-unknown-policy` and `waiver-of-local-policy`
 * (warnings: such a waiver lifts nothing), `duplicate-waiver` (error: explanations and audits name them).
 */
export function applyWaivers(
  policies: readonly Policy[],
  waivers: readonly Waiver[],
): { readonly policies: readonly Policy[]; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const names = policies.filter(({ product }) => product === undefined).map(({ name }) => name);
  const files = new Map<string, string>();
  for (const { name, policy, places } of waivers) {
    const other = files.get(name);
    files.set(name, places.name.file);
    if (other !== undefined) {
      const message = `The waiver ${name} is also in ${other}. Give one of them another name.`;
      findings.push({ level: "error", code: "duplicate-waiver", message, place: places.name, path: "metadata.name" });
    }
    if (names.includes(policy)) continue;
    const isLocal = policies.some((each) => each.name === policy);
    findings.push({
      level: "warning",
      code: isLocal ? "waiver-of-local-policy" : "waiver-of-unknown-policy",
      message: isLocal
        ? `The waiver ${name} lifts nothing: ${policy} is a product's own policy, which the product can change itself.`
        : `The waiver ${name} lifts nothing: there is no policy ${policy}.${didYouMean(policy, names)}`,
      place: places.policy,
      path: "spec.policy",
    });
  }
  const waived = policies.map((policy) =>
    policy.product === undefined
      ? { ...policy, waivers: waivers.filter((waiver) => waiver.policy === policy.name) }
      : policy,
  );
  return { policies: waived, findings };
}
