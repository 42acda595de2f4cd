/**
 * Conditions that depend on more than kind, role and purpose (a claim, the time, the caller's id) cannot be decided for
 * an audience. Two sets of policies stand for the two ends: one shows least, the other most.
 */
import { isFault, parseExpression } from "../expression/expression.ts";
import type { Policy } from "../policy/model.ts";

interface UncertainPolicy {
  readonly policy: string;
  readonly condition: string;
}

export interface BothEnds {
  /** Each such condition is as is worst for the reader. */
  readonly strict: readonly Policy[];
  /** And as is best for the reader. */
  readonly lenient: readonly Policy[];
  readonly uncertain: readonly UncertainPolicy[];
}

export function withoutUncertainty(policies: readonly Policy[]): BothEnds {
  const strict: Policy[] = [];
  const lenient: Policy[] = [];
  const uncertain: UncertainPolicy[] = [];
  for (const policy of policies) {
    if (policy.condition === undefined || !isUncertain(policy.condition)) {
      strict.push(policy);
      lenient.push(policy);
      continue;
    }
    uncertain.push({ policy: policy.name, condition: policy.condition });
    const always = { ...policy, condition: undefined };
    (policy.effect.type === "allow" ? lenient : strict).push(always);
  }
  return { strict, lenient, uncertain };
}

const decidable = new Set(["purpose", "principal.kind"]);

function isUncertain(condition: string): boolean {
  const parsed = parseExpression(condition, "condition");
  if (isFault(parsed)) return true;
  const { attributes, others } = parsed.reads;
  if (attributes === "all" || attributes.size > 0) return true;
  return [...others].some((name) => !decidable.has(name) && !name.startsWith("resource"));
}
