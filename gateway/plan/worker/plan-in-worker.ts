import type { DocumentNode } from "graphql";
import { turnOfOthers } from "../../turn-of-others.ts";
import { buildApiSchema, buildSupergraphSchema } from "../build-schemas.ts";
import { decodePlan, type EncodedPlan } from "../encoded-plan.ts";
import type { KeepPlans } from "../kept-plans.ts";
import type { PlannedOperation, PlanOptions } from "../planner.ts";
import type { Planning } from "../planning.ts";
import { createPlanQueue, type PlanQueueOptions } from "./plan-queue.ts";
import { type PlanThread, startPlanThread } from "./plan-thread.ts";

export interface PlanningOptions {
  /** Of one planning; an operation that takes longer is refused, for a while at once. */
  readonly timeoutMs: number;
  /** After so long without a new operation the worker is ended, for its memory; the next one waits for another to start. */
  readonly idleMs: number;
  /** Of the worker's heap, which holds the planner too; a planning that needs more ends it. */
  readonly maxMemoryMb: number;
}

export const defaultPlanningOptions: PlanningOptions = Object.freeze({
  timeoutMs: 10_000,
  idleMs: 120_000,
  maxMemoryMb: 1_024,
});

type PlanInWorkerOptions = PlanningOptions &
  Pick<PlanQueueOptions, "logger" | "metrics"> & {
    /** Asked before the worker is; nothing is kept without it. */
    readonly keepPlans?: KeepPlans | undefined;
  };

/**
 * Plans in a worker thread of its own: the calling thread parses two schemas and reads finished plans, and loads nothing of
 * the planner. Rejects when the text is no supergraph; nothing is left running then.
 */
export async function planInWorker(
  supergraphSdl: string,
  supergraph: DocumentNode,
  options: PlanInWorkerOptions,
): Promise<Planning> {
  const start = (): Promise<PlanThread> => startPlanThread(supergraphSdl, options);
  const thread = await start();
  const queue = createPlanQueue(thread, { ...options, start });
  const { apiSdl, overrideLabels, plannerVersion } = thread.facts;
  const apiSchema = buildApiSchema(apiSdl);
  await turnOfOthers();
  const supergraphSchema = buildSupergraphSchema(supergraph);
  const keeping = new Set<Promise<void>>();
  const kept = options.keepPlans?.(supergraphSdl, plannerVersion);
  return {
    apiSchema,
    supergraphSchema,
    overrideLabels,
    async plan(text, document, planOptions = {}) {
      const found = await kept?.find(text, document, planOptions);
      const known = found === undefined ? undefined : tryDecode(found, document, planOptions);
      if (known !== undefined) return known;
      const plan = await queue.plan(text, planOptions);
      if (kept !== undefined) {
        const end: Promise<void> = kept.keep(text, document, planOptions, plan).finally(() => void keeping.delete(end));
        keeping.add(end);
      }
      return decodePlan(plan, document, planOptions);
    },
    async close() {
      await queue.close();
      await Promise.all(keeping);
    },
  };
}

/** What was kept may have been written by anybody: a plan that cannot be read is made again. */
function tryDecode(plan: EncodedPlan, document: DocumentNode, options: PlanOptions): PlannedOperation | undefined {
  try {
    return decodePlan(plan, document, options);
  } catch {
    return undefined;
  }
}
