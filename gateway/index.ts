/** In: a supergraph or what it is composed from. Out: governed answers. The rest of this folder is its own business. */

export { type GatewayErrorCode, gatewayErrors } from "./errors.ts";
export type { ExecutorKind } from "./execution/create-executor.ts";
export type { ExecutionRequest, ExecutionResult, Executor } from "./execution/executor.ts";
export type { SubgraphMessages } from "./execution/subgraph-errors.ts";
export { createGateway, type Gateway, type GatewayConfig } from "./gateway.ts";
export { createGovern, type GovernOptions, type MaskedCoordinate } from "./governance/index.ts";
export type { Authorisation, Govern, GovernanceTable } from "./governance-port.ts";
export type { GatewayHealth, SubgraphHealth } from "./health.ts";
export type { Logger } from "./observability/logger.ts";
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
export type { ReloadChanges, ReloadFailure, ReloadResult } from "./supergraph/reload.ts";
export type { SubgraphSource, SupergraphSource } from "./supergraph/source.ts";
export type { TransportOptions } from "./transport/create-client.ts";
export type { GatewayTokens } from "./transport/http.ts";
export type { InProcessSubgraph } from "./transport/in-process.ts";
export type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "./transport/subgraph-client.ts";
