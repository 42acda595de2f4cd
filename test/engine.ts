/** The compiled executor with its plans in sight, for tests that look at both. */
import { type DocumentNode, type GraphQLSchema, parse } from "graphql";
import { anonymous } from "#policies";
import {
  type CompiledExecutorOptions,
  createCompiledExecutor,
} from "../gateway/execution/compiled/compiled-executor.ts";
import type { Decisions, ExecutionResult } from "../gateway/execution/executor.ts";
import { planHere } from "../gateway/plan/plan-here.ts";
import { createPlanner } from "../gateway/plan/planner.ts";
import { printPlan } from "../gateway/plan/print-plan.ts";

export interface TestRequest {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly decisions?: Decisions | undefined;
  /** Completes by the specification's algorithm only. */
  readonly careful?: boolean;
  /** Coordinates whose values are counted. */
  readonly counted?: readonly string[];
  /** What is deferred comes later. */
  readonly incremental?: boolean;
  /** Labels of progressive overrides that are on. */
  readonly labels?: readonly string[];
}

export interface TestEngine {
  readonly apiSchema: GraphQLSchema;
  readonly overrideLabels: readonly string[];
  execute(query: string, request?: TestRequest): Promise<ExecutionResult>;
  printPlan(document: DocumentNode): string;
}

/** Each document is parsed once, as the gateway does, so that its programs are kept. */
export function createTestEngine(
  supergraphSdl: string,
  options: Omit<CompiledExecutorOptions, "planning" | "chooseLabels" | "completion">,
): TestEngine {
  const planning = planHere(supergraphSdl);
  let labels: readonly string[] = [];
  const chooseLabels = (): readonly string[] => labels;
  const quick = createCompiledExecutor({ ...options, planning, chooseLabels, completion: "by-code" });
  const careful = createCompiledExecutor({ ...options, planning, chooseLabels, completion: "carefully" });
  const documents = new Map<string, DocumentNode>();
  const signal = new AbortController().signal;
  return {
    apiSchema: planning.apiSchema,
    overrideLabels: planning.overrideLabels,
    execute(query, request = {}) {
      const document = documents.get(query) ?? parse(query);
      documents.set(query, document);
      labels = request.labels ?? [];
      return (request.careful ? careful : quick).execute({
        query,
        document,
        operationName: undefined,
        variables: request.variables ?? {},
        caller: anonymous,
        signal,
        headers: new Map(),
        decisions: request.decisions,
        counted: request.counted,
        incremental: request.incremental,
      });
    },
    printPlan: (document) => printPlan(createPlanner(supergraphSdl).plan(document).plan),
  };
}
