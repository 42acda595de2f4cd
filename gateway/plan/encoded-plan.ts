/**
 * A planned operation as text, for the way from a worker thread and for a store: what the client's document says already is
 * not in it. The text is JSON; what it leaves out (undefined) comes back, so that a plan is equal wherever it was made.
 */
import type { DocumentNode } from "graphql";
import { decideConditions } from "./conditions.ts";
import { findOperation } from "./find-operation.ts";
import {
  type Fetch,
  freezeDeep,
  type Plan,
  type PlanNode,
  type Requirement,
  type Selection,
  type VariableDefinition,
} from "./plan.ts";
import type { PlannedOperation, PlanOptions } from "./planner.ts";
import { restoreReservedNames, type SavedNames } from "./reserved-names.ts";

/** Of `encodePlan`; whoever keeps it beyond the process keeps the planner's version beside it. */
export type EncodedPlan = string;

interface Encoded {
  readonly plan: Plan;
  readonly names: SavedNames;
  readonly knownTypes: readonly (readonly [place: string, type: string])[];
}

export function encodePlan({ plan, names, knownTypes }: PlannedOperation): EncodedPlan {
  return JSON.stringify({ plan, names: names.save(), knownTypes: [...knownTypes] } satisfies Encoded);
}

/** `document` and `options` are those it was planned with. Throws for a text that `encodePlan` did not write. */
export function decodePlan(text: EncodedPlan, document: DocumentNode, options: PlanOptions = {}): PlannedOperation {
  const { plan, names, knownTypes } = JSON.parse(text) as Encoded; // see above
  const decided = decideConditions(document, options.conditions ?? new Map());
  return {
    plan: freezeDeep({
      kind: "plan",
      operation: plan.operation,
      name: plan.name,
      root: plan.root && readNode(plan.root),
    }),
    document: decided,
    operation: findOperation(decided, options.operationName),
    names: restoreReservedNames(names),
    knownTypes: new Map(knownTypes),
  };
}

function readNode(node: PlanNode): PlanNode {
  return node.kind === "fetch" ? readFetch(node) : { kind: node.kind, nodes: node.nodes.map(readNode) };
}

function readFetch(fetch: Fetch): Fetch {
  return {
    kind: "fetch",
    id: fetch.id,
    subgraph: fetch.subgraph,
    operation: fetch.operation,
    operationName: fetch.operationName,
    path: fetch.path,
    requires: fetch.requires?.map(readRequirement),
    selections: fetch.selections.map(readSelection),
    variables: fetch.variables.map(readVariable),
    directives: fetch.directives,
    inputRewrites: fetch.inputRewrites,
    outputRewrites: fetch.outputRewrites,
    contextRewrites: fetch.contextRewrites,
  };
}

function readRequirement(requirement: Requirement): Requirement {
  if (requirement.kind === "fragment") {
    return { kind: "fragment", on: requirement.on, selections: requirement.selections.map(readRequirement) };
  }
  const { name, from, selections } = requirement;
  return { kind: "field", name, from, selections: selections?.map(readRequirement) };
}

function readSelection(selection: Selection): Selection {
  if (selection.kind === "fragment") {
    const { on, directives, selections } = selection;
    return { kind: "fragment", on, directives, selections: selections.map(readSelection) };
  }
  const { key, name, args, directives, selections } = selection;
  return { kind: "field", key, name, args, directives, selections: selections?.map(readSelection) };
}

function readVariable({ name, type, defaultValue }: VariableDefinition): VariableDefinition {
  return { name, type, defaultValue };
}
