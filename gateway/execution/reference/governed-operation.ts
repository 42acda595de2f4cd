/**
 * Decisions around an executor that knows nothing of them: the operation is rewritten before it is planned, and masks,
 * nulls and denials are put into the answer afterwards. Worked out once per document and decisions.
 */
import { type DocumentNode, type GraphQLError, type GraphQLSchema, Kind, print } from "graphql";
import type { MaskSetup } from "#policies";
import { findOperation } from "../../plan/find-operation.ts";
import type { Decisions } from "../executor.ts";
import { applyDecisions } from "./apply-decisions.ts";
import { compileGovernedShape } from "./governed-shape.ts";
import { rewriteOperation } from "./rewrite-operation.ts";

export interface GovernedOperation {
  /** What to execute instead. */
  readonly query: string;
  readonly document: DocumentNode;
  apply(data: Record<string, unknown>): {
    readonly data: Record<string, unknown> | null;
    readonly errors: readonly GraphQLError[];
  };
}

interface Asked {
  readonly query: string;
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly decisions: Decisions | undefined;
}

/** The client's operation itself where nothing was decided. */
export function createGoverned(schema: GraphQLSchema, masks: MaskSetup): (asked: Asked) => GovernedOperation {
  const known = new WeakMap<DocumentNode, Map<string | undefined, WeakMap<Decisions, GovernedOperation>>>();
  return ({ query, document, operationName, decisions }) => {
    if (decisions === undefined) return { query, document, apply: (data) => ({ data, errors: [] }) };
    const byName = known.get(document) ?? new Map<string | undefined, WeakMap<Decisions, GovernedOperation>>();
    known.set(document, byName);
    const byDecisions = byName.get(operationName) ?? new WeakMap<Decisions, GovernedOperation>();
    byName.set(operationName, byDecisions);
    const made = byDecisions.get(decisions) ?? govern(schema, masks, { query, document, operationName, decisions });
    byDecisions.set(decisions, made);
    return made;
  };
}

function govern(
  schema: GraphQLSchema,
  masks: MaskSetup,
  { query, document, operationName, decisions }: Asked & { readonly decisions: Decisions },
): GovernedOperation {
  const rewritten = rewriteOperation(schema, document, findOperation(document, operationName), decisions);
  const shape = compileGovernedShape(schema, rewritten, decisions, masks);
  const instead: DocumentNode = { kind: Kind.DOCUMENT, definitions: [rewritten.definition] };
  return {
    ...(rewritten.changed ? { query: print(instead), document: instead } : { query, document }),
    apply: (data) => (shape === undefined ? { data, errors: [] } : applyDecisions(data, shape)),
  };
}
