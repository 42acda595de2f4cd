/** The port between an operation and what runs it. Adapters: @apollo/gateway's executor (the reference). */
import type { DocumentNode, GraphQLError } from "graphql";
import type { Caller } from "#policies";

export interface ExecutionRequest {
  /** The client's text, already validated against the API schema. */
  readonly query: string;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** As sent by the client, checked against the operation's variable definitions. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Aborts when the client goes away or the server gives up. */
  readonly signal: AbortSignal;
  /** Lower-case header names of the client's request, for propagation rules. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface ExecutionResult {
  /** Undefined when nothing was executed (a request error), null when a non-null error reached the root. */
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly GraphQLError[];
  /** Of every subgraph that answered, merged by name. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface Executor {
  execute(request: ExecutionRequest): Promise<ExecutionResult>;
}
