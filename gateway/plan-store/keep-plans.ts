/**
 * Plans of one supergraph in a store: which of them may be kept, and under which keys.
 *
 * A key is a digest of everything that a plan depends on: the planner, the supergraph, the operation's text and what it is
 * planned for. So nothing has to be thrown away when any of these changes, and no key can be read.
 */
import { createHash } from "node:crypto";
import type { KeepPlans } from "../plan/kept-plans.ts";
import { planKey } from "../plan/plan-key.ts";
import type { PlanStore } from "./plan-store.ts";
import { hasTellingLiterals } from "./telling-literals.ts";

/** @param literals whether plans of operations are kept whose text holds values (`telling-literals.ts`). */
export function keepPlansIn(store: PlanStore, literals: boolean): KeepPlans {
  return (supergraphSdl, plannerVersion) => {
    const place = createHash("sha256").update(plannerVersion).update("\n").update(supergraphSdl).digest("hex");
    const keyOf = (...asked: Parameters<typeof planKey>): string =>
      createHash("sha256")
        .update(place)
        .update(planKey(...asked))
        .digest("base64url");
    return {
      async find(text, document, options) {
        if (!literals && hasTellingLiterals(document)) return undefined;
        return store.get(keyOf(text, options));
      },
      async keep(text, document, options, plan) {
        if (literals || !hasTellingLiterals(document)) await store.set(keyOf(text, options), plan);
      },
    };
  };
}
