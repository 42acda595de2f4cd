/**
 * The port between an executor and what plans for it. Adapters: `plan-here.ts` on the calling thread, for tests and tools,
 * and a worker thread of its own, for gateways that answer meanwhile. Nothing that is imported here loads the planner.
 */
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { PlannedOperation, PlanOptions } from "./planner.ts";

export interface Planning {
  /** What clients may ask for. */
  readonly apiSchema: GraphQLSchema;
  /** With everything inaccessible and every subgraph's types; knows which object is of which abstract type. */
  readonly supergraphSchema: GraphQLSchema;
  /** The labels of progressive `@override`s; each is off unless `plan` is told otherwise. */
  readonly overrideLabels: readonly string[];
  /**
   * Guarantees a frozen plan that answers the whole operation. `document` is `text` parsed, valid against `apiSchema`.
   * Rejects with a GraphQLError (`FIELD_NOT_RESOLVABLE`) for a root field without a subgraph, and with whatever the planner
   * throws. Plans once for each call: who asks keeps the answer.
   */
  plan(text: string, document: DocumentNode, options?: PlanOptions): Promise<PlannedOperation>;
  /** Rejects the plannings under way. */
  close(): Promise<void>;
}

/** The planning of one supergraph, given as text and parsed. Rejects when it is none, and leaves nothing running then. */
export type CreatePlanning = (supergraphSdl: string, supergraph: DocumentNode) => Promise<Planning>;
