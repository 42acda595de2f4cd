/** The seam between HTTP and GraphQL: what the handler asks of whoever answers operations. */
import type { GraphQLFormattedError } from "graphql";
import type { HttpRequest } from "./message.ts";

/** Section 5.1 "Request parameters" of GraphQL over HTTP, types checked. */
export interface GraphQLParams {
  /** Undefined only where `extensions` may name a document instead (persisted operations). */
  readonly query: string | undefined;
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
      readonly run: () => Promise<GraphQLOutcome>;
    };

/** The answer of an operation that ran. */
export interface GraphQLOutcome {
  /** JSON text is sent as it is; an object is printed. */
  readonly body:
    | string
    | {
        readonly data?: Readonly<Record<string, unknown>> | null;
        readonly errors?: readonly GraphQLFormattedError[];
        readonly extensions?: Readonly<Record<string, unknown>>;
      };
  /** Whether `body` has a `data` entry, null or not. */
  readonly hasData: boolean;
  /** Instead of the status that the media type asks for. */
  readonly status?: number;
  /** Lower-case names: `deprecation`, `sunset`, `link`, `cache-control`, … The body's own headers are not theirs to set. */
  readonly headers?: Readonly<Record<string, string>>;
}
