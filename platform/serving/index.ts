/** In: a linked product and its storage's snapshots. Out: its subgraph. Next: an HTTP server or the gateway in process. */
export type { AggregateCache, AggregateEvent, AggregateOptions } from "./aggregate-cache/aggregate-cache.ts";
export { createRedisAggregates } from "./aggregate-cache/redis-aggregates.ts";
export { type ServingErrorCode, servingErrors } from "./errors.ts";
export type {
  ProductContext,
  ProductResolver,
  ProductResolvers,
  ResolveField,
  SqlText,
  TableName,
} from "./extension/product-resolvers.ts";
export type { ExtensionFiles } from "./extension/read-extension.ts";
export type { HiddenError } from "./operation/answer-error.ts";
export {
  createSubgraph,
  type Subgraph,
  type SubgraphAnswer,
  type SubgraphCall,
  type SubgraphOptions,
} from "./subgraph.ts";
export { createSubgraphService } from "./subgraph-service.ts";
