/** In: a supergraph or what it is composed from. Out: governed answers. The rest of this folder is its own business. */

export {
  MeshGateway,
  type MeshGatewayConfig,
  type SupergraphDataSource,
  type SupergraphHook,
  type SupergraphHookOptions,
  type SupergraphManager,
} from "./apollo-server/index.ts";
export {
  type Acknowledgement,
  type CacheMode,
  type CacheOptions,
  type CoherenceChannel,
  type CoherenceHub,
  createCoherenceHub,
  defaultCacheOptions,
  type ExplainedCaching,
  type ExplainedPart,
  type Forgotten,
  followChanges,
  type Invalidated,
  type InvalidationOrder,
  type SharedUsage,
  type Subject,
} from "./cache/index.ts";
export { type GatewayErrorCode, gatewayErrors } from "./errors.ts";
export type { ExecutorKind } from "./execution/create-executor.ts";
export type { ExecutionRequest, ExecutionResult, Executor } from "./execution/executor.ts";
export type { SubgraphMessages } from "./execution/subgraph-errors.ts";
export { createGateway, type Deduplicate, type Gateway, type GatewayConfig, type LoadedSupergraph } from "./gateway.ts";
export {
  createGovern,
  type ExplainedOperation,
  type GovernOptions,
  type OpenGovernance,
  openGovernance,
} from "./governance/index.ts";
export type { Authorisation, Govern, GovernanceTable, MaskedCoordinate } from "./governance-port.ts";
export type { GatewayHealth, SubgraphHealth } from "./health.ts";
export type { Logger } from "./observability/logger.ts";
export { addEnded, type MetricsData, type MetricsPart, sumMetrics } from "./observability/sum-metrics.ts";
export type { AskedExplanation, CacheOperations } from "./operate-cache.ts";
export { defaultLimits, type OperationLimits } from "./operation/limits.ts";
export type { PreparedOperation } from "./operation/prepared-operation.ts";
export { explainPlan, type PlanExplanation } from "./plan/explain-plan.ts";
export {
  type ConsoleOptions,
  createConsoleRoutes,
  type ExampleQuery,
  readExampleQuery,
  readSchemaFacts,
  type SchemaFacts,
} from "./server/console/index.ts";
export {
  type ComposableSubgraph,
  type CompositionHint,
  type CompositionResult,
  compose,
} from "./supergraph/compose.ts";
export { type CompositionError, CompositionFailed, printCompositionError } from "./supergraph/composition-error.ts";
export type { PreparedReload, ReloadChanges, ReloadFailure, ReloadResult } from "./supergraph/reload.ts";
export {
  createSharedSupergraph,
  type Followers,
  type SharedGeneration,
  type SharedSupergraph,
} from "./supergraph/shared-supergraph.ts";
export type { SubgraphAddress, SubgraphSource, SupergraphSource } from "./supergraph/source.ts";
export type { TransportOptions } from "./transport/create-client.ts";
export type { GatewayTokens } from "./transport/http.ts";
export type { InProcessSubgraph } from "./transport/in-process.ts";
export type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "./transport/subgraph-client.ts";
