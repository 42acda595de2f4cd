/**
 * What the gateway counts. One registry per gateway, never prom-client's global one, so that several gateways live in
 * one process. Every label's values are bounded: by the schema, by the configuration or by `client-names.ts`.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type CacheMetrics, createCacheMetrics } from "./cache-metrics.ts";
import { RequestCounts } from "./request-counts.ts";
import { TalliedHistogram } from "./tallied-histogram.ts";

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface GatewayMetrics extends CacheMetrics {
  readonly registry: Registry;
  /** `type`: query, mutation, unknown. `outcome`: ok, partial, failed, rejected. */
  readonly requests: Counter<"type" | "outcome">;
  /** By `type`. */
  readonly requestSeconds: TalliedHistogram;
  readonly requestsInFlight: Gauge;
  /** What these and `operationCacheRequests` are told of. */
  readonly requestCounts: RequestCounts;
  /** `outcome`: ok, errors (a GraphQL answer with errors), failed (no answer). */
  readonly fetchSeconds: Histogram<"subgraph" | "outcome">;
  readonly fetchErrors: Counter<"subgraph" | "code">;
  /** `outcome`: retried, over-budget (the failure was passed on instead). */
  readonly fetchRetries: Counter<"subgraph" | "outcome">;
  readonly sharedFetches: Counter<"subgraph">;
  /** 0 closed, 1 half-open, 2 open. */
  readonly circuitState: Gauge<"subgraph">;
  readonly circuitRefusals: Counter<"subgraph">;
  readonly sharedRequests: Counter;
  /** `result`: hit, miss. */
  readonly operationCacheRequests: Counter<"result">;
  readonly operationCacheEntries: Gauge;
  /** `result`: trusted, hit, miss, registered, refused. */
  readonly namedDocuments: Counter<"result">;
  /** Observed while `limits.maxCost` is set. */
  readonly operationCost: Histogram;
  /** `outcome`: planned, failed (the planner refused it), timeout, crashed. */
  readonly planSeconds: Histogram<"outcome">;
  readonly plansWaiting: Gauge;
  /** `result`: hit, miss, unreadable, failed. */
  readonly planStoreReads: Counter<"result">;
  /** `result`: stored, failed. */
  readonly planStoreWrites: Counter<"result">;
  /** `reason`: unreachable, timeout, refused (an error reply), resting (not even tried). */
  readonly redisFailures: Counter<"reason">;
  readonly redisUp: Gauge;
  /** Operations before a swap. `outcome`: warmed, skipped (no longer valid), late (the swap did not wait for it). */
  readonly warmUps: Counter<"outcome">;
  /** 1 for the running generation, with its number and the beginning of the supergraph's hash. */
  readonly generationInfo: Gauge<"generation" | "supergraph">;
  readonly liveGenerations: Gauge;
  /** `outcome`: swapped, unchanged, failed. */
  readonly reloads: Counter<"outcome">;
  readonly composeSeconds: Histogram;
  /** What policies in shadow mode would do to fields of operations. `outcome`: unchanged, shown, masked, null, denied. */
  readonly shadowOutcomes: Counter<"coordinate" | "policy" | "outcome">;
  readonly auditRecords: Counter;
  readonly auditQueued: Gauge;
  /** 1 while the sink refuses what it is given. */
  readonly auditSinkFailing: Gauge;
  readonly auditSinkFailures: Counter;
  /** Operations that met a full queue. `outcome`: waited, refused. */
  readonly auditFull: Counter<"outcome">;
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
  const requestCounts = new RequestCounts();
  return {
    registry,
    requestCounts,
    requests: new Counter({
      name: "mesh_gateway_requests_total",
      help: "GraphQL requests, by operation type and outcome",
      labelNames: ["type", "outcome"],
      registers,
      collect() {
        requestCounts.flush((labels, count) => this.inc(labels, count));
      },
    }),
    requestSeconds: new TalliedHistogram({
      name: "mesh_gateway_request_duration_seconds",
      help: "Time from the prepared operation to its answer",
      labelName: "type",
      buckets: seconds,
      registry,
    }),
    requestsInFlight: new Gauge({
      name: "mesh_gateway_requests_in_flight",
      help: "Operations that are running",
      registers,
      collect() {
        this.set(requestCounts.inFlight);
      },
    }),
    fetchSeconds: new Histogram({
      name: "mesh_subgraph_fetch_duration_seconds",
      help: "Time of one request to a subgraph, its retries included",
      labelNames: ["subgraph", "outcome"],
      buckets: seconds,
      registers,
    }),
    fetchRetries: new Counter({
      name: "mesh_subgraph_fetch_retries_total",
      help: "Failed requests to a subgraph that were sent again, or were not because the retry budget was used up",
      labelNames: ["subgraph", "outcome"],
      registers,
    }),
    sharedFetches: new Counter({
      name: "mesh_subgraph_fetches_shared_total",
      help: "Requests to a subgraph that were answered by an identical one already under way",
      labelNames: ["subgraph"],
      registers,
    }),
    circuitState: new Gauge({
      name: "mesh_subgraph_circuit_state",
      help: "Circuit breaker of a subgraph: 0 closed, 1 half-open, 2 open",
      labelNames: ["subgraph"],
      aggregator: "max",
      registers,
    }),
    circuitRefusals: new Counter({
      name: "mesh_subgraph_circuit_refusals_total",
      help: "Requests to a subgraph that its open circuit breaker refused",
      labelNames: ["subgraph"],
      registers,
    }),
    sharedRequests: new Counter({
      name: "mesh_gateway_requests_shared_total",
      help: "Queries that were answered by an identical one already under way",
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
      collect() {
        requestCounts.flushLookUps((labels, count) => this.inc(labels, count));
      },
    }),
    operationCacheEntries: new Gauge({
      name: "mesh_operation_cache_entries",
      help: "Prepared operations kept by the running generation",
      registers,
    }),
    namedDocuments: new Counter({
      name: "mesh_documents_requests_total",
      help: "Requests that named a document or had to: found as trusted or by its hash, not found, registered, or refused as not trusted",
      labelNames: ["result"],
      registers,
    }),
    operationCost: new Histogram({
      name: "mesh_operation_estimated_cost",
      help: "Estimated cost of each operation, by @cost and @listSize, while it is limited; refused ones too",
      buckets: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
      registers,
    }),
    planSeconds: new Histogram({
      name: "mesh_planning_duration_seconds",
      help: "Time to plan one operation, by outcome",
      labelNames: ["outcome"],
      buckets: seconds,
      registers,
    }),
    plansWaiting: new Gauge({
      name: "mesh_planning_waiting",
      help: "Operations that wait to be planned",
      registers,
    }),
    planStoreReads: new Counter({
      name: "mesh_plan_store_reads_total",
      help: "Plans looked for in Redis, by result",
      labelNames: ["result"],
      registers,
    }),
    planStoreWrites: new Counter({
      name: "mesh_plan_store_writes_total",
      help: "Plans written to Redis, by result",
      labelNames: ["result"],
      registers,
    }),
    redisFailures: new Counter({
      name: "mesh_redis_failures_total",
      help: "Commands that Redis did not answer, by reason",
      labelNames: ["reason"],
      registers,
    }),
    redisUp: new Gauge({
      name: "mesh_redis_up",
      help: "1 while Redis answers, 0 while it does not or there is none",
      aggregator: "max",
      registers,
    }),
    ...createCacheMetrics(registers),
    warmUps: new Counter({
      name: "mesh_warm_up_operations_total",
      help: "Operations that were to be planned before a reload's swap, by outcome",
      labelNames: ["outcome"],
      registers,
    }),
    generationInfo: new Gauge({
      name: "mesh_supergraph_generation_info",
      help: "The running generation of the supergraph",
      labelNames: ["generation", "supergraph"],
      aggregator: "max",
      registers,
    }),
    liveGenerations: new Gauge({
      name: "mesh_supergraph_generations_live",
      help: "Generations that are running or still finish requests",
      aggregator: "max",
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
    shadowOutcomes: new Counter({
      name: "mesh_policy_shadow_outcomes_total",
      help: "Fields of operations that a policy in shadow mode selects, by what would become of them if it were enforced",
      labelNames: ["coordinate", "policy", "outcome"],
      registers,
    }),
    auditRecords: new Counter({
      name: "mesh_audit_records_total",
      help: "Reads of personal data that were recorded",
      registers,
    }),
    auditQueued: new Gauge({
      name: "mesh_audit_queued_records",
      help: "Audit records that are not written yet, and places of operations that run",
      registers,
    }),
    auditSinkFailing: new Gauge({
      name: "mesh_audit_sink_failing",
      help: "1 while audit records cannot be written",
      aggregator: "max",
      registers,
    }),
    auditSinkFailures: new Counter({
      name: "mesh_audit_sink_failures_total",
      help: "Batches of audit records that could not be written and were tried again",
      registers,
    }),
    auditFull: new Counter({
      name: "mesh_audit_queue_full_total",
      help: "Operations that met a full audit queue, and waited for a place or were refused",
      labelNames: ["outcome"],
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
