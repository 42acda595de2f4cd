import type { GatewayConfig, Logger } from "#gateway";
import type { MeshConfig } from "../config/read-config.ts";

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
    propagateHeaders: gateway.propagateHeaders,
    subgraphMessages: gateway.exposeSubgraphMessages ? "shown" : "hidden",
    introspection: gateway.introspection,
    maxClientNames: gateway.maxClients,
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
