import type { CacheOptions, GatewayConfig, Logger } from "#gateway";
import { readBytes, readMs } from "../config/quantity.ts";
import type { MeshConfig } from "../config/read-config.ts";

/**
 * Errors of the mesh's own products whose words are meant for the client: they name its arguments, its rights or the
 * state of a product, and never a value.
 */
const toldCodes = ["BAD_USER_INPUT", "FORBIDDEN", "OPERAND_FORBIDDEN", "GROUP_TOO_SMALL", "PRODUCT_NOT_PUBLISHED"];

/** What the configuration says about the gateway, apart from its source, its callers and its policies. */
export function gatewayOptions(
  { gateway, redis }: MeshConfig,
  logger: Logger,
  tokens: NonNullable<GatewayConfig["transport"]>["tokens"],
): Omit<GatewayConfig, "source"> {
  return {
    transport: {
      timeoutMs: gateway.subgraphTimeoutMs,
      timeoutMsBySubgraph: Object.fromEntries(
        Object.entries(gateway.subgraphTimeouts).map(([name, timeout]) => [name, readMs(timeout)]),
      ),
      maxResponseBytes: gateway.maxSubgraphResponseBytes,
      maxConnections: gateway.subgraphConnections,
      retry: { maxRetries: gateway.retry.retries, budget: gateway.retry.budget },
      circuitBreaker: readCircuitBreaker(gateway.circuitBreaker),
      ...(tokens === undefined ? {} : { tokens }),
    },
    executor: gateway.executor,
    planning: {
      timeoutMs: readMs(gateway.planning.timeout),
      idleMs: readMs(gateway.planning.idle),
      maxMemoryMb: readBytes(gateway.planning.memory) / 1_048_576,
    },
    warmUp: { maxOperations: gateway.warmUp.operations, timeoutMs: readMs(gateway.warmUp.timeout) },
    ...(redis === undefined ? {} : { redis }),
    planStore: gateway.planStore.enabled && {
      ttlMs: readMs(gateway.planStore.ttl),
      literals: gateway.planStore.literals,
    },
    propagateHeaders: gateway.propagateHeaders,
    subgraphMessages: gateway.exposeSubgraphMessages ? "shown" : toldCodes,
    replayBytes: readBytes(gateway.replayMemory),
    ...(gateway.cache.enabled ? { cache: readCacheOptions(gateway.cache) } : {}),
    introspection: gateway.introspection,
    persistedQueries: gateway.persistedQueries.enabled && {
      maxBytes: readBytes(gateway.persistedQueries.memory),
      ttlMs: readMs(gateway.persistedQueries.ttl),
    },
    maxClientNames: gateway.maxClients,
    processMetrics: true,
    limits: {
      maxBytes: readBytes(gateway.limits.bytes),
      maxTokens: gateway.limits.tokens,
      maxDepth: gateway.limits.depth,
      maxFields: gateway.limits.fields,
      maxAliases: gateway.limits.aliases,
      maxRootFields: gateway.limits.rootFields,
      maxCost: gateway.limits.cost,
      assumedListSize: gateway.limits.listSize,
    },
    logger,
  };
}

function readCacheOptions(cache: MeshConfig["gateway"]["cache"]): CacheOptions {
  return {
    memoryBytes: readBytes(cache.memory),
    responseBytes: readBytes(cache.responses),
    maxEntryBytes: readBytes(cache.entry),
    longestMs: readMs(cache.longest),
    negativeMs: readMs(cache.negative),
    mode: cache.mode,
    modes: cache.products,
    shared: cache.shared,
    unsharedCategories: cache.unshared,
  };
}

function readCircuitBreaker({
  enabled,
  failureRate,
  minRequests,
  window,
  openFor,
}: MeshConfig["gateway"]["circuitBreaker"]): NonNullable<GatewayConfig["transport"]>["circuitBreaker"] {
  return enabled ? { failureRate, minRequests, windowMs: readMs(window), openMs: readMs(openFor) } : undefined;
}
