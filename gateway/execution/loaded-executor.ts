/** What an executor is made of, and what has been made of it. */
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { Caller, MaskSetup } from "#policies";
import type { GenerationCache } from "../cache/index.ts";
import type { Logger } from "../observability/logger.ts";
import type { ActiveLabels } from "../plan/override-labels.ts";
import type { Fetch } from "../plan/plan.ts";
import type { CreatePlanning } from "../plan/planning.ts";
import type { SubgraphClient } from "../transport/subgraph-client.ts";
import type { ExecutionRequest, Executor } from "./executor.ts";
import type { SubgraphMessages } from "./subgraph-errors.ts";

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  /** The same, parsed. */
  readonly supergraph: DocumentNode;
  /** For the compiled executor. */
  readonly createPlanning: CreatePlanning;
  /** Called once per subgraph of the supergraph, while loading. */
  client(subgraph: { readonly name: string; readonly url: string | undefined }): SubgraphClient;
  /** Lower-case headers of the client that subgraphs may see. */
  propagate(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string>;
  readonly subgraphMessages: SubgraphMessages;
  /** How much the compiled executor keeps of earlier runs; 0 for nothing. */
  readonly replayBytes: number;
  /** Keys, vault and functions of the masks. */
  readonly masks: MaskSetup;
  readonly logger: Logger;
}

/** A way in which an operation was asked for: what its program depends on, and how often it was used. */
export interface OperationUse {
  readonly operationName: string | undefined;
  /** Of the variables in `@skip` and `@include`. */
  readonly variables: Readonly<Record<string, boolean>>;
  readonly labels: ActiveLabels;
  /** One of those who asked; in memory only. */
  readonly caller: Caller;
  /** Old uses count less. */
  readonly count: number;
}

/** What is made in advance of requests. */
export interface WarmRequest
  extends Pick<ExecutionRequest, "query" | "document" | "operationName" | "caller" | "decisions" | "counted">,
    Pick<OperationUse, "variables" | "labels" | "count"> {}

export type FetchesRequest = Pick<ExecutionRequest, "query" | "document" | "operationName" | "variables">;

/** An executor of one supergraph, loaded. */
export interface LoadedExecutor extends Executor {
  /** The same as `apiSchema`, with everything inaccessible; undefined where the executor keeps nothing. */
  readonly supergraphSchema: GraphQLSchema | undefined;
  /** What subgraphs answer is kept there from now on; called before the first operation, if at all. */
  keepIn(cache: GenerationCache): void;
  /** How the operations of a document have been used; empty when the executor makes nothing in advance. */
  usesOf(document: DocumentNode): readonly OperationUse[];
  /** What subgraphs are asked for an operation without hidden fields; undefined when the executor does not know. */
  fetchesOf(request: FetchesRequest): Promise<readonly Fetch[]> | undefined;
  /** Makes what such requests need and runs nothing. Rejects with what is wrong with the operation. */
  warm(request: WarmRequest): Promise<void>;
  /** What clients see of the supergraph. */
  readonly apiSchema: GraphQLSchema;
  /** The clients belong to whoever made them. */
  close(): Promise<void>;
}
