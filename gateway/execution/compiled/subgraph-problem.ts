import type { SubgraphResponse } from "../../transport/subgraph-client.ts";
import type { ProgramGroup, ProgramRequest } from "./program.ts";
import type { Node } from "./run-state.ts";

/** What went wrong at a subgraph, before anyone knows where in the client's answer. */
export type SubgraphProblem =
  /** No usable answer for the request, for one of its groups, or for these nodes only. */
  | {
      readonly kind: "failed";
      readonly request: ProgramRequest;
      readonly group?: ProgramGroup;
      readonly nodes?: readonly Node[];
      readonly cause: unknown;
    }
  /** The subgraph's own error, its path still the subgraph's. `answered`: there were data beside it. */
  | {
      readonly kind: "error";
      readonly request: ProgramRequest;
      readonly error: SubgraphError;
      readonly answered: boolean;
    };

export type SubgraphError = NonNullable<SubgraphResponse["errors"]>[number];
