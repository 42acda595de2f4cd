/** createGateway: the parts, in the order in which they are needed; no logic. */
import type { GraphQLService } from "#http";
import { anonymous, type Caller } from "#policies";
import type { ExecutorKind } from "./execution/create-executor.ts";
import type { SubgraphMessages } from "./execution/subgraph-errors.ts";
import type { Govern } from "./governance-port.ts";
import { type GatewayHealth, readHealth } from "./health.ts";
import { type Logger, silentLogger } from "./observability/logger.ts";
import { createMetrics } from "./observability/metrics.ts";
import { defaultLimits, type OperationLimits } from "./operation/limits.ts";
import { createService } from "./service.ts";
import { buildGeneration } from "./supergraph/generation.ts";
import { startPolling } from "./supergraph/poll.ts";
import { readSource } from "./supergraph/read-source.ts";
import { createGenerationHolder, type ReloadChanges, type ReloadResult } from "./supergraph/reload.ts";
import type { SupergraphSource } from "./supergraph/source.ts";
import { createClientFactory, type TransportOptions } from "./transport/create-client.ts";
import { createHeaderPropagation } from "./transport/headers.ts";
import { createSubgraphStates } from "./transport/subgraph-states.ts";
import { createClientNames } from "./usage/client-names.ts";

export interface GatewayConfig {
  readonly source: SupergraphSource;
  /** `reference` by default. */
  readonly executor?: ExecutorKind;
  /** Without it everybody is anonymous. */
  readonly authenticate?: (headers: ReadonlyMap<string, string>) => Promise<Caller>;
  /** Without it nothing is denied or masked. */
  readonly govern?: Govern;
  readonly transport?: Partial<TransportOptions>;
  /** Client headers that subgraphs may see; none by default. */
  readonly propagateHeaders?: readonly string[];
  /** Whose words about a subgraph's errors reach clients; `hidden` by default. */
  readonly subgraphMessages?: SubgraphMessages;
  readonly limits?: Partial<OperationLimits>;
  /** On by default. */
  readonly introspection?: boolean;
  readonly operationCache?: { readonly maxEntries: number; readonly maxBytes: number };
  /** Distinct client names in metrics; further ones count as `other`. */
  readonly maxClientNames?: number;
  /** Reads the source again after so long, for subgraphs that run elsewhere; never by default. */
  readonly pollMs?: number;
  /** Also reports the process's memory, CPU and event loop in `metrics()`; off by default. */
  readonly processMetrics?: boolean;
  readonly logger?: Logger;
  readonly now?: () => Date;
}

export interface Gateway {
  /** For `createGraphQLHandler`. */
  readonly service: GraphQLService;
  /** What is known, without asking anybody. */
  health(): GatewayHealth;
  /** Asks every subgraph once, then says what is known. */
  checkSubgraphs(): Promise<GatewayHealth>;
  /** The supergraph's SDL that serves now; undefined once closed. */
  supergraph(): string | undefined;
  /** Prometheus' text format, and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Reads the source again, or a new one. Never rejects: a failure is in the result, and the old graph keeps serving. */
  reload(changes?: ReloadChanges): Promise<ReloadResult>;
  /** Takes no further operation, lets those under way end, then closes every connection. */
  close(): Promise<void>;
}

/** Resolves once the first supergraph is loaded; rejects with the reason (`CompositionFailed` lists all) when it cannot be. */
export async function createGateway(config: GatewayConfig): Promise<Gateway> {
  const logger = config.logger ?? silentLogger;
  const now = config.now ?? (() => new Date());
  const metrics = createMetrics({ process: config.processMetrics ?? false });
  const states = createSubgraphStates(now);
  const client = createClientFactory(config.transport ?? {}, metrics, states);

  const holder = await createGenerationHolder({
    source: config.source,
    govern: config.govern,
    read: (source, previous) => readSource(source, { previous, sdlTimeoutMs: 5_000, maxSdlBytes: 10_000_000, metrics }),
    build: (number, read, govern) =>
      buildGeneration(number, read, {
        client,
        executor: config.executor ?? "reference",
        govern,
        propagate: createHeaderPropagation(config.propagateHeaders ?? []),
        subgraphMessages: config.subgraphMessages ?? "hidden",
        limits: { ...defaultLimits, ...config.limits },
        introspection: config.introspection ?? true,
        operationCache: config.operationCache ?? { maxEntries: 1_000, maxBytes: 4_000_000 },
        logger,
        metrics,
        now,
      }),
    logger,
    metrics,
    now,
  });

  const service = createService({
    current: holder.current,
    authenticate: config.authenticate ?? (() => Promise.resolve(anonymous)),
    clientNames: createClientNames(config.maxClientNames ?? 100),
    logger,
    metrics,
  });

  const polling = config.pollMs === undefined ? undefined : startPolling(() => holder.reload(), config.pollMs);

  return {
    service,
    health: () => readHealth(holder, states),
    async checkSubgraphs() {
      await holder.current()?.checkSubgraphs();
      return readHealth(holder, states);
    },
    supergraph: () => holder.current()?.read.supergraphSdl,
    metrics: async () => ({ contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }),
    reload: holder.reload,
    close() {
      polling?.stop();
      return holder.close();
    },
  };
}
