/** The port between the gateway and one subgraph. Adapters: in process, HTTP. */

import type { Cancellation } from "#http";
import type { Caller } from "#policies";

/** What is asked, and for whom. Nothing in it changes, so that wrappers may compare, repeat and share it. */
export interface SubgraphRequest {
  readonly operationType: "query" | "mutation";
  /** `{"query":…,"operationName":…,"variables":{…}}`, for clients that send text. */
  readonly body: string;
  /** The same in parts, for clients in the same process. */
  readonly query: string;
  readonly operationName: string | undefined;
  /** May be parsed only when it is read, so whoever sends `body` leaves it alone, and nobody copies a request. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** For whom the gateway asks; travels as a short-lived signed token over HTTP, as an object in process. */
  readonly caller: Caller;
  /** Headers that the propagation rules let through; lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of an earlier answer to the same request: a client that gets the same again may say so instead of parsing them. */
  readonly remembered?: Uint8Array | undefined;
  /** The response should hold the bytes that it was parsed from, if there are any. */
  readonly wantsBytes?: boolean | undefined;
}

/** The parsed GraphQL response; a transport failure is thrown as a `SubgraphFailure` instead. */
export interface SubgraphResponse {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** The `Cache-Control` and `Age` (in seconds) that came with it, if any. */
  readonly cacheControl?: string | undefined;
  readonly age?: number | undefined;
  /** What it was parsed from, when the request wants it and the client gets bytes. Copy what is to be kept for long. */
  readonly bytes?: Uint8Array | undefined;
  /** The HTTP status where it says that the server failed (500 and above), which a GraphQL response may come with. */
  readonly failedWith?: number;
  /** The answer is the request's `remembered`; of the rest only what came in headers is here. */
  readonly unchanged?: true;
}

export interface SubgraphClient {
  /** The product's (subgraph's) name. */
  readonly name: string;
  /**
   * The response belongs to who asked: they may change its objects. Rejects with a `SubgraphFailure` when there is none,
   * and soon after `cancellation` says that it is no longer wanted.
   */
  execute(request: SubgraphRequest, cancellation: Cancellation): Promise<SubgraphResponse>;
  close(): Promise<void>;
}
