/** The port for plans that outlive the process. */
import type { EncodedPlan } from "../plan/encoded-plan.ts";

/** Neither call ever rejects, and neither takes long: a plan that is not found is made again. */
export interface PlanStore {
  /** `key` is a digest; what is found was stored under it. */
  get(key: string): Promise<EncodedPlan | undefined>;
  /** Resolves when it is stored, or is known not to be. */
  set(key: string, plan: EncodedPlan): Promise<void>;
}
