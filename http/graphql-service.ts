/** The seam between HTTP and GraphQL: what the handler asks of whoever answers operations. */
import type { GraphQLFormattedError } from "graphql";
import type { HttpRequest } from "./message.ts";

/** Section 5.1 "Request parameters" of GraphQL over HTTP, types checked. */
export interface GraphQLParams {
  /** Undefined only where `documentId` or `extensions` names a document instead (persisted operations). */
  readonly query: string | undefined;
  /** Appendix A "Persisted Documents". */
  readonly documentId?: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

/** In: the parameters and the request they came in. Out: what can be run, or why not. A thrown ClientError is a rejection. */
export interface GraphQLService {
  /** Called once per well-formed request. Nothing may have an effect yet: a mutation by GET is still refused after this. */
  prepare(params: GraphQLParams, request: HttpRequest): Prepared | Promise<Prepared>;
}

export type Prepared =
  | {
      /** A request error (GraphQL specification, section 7.1.2): nothing ran. */
      readonly kind: "rejected";
      /** 400 becomes 200 under application/json; every other status is sent as it is. */
      readonly status: number;
      readonly result: {
        readonly errors: readonly GraphQLFormattedError[];
        readonly extensions?: Readonly<Record<string, unknown>>;
      };
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "ready";
      readonly operationType: "query" | "mutation" | "subscription";
      /** Called at most once. */
      readonly run: (options?: RunOptions) => Promise<GraphQLOutcome>;
    };

export interface RunOptions {
  /** The client takes deferred parts of the answer later (`GraphQLOutcome.more`). */
  readonly incremental: boolean;
}

/** GraphQL specification, section 7.1. */
export interface GraphQLResponseBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The answer of an operation that ran. */
export interface GraphQLOutcome {
  /** JSON text, or its bytes in UTF-8, is sent as it is; an object is printed. */
  readonly body: string | Uint8Array | GraphQLResponseBody;
  /** Whether `body` has a `data` entry, null or not. */
  readonly hasData: boolean;
  /** JSON texts of what comes later. `body` is a text then, and tells by `hasNext` that it is not all. */
  readonly more?: AsyncIterable<string>;
  /** The very same bytes may be sent again: what is made of them can be kept with them. */
  readonly isKept?: true;
  /** Instead of the status that the media type asks for. */
  readonly status?: number;
  /** Lower-case names: `deprecation`, `sunset`, `link`, `cache-control`, … The body's own headers are not theirs to set. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body as an object, for callers in the same process. */
export function readResponseBody(body: GraphQLOutcome["body"]): GraphQLResponseBody {
  if (typeof body === "string") return JSON.parse(body) as GraphQLResponseBody;
  return body instanceof Uint8Array ? (JSON.parse(Buffer.from(body).toString()) as GraphQLResponseBody) : body;
}
