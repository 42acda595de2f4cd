import { parse, validate } from "graphql";
import { createPlanner } from "./planner.ts";
import { printPlan } from "./print-plan.ts";
import { printSchedule } from "./print-schedule.ts";
import { schedule } from "./schedule.ts";

/** How an operation would be run, as stable text: what is fetched in which order, and the requests that come of it. */
export interface PlanExplanation {
  readonly plan: string;
  readonly schedule: string;
}

/**
 * Plans one operation without running it. Conditions (`@skip`, `@include`) on variables count as not skipped and not
 * included, as without variables.
 *
 * @throws GraphQLError for a syntax error, an operation that is not valid against the graph (the first error), and
 * FIELD_NOT_RESOLVABLE.
 */
export function explainPlan(supergraphSdl: string, query: string, operationName?: string): PlanExplanation {
  const planner = createPlanner(supergraphSdl);
  const document = parse(query);
  const [error] = validate(planner.apiSchema, document);
  if (error !== undefined) throw error;
  const { plan } = planner.plan(document, operationName === undefined ? {} : { operationName });
  return { plan: printPlan(plan), schedule: printSchedule(schedule(plan)) };
}
