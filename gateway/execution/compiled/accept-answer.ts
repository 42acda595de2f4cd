/** What a subgraph answered, hung on the nodes that it was asked for. */
import type { SubgraphResponse } from "../../transport/subgraph-client.ts";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import { UnfitAnswer } from "./failure.ts";
import { mergeInto } from "./merge.ts";
import type { Link } from "./places.ts";
import type { ProgramGroup, ProgramRequest } from "./program.ts";
import { renameKeys } from "./rename-keys.ts";
import type { JsonObject, Node, RunState } from "./run-state.ts";
import type { SentList, StepRequest } from "./step-request.ts";
import type { SubgraphError, SubgraphProblem } from "./subgraph-problem.ts";

/**
 * What is wrong with the answer goes to `problems`. `offset`: from which position the representations were counted, where
 * the request was sent in parts.
 */
export function acceptAnswer(
  request: ProgramRequest,
  { lists }: Pick<StepRequest, "lists">,
  response: SubgraphResponse,
  state: RunState,
  problems: SubgraphProblem[],
  offset = 0,
): void {
  if (!isObject(response)) {
    problems.push({ kind: "failed", request, cause: new SubgraphFailure(request.subgraph, "invalid-response") });
    return;
  }
  const data: unknown = response.data;
  const errors = errorsOf(response);
  for (const error of errors) {
    problems.push({ kind: "error", request, error: movedBy(offset, error), answered: isObject(data) });
  }
  if (!isObject(data)) {
    if (errors.length > 0) return;
    const cause = data === null ? new UnfitAnswer("There are neither data nor errors.") : undefined;
    problems.push({
      kind: "failed",
      request,
      cause: cause ?? new SubgraphFailure(request.subgraph, "invalid-response"),
    });
    return;
  }
  if (request.text.entityKeys.length === 0) acceptRoot(request, data, state);
  else for (const list of lists) acceptEntities(request, list, data, errors, problems);
}

export function errorsOf({ errors }: SubgraphResponse): readonly SubgraphError[] {
  return (Array.isArray(errors) ? errors : []).filter(isObject) as SubgraphError[];
}

/** The data of a root fetch, whoever gave them. */
function acceptRoot(request: ProgramRequest, data: JsonObject, state: RunState): void {
  for (const { link } of request.groups[0]?.links ?? []) {
    renameKeys(data, link.fetch.outputRewrites);
    hangRoot(link, data, state);
  }
}

/** The same for data whose keys have their names already. */
export function hangRoot(link: Link, data: JsonObject, state: RunState): void {
  if (link.place.merged) {
    if (link.place.parent === undefined) mergeInto(state.root, data, link.place.objectTypes);
    return;
  }
  const node: Node = {
    owner: state.root,
    representation: "",
    entity: data,
    count: 1,
    index: -1,
    alias: "",
    targets: undefined,
  };
  state.nodes[link.fetch.id] = [node];
}

function acceptEntities(
  request: ProgramRequest,
  { key, group, nodes }: SentList,
  data: JsonObject,
  errors: readonly SubgraphError[],
  problems: SubgraphProblem[],
): void {
  const entities = data[key];
  if (!Array.isArray(entities) || entities.length !== nodes.length) {
    // Whoever says why the list is null need not hear it again. Of a list of the wrong length nobody knows whose the
    // entities are.
    if (entities === null && errors.some(({ path }) => !Array.isArray(path) || path[0] === key)) return;
    const message = Array.isArray(entities)
      ? `The answer has ${entities.length} entities for ${nodes.length} representations.`
      : "The answer has no list of entities.";
    problems.push({ kind: "failed", request, group, nodes: nodes.flat(), cause: new UnfitAnswer(message) });
    return;
  }
  // The fetches of a group select the same, so they rename the same.
  const rewrites = group.links[0]?.link.fetch.outputRewrites ?? [];
  if (rewrites.length > 0) renameKeys(entities, rewrites);
  for (let index = 0; index < nodes.length; index++) {
    const entity: unknown = entities[index];
    const same = nodes[index] ?? [];
    if (entity === null) continue;
    if (!isObject(entity)) {
      const cause = new UnfitAnswer("The answer has an entity that is no object.");
      problems.push({ kind: "failed", request, group, nodes: same, cause });
      continue;
    }
    hangEntity(group, same, entity);
  }
}

/** On nodes with one representation, whoever gave it. Its keys have their names. */
export function hangEntity(group: ProgramGroup, nodes: readonly Node[], entity: JsonObject): void {
  const place = group.links[0]?.link.place;
  const objectTypes = place?.objectTypes ?? new Set();
  const copies = group.links.some(({ link }) => link.place.merged);
  const isUnshared = nodes.length > 1 && group.links.some(({ link }) => link.unshared);
  for (const node of nodes) {
    if (copies && node.targets !== undefined) {
      for (const target of node.targets) mergeInto(target, entity, objectTypes);
    }
    node.entity = isUnshared && node !== nodes[0] ? copyOf(entity, objectTypes) : entity;
  }
}

function copyOf(entity: JsonObject, objectTypes: ReadonlySet<string>): JsonObject {
  const copy: JsonObject = {};
  mergeInto(copy, entity, objectTypes);
  return copy;
}

/** An error of a part of a request, as if the whole had been one request. */
function movedBy(offset: number, error: SubgraphError): SubgraphError {
  const { path } = error;
  if (offset === 0 || !Array.isArray(path) || typeof path[1] !== "number") return error;
  return { ...error, path: [path[0] as string, path[1] + offset, ...path.slice(2)] };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
