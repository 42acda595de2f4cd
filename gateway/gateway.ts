/** createGateway: the parts, in the order in which they are needed; no logic. */
import type { GraphQLSchema } from "graphql";
import type { GraphQLService } from "#http";
import { type AuditLog, anonymous, type Caller, type KeyRing, type MaskSetup } from "#policies";
import { connectToRedis, defaultRedisOptions, type RedisOptions } from "#redis";
import { observeAudit } from "./audit-event.ts";
import { type CacheOptions, type CoherenceChannel, openGatewayCache } from "./cache/index.ts";
import type { ExecutorKind } from "./execution/create-executor.ts";
import type { SubgraphMessages } from "./execution/subgraph-errors.ts";
import type { Govern } from "./governance-port.ts";
import { type GatewayHealth, readHealth } from "./health.ts";
import { type Logger, silentLogger } from "./observability/logger.ts";
import { createMetrics } from "./observability/metrics.ts";
import { observeRedis } from "./observability/observe-redis.ts";
import type { MetricsData } from "./observability/sum-metrics.ts";
import { type CacheOperations, createCacheOperations } from "./operate-cache.ts";
import { createDocumentStore, type PersistedQueriesOptions } from "./operation/documents/create-document-store.ts";
import { createDocuments } from "./operation/documents/documents.ts";
import { createTrustedDocuments, type TrustedDocumentsConfig } from "./operation/documents/trusted-documents.ts";
import { defaultLimits, type OperationLimits } from "./operation/limits.ts";
import { readDocument } from "./operation/read-document.ts";
import type { CreatePlanning } from "./plan/planning.ts";
import { defaultPlanningOptions, type PlanningOptions, planInWorker } from "./plan/worker/plan-in-worker.ts";
import { createPlanStore, type PlanStoreOptions } from "./plan-store/index.ts";
import { createService } from "./service.ts";
import { buildGeneration, type Generation } from "./supergraph/generation.ts";
import { startPolling } from "./supergraph/poll.ts";
import { readSource } from "./supergraph/read-source.ts";
import {
  createGenerationHolder,
  type PreparedReload,
  type ReloadChanges,
  type ReloadResult,
} from "./supergraph/reload.ts";
import type { SupergraphSource } from "./supergraph/source.ts";
import { createWarmUp, defaultWarmUp, type WarmUpOptions } from "./supergraph/warm-up.ts";
import { createClientFactory, type TransportOptions } from "./transport/create-client.ts";
import { MutationFence } from "./transport/flights.ts";
import { createHeaderPropagation, propagatedHeaders } from "./transport/headers.ts";
import { createSubgraphStates } from "./transport/subgraph-states.ts";
import { warnOfUnknown } from "./transport/warn-of-unknown.ts";
import { createClientNames } from "./usage/client-names.ts";

/** Requests to subgraphs, requests of clients, or both. */
export type Deduplicate = "none" | "fetches" | "requests" | "all";

