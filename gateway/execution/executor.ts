/** The port between an operation and what runs it. Adapters: compiled programs, @apollo/gateway's executor (the reference). */

import type { DocumentNode, GraphQLError } from "graphql";
import type { Cancellation } from "#http";
import type { Caller, Decision } from "#policies";
import type { Invalidated, RunKept } from "../cache/index.ts";

/**
 * What policies decided, by coordinate of an object type (`Customer.email`) and settled for its type; what is allowed is
 * not in it. One object for equal decisions about one operation, so that what depends on them is made once.
 */
export type Decisions = ReadonlyMap<string, Decision>;

export interface ExecutionRequest {
  /** The client's text, already validated against the API schema. */
  readonly query: string;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** As sent by the client, checked against the operation's variable definitions. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Aborts when the client goes away or the server gives up. */
  readonly signal: Cancellation;
  /** Lower-case header names of the client's request, for propagation rules. */
  readonly headers: ReadonlyMap<string, string>;
  /**
   * Carried out after all joins: masked values are masked, nulled and denied fields are null and never asked for, denied
   * ones with an error. Undefined when everything may be read.
   */
  readonly decisions: Decisions | undefined;
  /** Coordinates whose values in the answer are counted, always the same ones for one document; none without it. */
  readonly counted?: readonly string[] | undefined;
  /** The answer is asked for often: what it is made of is read anew before it ends. */
  readonly isHot?: boolean | undefined;
  /** Called with what a mutation has changed, or may have changed, as soon as that is known. Must not throw. */
  readonly onEffects?: ((effects: readonly Invalidated[]) => void) | undefined;
  /** The client takes deferred fragments later; without it everything comes at once, which an executor may do anyway. */
  readonly incremental?: boolean | undefined;
}

export interface ExecutionResult {
  /** JSON text of `data`; undefined when nothing was executed (a request error). */
  readonly text: string | undefined;
  readonly errors: readonly GraphQLError[];
  /** Of every subgraph that answered, merged by name. */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** This very object may be given again for an equal answer to an equal request: what was made of it can be kept. */
  readonly repeatable?: true;
  /** What of the answer is kept; absent where nothing of it may be. */
  readonly kept?: RunKept | undefined;
  /** Parts of the answer that come later. */
  readonly deferred?: Deferred;
  /**
   * For the audit, by coordinate: of how many objects the value is in the answer. However often the answer repeats an
   * object, it counts once; one that was answered in several places may count for each of them. Absent where nobody counted.
   */
  readonly rows?: ReadonlyMap<string, number>;
}

interface Deferred {
  /** For one reader, who may stop reading. Ends early when the request is aborted. */
  readonly payloads: AsyncIterable<LaterPayload>;
  /** Resolves when no subgraph is asked any more: to whether what came later has errors. Never rejects. */
  readonly ended: Promise<boolean>;
}

/** Deferred fragments that are there at the same time. */
export interface LaterPayload {
  readonly fragments: readonly LaterFragment[];
  /** What has become known since; empty when nothing has. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly hasNext: boolean;
}

export interface LaterFragment {
  /** JSON text of the fragment's fields; `null` when one that must not be null is. */
  readonly text: string;
  /** Those that are not at the same place in what came before. */
  readonly errors: readonly GraphQLError[];
  /** Of the object that has the fields. */
  readonly path: readonly (string | number)[];
  readonly label: string | undefined;
}

export interface Executor {
  execute(request: ExecutionRequest): Promise<ExecutionResult>;
}
