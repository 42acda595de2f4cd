import type { GatewayConfig, Logger } from "#gateway";
import type { MeshConfig } from "../config/read-config.ts";

/**
 * Errors of the mesh's own products whose words are meant for the client: they name its arguments, its rights or the
 * state of a product, and never a value.
 */
const toldCodes = ["BAD_USER_INPUT", "FORBIDDEN", "PRODUCT_NOT_PUBLISHED"];

/** What the configuration says about the gateway, apart from its source, its callers and its policies. */
export function gatewayOptions(
  { gateway }: MeshConfig,
  logger: Logger,
  tokens: NonNullable<GatewayConfig["transport"]>["tokens"],
): Omit<GatewayConfig, "source"> {
  return {
    transport: {
      timeoutMs: gateway.subgraphTimeoutMs,
      maxResponseBytes: gateway.maxSubgraphResponseBytes,
      ...(tokens === undefined ? {} : { tokens }),
    },
    executor: gateway.executor,
    propagateHeaders: gateway.propagateHeaders,
    subgraphMessages: gateway.exposeSubgraphMessages ? "shown" : toldCodes,
    introspection: gateway.introspection,
    maxClientNames: gateway.maxClients,
    processMetrics: true,
    limits: {
      maxTokens: gateway.limits.tokens,
      maxDepth: gateway.limits.depth,
      maxFields: gateway.limits.fields,
      maxAliases: gateway.limits.aliases,
      maxRootFields: gateway.limits.rootFields,
    },
    logger,
  };
}