export interface GatewayConfig {
  readonly source: SupergraphSource;
  /** `compiled` by default. */
  readonly executor?: ExecutorKind;
  /** How the compiled executor's plans are made: each within 10 s, in a worker of 1 GB at most. */
  readonly planning?: Partial<PlanningOptions>;
  /** For what may be kept outside of the process. The gateway starts and goes on without it while it does not answer. */
  readonly redis?: Partial<RedisOptions> & Pick<RedisOptions, "url">;
  /** Plans in Redis, where there is one, for 30 days by default; `false` keeps none there. */
  readonly planStore?: Partial<PlanStoreOptions> | false;
  /** What is planned before a reload's graph takes over: the 200 most used operations, for at most 10 s by default. */
  readonly warmUp?: Partial<WarmUpOptions>;
  /** Without it everybody is anonymous. */
  readonly authenticate?: (headers: ReadonlyMap<string, string>, declaredPurpose?: string) => Promise<Caller>;
  /** Without it nothing is denied or masked. */
  readonly govern?: Govern;
  /** Keys, vault and functions of the masks; without them masks that need a key redact. */
  readonly masks?: MaskSetup;
  /** Where reads of personal data are recorded, one record for each operation. Who gives it closes it, after the gateway. */
  readonly audit?: AuditLog;
  readonly transport?: Partial<TransportOptions>;
  /** Client headers that subgraphs may see; none by default. */
  readonly propagateHeaders?: readonly string[];
  /** Which identical queries of one caller that are under way at the same time are done once; `all` by default. */
  readonly deduplicate?: Deduplicate;
  /** Whose words about a subgraph's errors reach clients; `hidden` by default. */
  readonly subgraphMessages?: SubgraphMessages;
  /**
   * How much is kept of earlier runs, so that subgraph answers which did not change are not parsed and written again;
   * 16 MB by default, 0 for nothing.
   */
  readonly replayBytes?: number;
  /** What is kept of subgraphs' answers, as far as they may be; nothing by default. */
  readonly cache?: Partial<CacheOptions>;
  /** What personal data are sealed with where gateways share what they keep (`redis`); without keys they are not shared. */
  readonly cacheKeys?: KeyRing;
  /** For one of several processes with the same parent, which relays what one of them invalidates (`createCoherenceHub`). */
  readonly cacheChannel?: CoherenceChannel;
  readonly limits?: Partial<OperationLimits>;
  /** On by default. */
  readonly introspection?: boolean;
  /** Automatic persisted queries: 16 MB of clients' texts by default, in Redis for a day after use; `false` keeps none. */
  readonly persistedQueries?: Partial<PersistedQueriesOptions> | false;
  /** Documents that clients may ask for by their ids; with `only`, nothing else runs. */
  readonly trustedDocuments?: TrustedDocumentsConfig;
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
  /**
   * Called at once with the graph that serves, and with each later one before any operation runs on it; not called any
   * more once the returned function was. What a listener throws is logged.
   */
  onSupergraph(listener: (loaded: LoadedSupergraph) => void): () => void;
  /** Prometheus' text format, and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** The same as plain data, for `sumMetrics`. */
  readMetrics(): Promise<MetricsData>;
  /** Undefined where nothing is kept. */
  readonly cache: CacheOperations | undefined;
  /** Reads the source again, or a new one, and the trusted documents. Never rejects: a failure is in the result, and the old graph keeps serving. */
  reload(changes?: ReloadChanges): Promise<ReloadResult>;
  /**
   * For one of several processes that swap together: builds the generation of that number and leaves the swap to the
   * caller, who prepares one at a time and never beside `reload`. Rejects with what is wrong.
   */
  prepareReload(changes: ReloadChanges, generation: number): Promise<PreparedReload>;
  /** Takes no further operation, lets those under way end, then closes every connection. */
  close(): Promise<void>;
}

export interface LoadedSupergraph {
  /** What clients may ask for. */
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
}

/**
 * Resolves once the first supergraph is loaded; rejects with the reason (`CompositionFailed` lists all) when it cannot be.
 *
 * @param firstGeneration its number, for one of several processes that count together.
 */
