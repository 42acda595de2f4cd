/**
 * One immutable, loaded supergraph with everything that was made from it. Requests hold a lease on it; a reload builds
 * another one beside it and swaps.
 *
 *   building ──▶ current ──superseded──▶ draining ──last lease released──▶ disposed
 *      └─fails─▶ nothing is left of it, the current one stays
 *
 * 1. Nothing of a generation changes after it was built, but its caches and its lifetime.
 * 2. A request begins and ends on one generation (`lifetime.ts`).
 * 3. Its subgraph clients are its own and are closed with it.
 */
import { createHash } from "node:crypto";
import { type GraphQLSchema, parse } from "graphql";
import { type MaskSetup, noMaskSetup } from "#policies";
import { createGenerationCache, type GatewayCache, type GenerationCache, ResponseCache } from "../cache/index.ts";
import { createExecutor, type ExecutorKind } from "../execution/create-executor.ts";
import type { LoadedExecutor } from "../execution/loaded-executor.ts";
import type { SubgraphMessages } from "../execution/subgraph-errors.ts";
import type { Govern, GovernanceTable } from "../governance-port.ts";
import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";
import { readCostDirectives } from "../operation/cost/read-cost-directives.ts";
import type { OperationLimits } from "../operation/limits.ts";
import { createOperationCache, type OperationCache } from "../operation/operation-cache.ts";
import type { CreatePlanning } from "../plan/planning.ts";
import { checkSubgraph } from "../transport/check-subgraph.ts";
import type { SubgraphClient } from "../transport/subgraph-client.ts";
import { turnOfOthers } from "../turn-of-others.ts";
import { buildDeprecations } from "../usage/build-deprecations.ts";
import type { DeprecationTable } from "../usage/deprecation.ts";
import { type Lease, Lifetime } from "./lifetime.ts";
import type { ReadSupergraph } from "./read-source.ts";

export interface Generation {
  /** Counts up from 1 within a gateway. */
  readonly number: number;
  /** SHA-256 of the supergraph's SDL, hexadecimal. */
  readonly supergraphHash: string;
  readonly read: ReadSupergraph;
  readonly since: Date;
  readonly apiSchema: GraphQLSchema;
  /** Names of the subgraphs in the graph. */
  readonly subgraphs: readonly string[];
  readonly deprecations: DeprecationTable;
  readonly governance: GovernanceTable | undefined;
  readonly operations: OperationCache;
  readonly executor: LoadedExecutor;
  /** Undefined where nothing is kept of what subgraphs answer. */
  readonly cache: GenerationCache | undefined;
  /** Undefined where no whole answers are kept. */
  readonly responses: ResponseCache | undefined;
  /** Counts up whenever the keys of masks have changed: what was masked with older ones is another answer. */
  keyGeneration(): number;
  /** Asks every subgraph for its `__typename`, so that health knows of each; resolves when all have answered or failed. */
  checkSubgraphs(): Promise<void>;
  /** Undefined when it is disposed: take the current one. */
  lease(): Lease | undefined;
  /** Resolves when its last request has ended and its clients are closed. */
  supersede(): Promise<void>;
}

export interface GenerationOptions {
  /** Makes the client of one subgraph, with all its wrappers. */
  client(subgraph: { readonly name: string; readonly url: string | undefined }, read: ReadSupergraph): SubgraphClient;
  readonly executor: ExecutorKind;
  readonly createPlanning: CreatePlanning;
  readonly govern: Govern | undefined;
  /** Keys, vault and functions of the masks; without them masks that need a key redact. */
  readonly masks: MaskSetup | undefined;
  propagate(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string>;
  readonly subgraphMessages: SubgraphMessages;
  readonly replayBytes: number;
  /** Where answers of subgraphs are kept, over generations; undefined keeps none. */
  readonly cache: GatewayCache | undefined;
  readonly limits: OperationLimits;
  readonly introspection: boolean;
  readonly operationCache: { readonly maxEntries: number; readonly maxBytes: number };
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly now: () => Date;
}

/** Builds a generation, or rejects and leaves nothing running. */
export async function buildGeneration(
  number: number,
  read: ReadSupergraph,
  options: GenerationOptions,
): Promise<Generation> {
  const { metrics, logger } = options;
  const clients: SubgraphClient[] = [];
  const closeClients = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.close()));
  };
  const supergraph = parse(read.supergraphSdl, { noLocation: true });
  const executor = await createExecutor(options.executor, {
    supergraphSdl: read.supergraphSdl,
    supergraph,
    createPlanning: options.createPlanning,
    client: (subgraph) => {
      const client = options.client(subgraph, read);
      clients.push(client);
      return client;
    },
    propagate: options.propagate,
    subgraphMessages: options.subgraphMessages,
    replayBytes: options.replayBytes,
    masks: options.masks ?? noMaskSetup,
    logger,
  }).catch(async (error: unknown) => {
    await closeClients();
    throw error;
  });
  let forgetGraph = (): void => undefined;
  const lifetime = new Lifetime(async () => {
    forgetGraph();
    metrics.liveGenerations.dec();
    await executor.close();
    await closeClients();
    logger.info({ generation: number }, "generation disposed");
  });
  metrics.liveGenerations.inc();
  try {
    const { apiSchema } = executor;
    await turnOfOthers();
    const deprecations = buildDeprecations(apiSchema, supergraph);
    await turnOfOthers();
    const governance = await options.govern?.({ document: supergraph, apiSchema });
    const { limits, introspection } = options;
    const supergraphHash = createHash("sha256").update(read.supergraphSdl).digest("hex");
    const cache = openCache(
      options.cache,
      executor,
      { hash: supergraphHash, document: supergraph, hints: read.cacheHints },
      governance,
    );
    if (cache !== undefined) forgetGraph = options.cache?.invalidator.know(cache.facts) ?? forgetGraph;
    return {
      number,
      supergraphHash,
      cache,
      responses: cache && cache.core.options.responseBytes > 0 ? new ResponseCache(cache.core) : undefined,
      keyGeneration: () => options.masks?.keys?.generation ?? 0,
      read,
      since: options.now(),
      apiSchema,
      subgraphs: clients.map(({ name }) => name).sort(),
      deprecations,
      governance,
      operations: createOperationCache({
        schema: apiSchema,
        deprecations,
        costs: readCostDirectives(supergraph),
        limits,
        introspection,
        ...options.operationCache,
        metrics,
      }),
      executor,
      async checkSubgraphs() {
        const lease = lifetime.lease();
        await Promise.allSettled(clients.map(checkSubgraph));
        lease?.release();
      },
      lease: () => lifetime.lease(),
      supersede: () => lifetime.supersede(),
    };
  } catch (error) {
    await lifetime.supersede();
    throw error;
  }
}

function openCache(
  gatewayCache: GatewayCache | undefined,
  executor: LoadedExecutor,
  supergraph: Omit<Parameters<typeof createGenerationCache>[1], "schema">,
  governance: GovernanceTable | undefined,
): GenerationCache | undefined {
  const schema = executor.supergraphSchema;
  if (gatewayCache === undefined || schema === undefined) return undefined;
  const cache = createGenerationCache(gatewayCache.core, { ...supergraph, schema }, governance);
  executor.keepIn(cache);
  return cache;
}
