/** One product's GraphQL output port: a federation subgraph that can be called in process or put behind HTTP. */
import type { GraphQLSchema } from "graphql";
import type { Caller } from "#policies";

export interface Subgraph {
  /** The product's name. */
  readonly name: string;
  /** What `_service { sdl }` answers and composition reads. */
  readonly sdl: string;
  readonly schema: GraphQLSchema;
  /** Never throws for a wrong operation: errors are in the response, as the GraphQL specification (section 7) says. */
  execute(call: SubgraphCall): Promise<SubgraphAnswer>;
}

export interface SubgraphCall {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
  /**
   * Who applies the masks: `here` for every caller but the mesh's own gateway, which says `gateway` (proven by its
   * signed token, or by being in the same process) and then gets raw values for exactly this caller and masks them itself.
   * Denials are enforced here in both cases.
   */
  readonly masking: "here" | "gateway";
  readonly signal?: AbortSignal | undefined;
}

export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}