export async function createGateway(config: GatewayConfig, firstGeneration = 1): Promise<Gateway> {
  const logger = config.logger ?? silentLogger;
  const now = config.now ?? (() => new Date());
  const limits = { ...defaultLimits, ...config.limits };
  const metrics = createMetrics({ process: config.processMetrics ?? false });
  config.audit?.observe(observeAudit(metrics));
  const states = createSubgraphStates(now);
  const propagate = createHeaderPropagation(config.propagateHeaders ?? []);
  const { deduplicate = "all" } = config;
  const fence = new MutationFence();
  const client = createClientFactory(config.transport ?? {}, {
    metrics,
    states,
    logger,
    deduplication: deduplicate === "fetches" || deduplicate === "all" ? { fence } : undefined,
  });
  const introspection = config.introspection ?? true;
  const trusted = config.trustedDocuments && (await createTrustedDocuments(config.trustedDocuments));
  const redisOptions = config.redis && { ...defaultRedisOptions, ...config.redis };
  const observer = { logger, ...observeRedis(metrics) };
  const redis = redisOptions && (await connectToRedis(redisOptions, observer));
  const cache =
    config.cache &&
    (await openGatewayCache({
      options: config.cache,
      redis: redis && redisOptions && { ...redisOptions, connection: redis, observer },
      keys: config.cacheKeys,
      channel: config.cacheChannel,
      mutations: fence,
      metrics,
      logger,
      now: () => performance.now(),
    }));
  const keepPlans = redis && createPlanStore(redis, config.planStore, metrics);
  const planning = { ...defaultPlanningOptions, ...config.planning, keepPlans, logger, metrics };
  const createPlanning: CreatePlanning = (supergraphSdl, supergraph) =>
    planInWorker(supergraphSdl, supergraph, planning);

  const holder = await createGenerationHolder<Generation, Govern | undefined>({
    source: config.source,
    govern: config.govern,
    firstNumber: firstGeneration,
    warmUp: createWarmUp({ ...defaultWarmUp, ...config.warmUp }, { logger, metrics }),
    read: (source, previous) => readSource(source, { previous, sdlTimeoutMs: 5_000, maxSdlBytes: 10_000_000, metrics }),
    build: (number, read, govern) =>
      buildGeneration(number, read, {
        client,
        executor: config.executor ?? "compiled",
        createPlanning,
        govern,
        masks: config.masks,
        propagate,
        subgraphMessages: config.subgraphMessages ?? "hidden",
        replayBytes: config.replayBytes ?? 16_000_000,
        cache,
        limits,
        introspection,
        operationCache: config.operationCache ?? { maxEntries: 1_000, maxBytes: 4_000_000 },
        logger,
        metrics,
        now,
      }),
    logger,
    metrics,
    now,
  }).catch(async (error: unknown) => {
    trusted?.close();
    await cache?.close();
    await redis?.close();
    throw error;
  });

  warnOfUnknown(config.transport?.timeoutMsBySubgraph, holder.current()?.subgraphs, logger);

  let checked: Promise<void> | undefined;
  holder.onCurrent(({ apiSchema }) => {
    checked = trusted?.check((text) => readDocument(text, apiSchema, { limits, introspection }));
  });
  await checked;

  const store = createDocumentStore(config.persistedQueries, redis);
  const service = createService({
    current: holder.current,
    authenticate: config.authenticate ?? (() => Promise.resolve(anonymous)),
    documents: createDocuments({ trusted, store, metrics }),
    clientNames: createClientNames(config.maxClientNames ?? 100),
    limits,
    cache,
    propagate,
    propagated: propagatedHeaders(config.propagateHeaders ?? []),
    audit: config.audit,
    deduplication:
      deduplicate === "requests" || deduplicate === "all"
        ? { fence, propagate, onShared: () => metrics.sharedRequests.inc() }
        : undefined,
    logger,
    metrics,
    now: () => performance.now(),
  });

  const reload = async (changes?: ReloadChanges): Promise<ReloadResult> => {
    await trusted?.reload();
    return holder.reload(changes);
  };
  const polling = config.pollMs === undefined ? undefined : startPolling(reload, config.pollMs);

  return {
    service,
    health: () => readHealth(holder, states),
    async checkSubgraphs() {
      await holder.current()?.checkSubgraphs();
      return readHealth(holder, states);
    },
    supergraph: () => holder.current()?.read.supergraphSdl,
    onSupergraph: (listener) =>
      holder.onCurrent(({ apiSchema, read }) => listener({ apiSchema, supergraphSdl: read.supergraphSdl })),
    metrics: async () => ({ contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }),
    readMetrics: () => metrics.registry.getMetricsAsJSON(),
    cache: cache && createCacheOperations(cache, holder.current),
    reload,
    async prepareReload(changes, generation) {
      await trusted?.reload();
      return holder.prepare(changes, generation);
    },
    async close() {
      polling?.stop();
      trusted?.close();
      await holder.close();
      await cache?.close();
      await redis?.close();
    },
  };
}
