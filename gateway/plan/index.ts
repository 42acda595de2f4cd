// In: a supergraph, and operations that are valid against its API schema.
// Out: for each operation a frozen plan, and a schedule of requests in waves; both print to stable text.
// Next: execution/compiled makes a program of them.
export type { Fetch, Plan, PlanNode } from "./plan.ts";
export { createPlanner, type PlannedOperation, type Planner, type PlanOptions } from "./planner.ts";
export { printPlan } from "./print-plan.ts";
export { printSchedule } from "./print-schedule.ts";
export { type Schedule, schedule } from "./schedule.ts";
