/** Which executor runs the operations of a generation. */
import { type GraphQLSchema, parse } from "graphql";
import { readGraphs } from "../supergraph/read-graphs.ts";
import type { SubgraphClient } from "../transport/subgraph-client.ts";
import { type ApolloExecutorOptions, createApolloExecutor } from "./apollo-executor.ts";
import { createCompiledExecutor } from "./compiled/index.ts";
import type { Executor } from "./executor.ts";

/**
 * `reference`: @apollo/gateway. `compiled`: our own plans, compiled to programs, which ask each subgraph at most once a
 * wave. Both give the same data; where the planner behind both is known to be wrong, only `compiled` mends it all. When a
 * subgraph fails, `reference` has an error for each field that is missing, `compiled` one for each object that lacks some.
 */
export type ExecutorKind = "reference" | "compiled";

/** An executor of one supergraph, loaded. */
export interface LoadedExecutor extends Executor {
  readonly apiSchema: GraphQLSchema;
  /** The clients belong to whoever made them. */
  close(): Promise<void>;
}

/** Rejects when the SDL is no valid supergraph; nothing is left running then. */
export async function createExecutor(kind: ExecutorKind, options: ApolloExecutorOptions): Promise<LoadedExecutor> {
  if (kind === "reference") return createApolloExecutor(options);
  const { supergraphSdl, propagate, subgraphMessages } = options;
  const clients = new Map<string, SubgraphClient>();
  for (const graph of readGraphs(parse(supergraphSdl, { noLocation: true }))) {
    clients.set(graph.name, options.client(graph));
  }
  const engine = createCompiledExecutor({ supergraphSdl, clients, propagate, subgraphMessages });
  return {
    apiSchema: engine.apiSchema,
    execute: (request) => engine.execute(request),
    close: () => Promise.resolve(),
  };
}
