import type { DocumentNode } from "graphql";
import type { EncodedPlan } from "./encoded-plan.ts";
import type { PlanOptions } from "./planner.ts";

/** The port for plans of one supergraph that were made before, perhaps by another process. */
interface KeptPlans {
  /** Never rejects. What is found may still be unreadable. */
  find(text: string, document: DocumentNode, options: PlanOptions): Promise<EncodedPlan | undefined>;
  /** Resolves when it is kept, or will not be; never rejects. */
  keep(text: string, document: DocumentNode, options: PlanOptions, plan: EncodedPlan): Promise<void>;
}

/** `plannerVersion` is of the planner whose plans are meant. */
export type KeepPlans = (supergraphSdl: string, plannerVersion: string) => KeptPlans;
