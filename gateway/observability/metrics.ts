/**
 * What the gateway counts. One registry per gateway, never prom-client's global one, so that several gateways live in
 * one process. Every label's values are bounded: by the schema, by the configuration or by `client-names.ts`.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface GatewayMetrics {
  readonly registry: Registry;
  /** `type`: query, mutation, unknown. `outcome`: ok, partial, failed, rejected. */
  readonly requests: Counter<"type" | "outcome">;
  readonly requestSeconds: Histogram<"type">;
  readonly requestsInFlight: Gauge;
  /** `outcome`: ok, errors (a GraphQL answer with errors), failed (no answer). */
  readonly fetchSeconds: Histogram<"subgraph" | "outcome">;
  readonly fetchErrors: Counter<"subgraph" | "code">;
  /** `result`: hit, miss. */
  readonly operationCacheRequests: Counter<"result">;
  readonly operationCacheEntries: Gauge;
  /** 1 for the running generation, with its number and the beginning of the supergraph's hash. */
  readonly generationInfo: Gauge<"generation" | "supergraph">;
  readonly liveGenerations: Gauge;
  /** `outcome`: swapped, unchanged, failed. */
  readonly reloads: Counter<"outcome">;
  readonly composeSeconds: Histogram;
  /** Requests that touched a deprecated coordinate, by client. */
  readonly deprecatedUse: Counter<"client" | "coordinate">;
}

/**
 * Registers every metric of the gateway in a registry of its own. `process` adds memory, CPU and event loop of the whole
 * process (`process_…`, `nodejs_…`): for the one gateway that speaks for it, since they are observed until it ends.
 */
export function createMetrics({ process = false }: { readonly process?: boolean } = {}): GatewayMetrics {
  const registry = new Registry();
  if (process) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: "mesh_gateway_requests_total",
      help: "GraphQL requests, by operation type and outcome",
      labelNames: ["type", "outcome"],
      registers,
    }),
    requestSeconds: new Histogram({
      name: "mesh_gateway_request_duration_seconds",
      help: "Time from the prepared operation to its answer",
      labelNames: ["type"],
      buckets: seconds,
      registers,
    }),
    requestsInFlight: new Gauge({
      name: "mesh_gateway_requests_in_flight",
      help: "Operations that are running",
      registers,
    }),
    fetchSeconds: new Histogram({
      name: "mesh_subgraph_fetch_duration_seconds",
      help: "Time of one request to a subgraph",
      labelNames: ["subgraph", "outcome"],
      buckets: seconds,
      registers,
    }),
    fetchErrors: new Counter({
      name: "mesh_subgraph_fetch_errors_total",
      help: "Requests to a subgraph that failed or came back with errors, by the first error's code",
      labelNames: ["subgraph", "code"],
      registers,
    }),
    operationCacheRequests: new Counter({
      name: "mesh_operation_cache_requests_total",
      help: "Look-ups of prepared operations",
      labelNames: ["result"],
      registers,
    }),
    operationCacheEntries: new Gauge({
      name: "mesh_operation_cache_entries",
      help: "Prepared operations kept by the running generation",
      registers,
    }),
    generationInfo: new Gauge({
      name: "mesh_supergraph_generation_info",
      help: "The running generation of the supergraph",
      labelNames: ["generation", "supergraph"],
      registers,
    }),
    liveGenerations: new Gauge({
      name: "mesh_supergraph_generations_live",
      help: "Generations that are running or still finish requests",
      registers,
    }),
    reloads: new Counter({
      name: "mesh_supergraph_reloads_total",
      help: "Reloads of the supergraph, by outcome",
      labelNames: ["outcome"],
      registers,
    }),
    composeSeconds: new Histogram({
      name: "mesh_supergraph_compose_duration_seconds",
      help: "Time to compose the supergraph",
      buckets: seconds,
      registers,
    }),
    deprecatedUse: new Counter({
      name: "mesh_usage_deprecated_requests_total",
      help: "Requests that touched a deprecated coordinate, by client and coordinate",
      labelNames: ["client", "coordinate"],
      registers,
    }),
  };
}
