import { type DocumentNode, type GraphQLSchema, getOperationAST, parse, validate } from "graphql";
import { printCost, printUnsized } from "../operation/cost/check-cost.ts";
import { compileCost } from "../operation/cost/compile-cost.ts";
import { readCostDirectives } from "../operation/cost/read-cost-directives.ts";
import { defaultLimits } from "../operation/limits.ts";
import { drawPlan } from "./draw-plan.ts";
import { printPlan } from "./print-plan.ts";
import { printSchedule } from "./print-schedule.ts";
import { schedule } from "./schedule.ts";

/** How an operation would be run, as stable text and as a picture: what is fetched in which order, and the requests that come of it. */
export interface PlanExplanation {
  readonly plan: string;
  readonly schedule: string;
  /** Both as a picture: an SVG document. */
  readonly svg: string;
  /** `cost 1,051`, estimated as for `limits.maxCost`, or why it is not known. */
  readonly cost: string;
}

/**
 * Plans one operation without running it. Conditions (`@skip`, `@include`) on variables count as not skipped and not
 * included, as without variables; so do variables that say how long a list is.
 *
 * Rejects with a GraphQLError for a syntax error, an operation that is not valid against the graph (the first error), and
 * FIELD_NOT_RESOLVABLE.
 */
export async function explainPlan(
  supergraphSdl: string,
  query: string,
  operationName?: string,
  assumedListSize: number = defaultLimits.assumedListSize,
): Promise<PlanExplanation> {
  // Only who asks for it loads the planner.
  const { createPlanner } = await import("./planner.ts");
  const planner = createPlanner(supergraphSdl);
  const document = parse(query);
  const [error] = validate(planner.apiSchema, document);
  if (error !== undefined) throw error;
  const { plan } = planner.plan(document, operationName === undefined ? {} : { operationName });
  const cost = explainCost(planner.apiSchema, supergraphSdl, document, operationName, assumedListSize);
  const scheduled = schedule(plan);
  return { plan: printPlan(plan), schedule: printSchedule(scheduled), svg: drawPlan(plan, scheduled), cost };
}

function explainCost(
  schema: GraphQLSchema,
  supergraphSdl: string,
  document: DocumentNode,
  operationName: string | undefined,
  assumedListSize: number,
): string {
  const operation = getOperationAST(document, operationName);
  if (operation == null) return "cost unknown"; // the planner has refused it
  const directives = readCostDirectives(parse(supergraphSdl, { noLocation: true }));
  const { cost, unsized } = compileCost({ schema, directives, assumedListSize }, document, operation)({});
  return unsized === undefined ? `cost ${printCost(cost)}` : `cost unknown: ${printUnsized(unsized)}`;
}
