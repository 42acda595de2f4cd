/** A world cut into subgraphs, behind the engine: composed once, asked often. */
import { composeServices } from "@apollo/composition";
import { type DocumentNode, type GraphQLSchema, graphql, parse } from "graphql";
import { anonymous } from "#policies";
import { type CacheCore, createGenerationCache } from "../../gateway/cache/index.ts";
import { createCompiledExecutor } from "../../gateway/execution/compiled/compiled-executor.ts";
import type { Decisions, ExecutionResult } from "../../gateway/execution/executor.ts";
import { planHere } from "../../gateway/plan/plan-here.ts";
import type { PlannedOperation } from "../../gateway/plan/planner.ts";
import { printPlan } from "../../gateway/plan/print-plan.ts";
import type { SubgraphClient, SubgraphResponse } from "../../gateway/transport/subgraph-client.ts";
import type { RandomOperation } from "./operations.ts";
import type { World } from "./world.ts";

/** What a subgraph does instead of answering; `answer` is what it would say. */
export type Sabotage = (request: { readonly subgraph: string; readonly query: string }, answer: object) => unknown;

interface CutRequest {
  readonly careful?: boolean;
  readonly labels?: readonly string[];
  readonly decisions?: Decisions;
  readonly counted?: readonly string[];
  readonly sabotage?: Sabotage;
}

export interface CutAnswer extends ExecutionResult {
  /** The plan that was run; undefined when there was none. */
  readonly planned: PlannedOperation | undefined;
}

export interface Cut {
  readonly supergraphSdl: string;
  readonly supergraphSchema: GraphQLSchema;
  /** Errors are not bounded in number, and say what subgraphs say. */
  execute(operation: RandomOperation, request?: CutRequest): Promise<CutAnswer>;
  /** Everything that a person needs to see of a case that fails. */
  describe(operation: RandomOperation, answer: CutAnswer): string;
}

/** Throws when the world does not compose. With a cache, what subgraphs answer is kept as far as they say so. */
export function cutWorld(world: World, cache?: CacheCore): Cut {
  const supergraphSdl = composeWorld(world);
  let sabotage: Sabotage | undefined;
  const clients = new Map(
    world.subgraphs.map(({ name, schema }): [string, SubgraphClient] => [
      name,
      {
        name,
        async execute({ query, variables }) {
          const answer = await graphql({ schema, source: query, variableValues: variables });
          // As over HTTP: nothing but JSON comes back.
          const json = JSON.parse(JSON.stringify(answer)) as object;
          return (sabotage === undefined ? json : sabotage({ subgraph: name, query }, json)) as SubgraphResponse;
        },
        async close() {},
      },
    ]),
  );
  let labels: readonly string[] = [];
  const planning = planHere(supergraphSdl);
  const planned = new Map<DocumentNode, PlannedOperation>();
  const options = {
    planning: {
      ...planning,
      async plan(text: string, document: DocumentNode, planOptions: Parameters<typeof planning.plan>[2]) {
        const operation = await planning.plan(text, document, planOptions);
        planned.set(document, operation);
        return operation;
      },
    },
    clients,
    subgraphMessages: "shown" as const,
    maxPathsPerCause: Number.POSITIVE_INFINITY,
    chooseLabels: () => labels,
  };
  const quick = createCompiledExecutor({ ...options, completion: "by-code" });
  const careful = createCompiledExecutor({ ...options, completion: "carefully" });
  if (cache !== undefined) {
    const supergraph = { hash: supergraphSdl, document: parse(supergraphSdl), hints: new Map() };
    const { supergraphSchema: schema } = planning;
    for (const engine of [quick, careful]) {
      engine.keepIn(createGenerationCache(cache, { ...supergraph, schema }, undefined));
    }
  }
  const signal = new AbortController().signal;
  return {
    supergraphSdl,
    supergraphSchema: planning.supergraphSchema,
    async execute({ query, variables }, request = {}) {
      const document = parse(query);
      labels = request.labels ?? [];
      sabotage = request.sabotage;
      const result = await (request.careful ? careful : quick).execute({
        query,
        document,
        operationName: undefined,
        variables,
        caller: anonymous,
        signal,
        headers: new Map(),
        decisions: request.decisions,
        counted: request.counted,
      });
      return { ...result, planned: planned.get(document) };
    },
    describe: ({ query, variables }, { planned: plan, text, errors }) =>
      [
        query,
        JSON.stringify(variables),
        world.subgraphs.map(({ name, sdl }) => `# ${name}\n${sdl}`).join("\n"),
        plan === undefined ? "no plan" : printPlan(plan.plan),
        text,
        ...errors.map((error) => `${error.path?.join(".")}: ${error.message} ${JSON.stringify(error.extensions)}`),
      ].join("\n"),
  };
}

function composeWorld({ subgraphs }: World): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) {
    throw new Error(`${errors?.join("\n")}\n${subgraphs.map(({ name, sdl }) => `# ${name}\n${sdl}`).join("\n")}`);
  }
  return supergraphSdl;
}
