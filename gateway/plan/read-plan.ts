/** The planner's JSON in, our `Plan` out. Nothing but this file knows the planner's shapes. */
import type {
  FetchDataRewrite,
  FetchNode,
  QueryPlan,
  QueryPlanSelectionNode,
  PlanNode as TheirNode,
} from "@apollo/query-planner";
import { Kind, type OperationDefinitionNode, parse, print } from "graphql";
import type { Fetch, KeyRenamer, OperationKind, Plan, PlanNode, Requirement, ValueSetter } from "./plan.ts";
import { readSelections } from "./read-selections.ts";

/** Throws for what the engine does not run: `@defer` and subscriptions. */
export function readPlan(plan: QueryPlan, operation: OperationKind, name: string | undefined): Plan {
  let id = 0;

  function readNode(node: TheirNode, path: readonly string[]): PlanNode {
    switch (node.kind) {
      case "Sequence":
        return { kind: "sequence", nodes: node.nodes.map((child) => readNode(child, path)) };
      case "Parallel":
        return { kind: "parallel", nodes: node.nodes.map((child) => readNode(child, path)) };
      case "Flatten":
        return readNode(node.node, [...path, ...node.path.map(String)]);
      case "Condition":
        return {
          kind: "condition",
          variable: node.condition,
          then: node.ifClause && readNode(node.ifClause, path),
          otherwise: node.elseClause && readNode(node.elseClause, path),
        };
      case "Fetch":
        return readFetch(node, path, id++);
      case "Defer":
        throw new Error("The engine runs no @defer; the planner must be built without it.");
    }
  }

  if (plan.node?.kind === "Subscription") throw new Error("The engine runs no subscriptions.");
  return { kind: "plan", operation, name, root: plan.node && readNode(plan.node, []) };
}

function readFetch(node: FetchNode, path: readonly string[], id: number): Fetch {
  const [definition] = parse(node.operation, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error(`No operation in the fetch from ${node.serviceName}.`);
  const root = readSelections(definition.selectionSet);
  const entities = root[0];
  if (node.requires !== undefined && (entities?.kind !== "field" || entities.selections === undefined)) {
    throw new Error(`No _entities in the entity fetch from ${node.serviceName}.`);
  }
  return {
    kind: "fetch",
    id,
    subgraph: node.serviceName,
    operation: node.operationKind,
    operationName: node.operationName,
    path,
    requires: node.requires?.map(readRequirement),
    selections: (node.requires === undefined ? root : entities?.selections) ?? [],
    variables: readVariables(definition, new Set(node.variableUsages ?? [])),
    directives: (definition.directives ?? []).map((directive) => print(directive)).join(" "),
    inputRewrites: (node.inputRewrites ?? []).map(readSetter),
    outputRewrites: (node.outputRewrites ?? []).map(readRenamer),
    contextRewrites: (node.contextRewrites ?? []).map(readRenamer),
  };
}

function readVariables(definition: OperationDefinitionNode, used: ReadonlySet<string>): Fetch["variables"] {
  return (definition.variableDefinitions ?? [])
    .filter((variable) => used.has(variable.variable.name.value))
    .map((variable) => ({
      name: variable.variable.name.value,
      type: print(variable.type),
      defaultValue: variable.defaultValue && print(variable.defaultValue),
    }));
}

function readRequirement(node: QueryPlanSelectionNode): Requirement {
  if (node.kind === "Field") {
    return {
      kind: "field",
      name: node.alias ?? node.name,
      from: node.alias ?? node.name,
      selections: node.selections?.map(readRequirement),
    };
  }
  if (node.typeCondition === undefined)
    throw new Error("A requirement without a type condition has no representation.");
  return { kind: "fragment", on: node.typeCondition, selections: node.selections.map(readRequirement) };
}

function readSetter(rewrite: FetchDataRewrite): ValueSetter {
  if (rewrite.kind !== "ValueSetter") throw new Error(`Unexpected ${rewrite.kind} for a representation.`);
  return { path: rewrite.path, value: rewrite.setValueTo };
}

function readRenamer(rewrite: FetchDataRewrite): KeyRenamer {
  if (rewrite.kind !== "KeyRenamer") throw new Error(`Unexpected ${rewrite.kind} for an answer.`);
  return { path: rewrite.path, to: rewrite.renameKeyTo };
}
