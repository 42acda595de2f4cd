/** Which executor runs the operations of a generation. */
import { readGraphs } from "../supergraph/read-graphs.ts";
import type { SubgraphClient } from "../transport/subgraph-client.ts";
import { createCompiledExecutor } from "./compiled/index.ts";
import type { ExecutorOptions, LoadedExecutor } from "./loaded-executor.ts";

/**
 * `compiled`: our own plans, compiled to programs. `reference`: @apollo/gateway, to compare with: it needs several times
 * the CPU and more subgraph requests, and where the planner behind both is known to be wrong, only `compiled` mends it all.
 */
export type ExecutorKind = "compiled" | "reference";

/** Rejects when the SDL is no valid supergraph; nothing is left running then. */
export async function createExecutor(kind: ExecutorKind, options: ExecutorOptions): Promise<LoadedExecutor> {
  if (kind === "reference") {
    // Only who asks for it loads @apollo/gateway.
    const { createApolloExecutor } = await import("./reference/apollo-executor.ts");
    return createApolloExecutor(options);
  }
  const { supergraph, propagate, subgraphMessages, replayBytes, masks, logger } = options;
  const clients = new Map<string, SubgraphClient>();
  for (const graph of readGraphs(supergraph)) {
    clients.set(graph.name, options.client(graph));
  }
  const planning = await options.createPlanning(options.supergraphSdl, supergraph);
  const engine = createCompiledExecutor({ planning, clients, propagate, subgraphMessages, replayBytes, masks, logger });
  return {
    apiSchema: planning.apiSchema,
    supergraphSchema: planning.supergraphSchema,
    keepIn: (cache) => engine.keepIn(cache),
    execute: (request) => engine.execute(request),
    usesOf: (document) => engine.usesOf(document),
    fetchesOf: (request) => engine.fetchesOf(request),
    warm: (request) => engine.warm(request),
    close: () => planning.close(),
  };
}
