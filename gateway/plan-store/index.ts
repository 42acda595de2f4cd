// In: plans that were made. Out: the same plans, after a restart or in another process. Next: plan/worker, which asks here
// before it plans.
export { createPlanStore, type PlanStoreOptions } from "./create-plan-store.ts";
