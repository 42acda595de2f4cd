/** The other side of `plan-thread.ts`: plans for one supergraph, one operation after another, until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import { parse } from "graphql";
import { encodePlan } from "../encoded-plan.ts";
import { createPlanner, type Planner } from "../planner.ts";
import { type PlanQuestion, type PlanWorkerMessage, toPlainError } from "./messages.ts";
import { readPlannerVersion } from "./planner-version.ts";

// Written by plan-thread.ts alone.
const supergraphSdl = workerData as string;

const say = (message: PlanWorkerMessage): void => parentPort?.postMessage(message);

function start(): Planner | undefined {
  try {
    return createPlanner(supergraphSdl);
  } catch (error) {
    say({ kind: "unusable", error: toPlainError(error) });
    return undefined;
  }
}

function answer(planner: Planner, { text, options }: PlanQuestion): PlanWorkerMessage {
  try {
    return { kind: "planned", plan: encodePlan(planner.plan(parse(text, { noLocation: true }), options)) };
  } catch (error) {
    return { kind: "failed", error: toPlainError(error) };
  }
}

const planner = start();
if (planner !== undefined) {
  const { apiSdl, overrideLabels } = planner;
  parentPort?.on("message", (question: PlanQuestion) => say(answer(planner, question)));
  say({ kind: "ready", facts: { apiSdl, overrideLabels, plannerVersion: readPlannerVersion() } });
}
