/** Policies that can never change a decision, because a stricter one holds wherever they do. */
import { decisionOf } from "../decide.ts";
import type { Decision, GovernedCoordinate } from "../decision.ts";
import { strictest, strictness } from "../strictest.ts";
import { compileCondition } from "./condition.ts";
import { isRowEffect, type Policy } from "./model.ts";

export interface Shadowed {
  readonly policy: Policy;
  /** One that hides as much or more. */
  readonly by: string;
}

interface Candidate {
  readonly policy: Policy;
  readonly decision: Decision;
  readonly condition: string;
  readonly always: boolean;
}

/**
 * Guarantees that leaving the found policies out changes no decision: for each of them and each field that it selects
 * there is one of the mesh, enforced, that holds whenever it does (it always holds, or has the same condition) and that hides more;
 * of two that hide the same, neither is found.
 *
 * Cost: linear in the pairs of policies and fields.
 */
export function findShadowed(selectedBy: ReadonlyMap<Policy, readonly GovernedCoordinate[]>): readonly Shadowed[] {
  const candidates = [...selectedBy.keys()].flatMap((policy): Candidate[] => {
    if (isRowEffect(policy.effect) || policy.mode === "shadow" || policy.waivers.length > 0) return [];
    const { when, condition, unless, validity } = policy;
    const always =
      when === undefined &&
      condition === undefined &&
      unless.length === 0 &&
      validity.from === undefined &&
      validity.until === undefined;
    return [{ policy, always, condition: compileCondition(policy).key, ...decisionOf(policy.name, policy.effect) }];
  });
  // By field and condition, the strictest of the mesh that holds there; `always` for those that hold for everybody. Those
  // of products do not count: without the mesh's own, the default for personal data would speak.
  const strictestAt = new Map<string, Decision>();
  const keyOf = (field: GovernedCoordinate, condition: string): string =>
    `${field.coordinate} ${field.product} ${condition}`;
  for (const { policy, decision, condition, always } of candidates) {
    if (policy.product !== undefined) continue;
    for (const field of selectedBy.get(policy) ?? []) {
      for (const held of always ? ["always", condition] : [condition]) {
        const key = keyOf(field, held);
        strictestAt.set(key, strictest([strictestAt.get(key) ?? { effect: "allow" }, decision]));
      }
    }
  }
  return candidates.flatMap(({ policy, decision, condition }) => {
    // Allowing is how a policy has its say where the default would redact, and what `@policy` asks for.
    if (decision.effect === "allow") return [];
    let by: string | undefined;
    for (const field of selectedBy.get(policy) ?? []) {
      const stricter = ["always", condition]
        .flatMap((held) => strictestAt.get(keyOf(field, held)) ?? [])
        .find((other) => strictness(other) > strictness(decision));
      if (stricter === undefined || stricter.effect === "allow") return [];
      by ??= stricter.policy;
    }
    return by === undefined || policy.obligations.length > 0 ? [] : [{ policy, by }];
  });
}
