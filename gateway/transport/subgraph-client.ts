/** The port between the gateway and one subgraph. Adapters: in process, HTTP. */
import type { Caller } from "#policies";

export interface SubgraphRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** For whom the gateway asks; travels as a short-lived signed token over HTTP, as an object in process. */
  readonly caller: Caller;
  /** Headers that the propagation rules let through; lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
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
}

export interface SubgraphClient {
  /** The product's (subgraph's) name. */
  readonly name: string;
  execute(request: SubgraphRequest): Promise<SubgraphResponse>;
  close(): Promise<void>;
}
