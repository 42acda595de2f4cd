/**
 * What governance adds to the gateway, and when it is asked. The adapter lies in `governance/`; without one nothing is
 * authenticated, denied or masked.
 *
 *   generation built ── govern(supergraph) ──▶ GovernanceTable        once per supergraph
 *   operation + caller ── authorise(operation, caller) ──▶ Authorisation   before any fetch
 *   answer ── Authorisation.apply(result) ──▶ result                  after all joins
 */
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { Caller } from "#policies";
import type { ExecutionResult } from "./execution/executor.ts";
import type { PreparedOperation } from "./operation/prepared-operation.ts";

/** Builds the table of one supergraph. A throw refuses the generation: the old one keeps serving. */
export type Govern = (supergraph: {
  /** The supergraph's SDL, parsed: mesh directives are read from it. */
  readonly document: DocumentNode;
  readonly apiSchema: GraphQLSchema;
}) => GovernanceTable | Promise<GovernanceTable>;

/** One generation's governed coordinates and the rules for them. Immutable. */
export interface GovernanceTable {
  /**
   * Called for every request, after validation and before any fetch; what depends on the operation alone should be kept
   * per operation (it is one object for one text and name). A throw denies the request.
   */
  authorise(operation: PreparedOperation, caller: Caller): Authorisation | Promise<Authorisation>;
}

/** What one caller may get from one operation. */
export type Authorisation =
  /** Nothing to enforce: the operation runs as it is written. */
  | { readonly kind: "allowed" }
  /** The whole request is refused before any fetch. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly status: 401 | 403 }
  /** It runs, but not all of it is shown. */
  | {
      readonly kind: "restricted";
      /**
       * What to execute instead, when denied fields were taken out, so that they are never asked for; undefined leaves
       * the operation as it is. One object per decision vector, so that plans are shared.
       */
      readonly execute: { readonly query: string; readonly document: DocumentNode } | undefined;
      /** Applies masks, puts nulls and errors where fields were denied; may add to `extensions`. Never fetches. */
      apply(result: ExecutionResult): ExecutionResult;
    };
