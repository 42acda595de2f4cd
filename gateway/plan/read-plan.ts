/** The planner's JSON in, our `Plan` out. Nothing but this file knows the planner's shapes. */
import type {
  FetchDataRewrite,
  FetchNode,
  QueryPlan,
  QueryPlanSelectionNode,
  PlanNode as TheirNode,
} from "@apollo/query-planner";
import { Kind, type OperationDefinitionNode, parse, print } from "graphql";
import type { Fetch, KeyRenamer, Plan, PlanNode, Requirement, ValueSetter, VariableDefinition } from "./plan.ts";
import { readSelections } from "./read-selections.ts";

/** Throws for what the engine does not run: `@defer` and subscriptions. */
export function readPlan(plan: QueryPlan, operation: OperationDefinitionNode): Plan {
  let id = 0;
  const name = operation.name?.value;
  const variables = readVariables(operation);

  function readNode(node: TheirNode, path: readonly string[]): PlanNode {
    switch (node.kind) {
      case "Sequence":
        return { kind: "sequence", nodes: node.nodes.map((child) => readNode(child, path)) };
      case "Parallel":
        return { kind: "parallel", nodes: node.nodes.map((child) => readNode(child, path)) };
      case "Flatten":
        return readNode(node.node, [...path, ...node.path.map(String)]);
      case "Condition":
        throw new Error(`Conditions are decided before planning, but the plan has one on ${node.condition}.`);
      case "Fetch":
        return readFetch(node, path, id++, variables);
      case "Defer":
        throw new Error("The engine runs no @defer; the planner must be built without it.");
    }
  }

  if (plan.node?.kind === "Subscription") throw new Error("The engine runs no subscriptions.");
  return { kind: "plan", operation: operation.operation, name, root: plan.node && readNode(plan.node, []) };
}

function readFetch(
  node: FetchNode,
  path: readonly string[],
  id: number,
  variables: ReadonlyMap<string, VariableDefinition>,
): Fetch {
  const [definition] = parse(node.operation, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error(`No operation in the fetch from ${node.serviceName}.`);
  // An entity fetch asks for `_entities` alone; what it asks of the entities is below.
  const [entities] = definition.selectionSet.selections;
  const set =
    node.requires === undefined ? definition.selectionSet : entities?.kind === Kind.FIELD && entities.selectionSet;
  if (!set) throw new Error(`No _entities in the entity fetch from ${node.serviceName}.`);
  const { selections, variables: used } = readSelections(set);
  // Arguments from a context are variables that only the planner knows.
  const contexts = new Set((node.contextRewrites ?? []).map((rewrite) => readRenamer(rewrite).to));
  const contextVariables = new Map([...readVariables(definition)].filter(([name]) => contexts.has(name)));
  return {
    kind: "fetch",
    id,
    subgraph: node.serviceName,
    operation: node.operationKind,
    operationName: node.operationName,
    path,
    requires: node.requires?.map(readRequirement),
    selections,
    variables: [...used].flatMap((name) => variables.get(name) ?? contextVariables.get(name) ?? []),
    directives: (definition.directives ?? []).map((directive) => print(directive)).join(" "),
    inputRewrites: (node.inputRewrites ?? []).map(readSetter),
    outputRewrites: (node.outputRewrites ?? []).map(readRenamer),
    contextRewrites: (node.contextRewrites ?? []).map(readRenamer),
  };
}

/**
 * From the client's operation: beside a client's `$representations` the planner would put its own of the same name. Ours
 * has a name that the client does not use.
 */
function readVariables(operation: OperationDefinitionNode): ReadonlyMap<string, VariableDefinition> {
  return new Map(
    (operation.variableDefinitions ?? []).map(({ variable, type, defaultValue }) => [
      variable.name.value,
      { name: variable.name.value, type: print(type), defaultValue: defaultValue && print(defaultValue) },
    ]),
  );
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
