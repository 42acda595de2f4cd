/**
 * Runs a program's requests and hangs what subgraphs answer on the run's nodes.
 *
 * A request starts as soon as everything that it waits for has been answered; one answer triggers the next requests
 * without a promise in between. A request without representations is not sent.
 *
 * Hot: once per request to a subgraph (bench/engine).
 */
import type { Cancellation } from "#http";
import type { Caller } from "#policies";
import type { SubgraphClient, SubgraphResponse } from "../../transport/subgraph-client.ts";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import { AnswerExtensions } from "../answer-extensions.ts";
import { ask } from "./ask.ts";
import { UnfitAnswer } from "./failure.ts";
import { mergeInto } from "./merge.ts";
import type { Link } from "./places.ts";
import type { ContextLink, Program, ProgramGroup, ProgramRequest } from "./program.ts";
import { renameKeys } from "./rename-keys.ts";
import { allGroups, type OperationText } from "./request-text.ts";
import type { JsonObject, Node, RunState } from "./run-state.ts";
import type { SubgraphError, SubgraphProblem } from "./subgraph-problem.ts";
import type { Recorder } from "./trace.ts";

export interface RunInput {
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly headers: ReadonlyMap<string, string>;
  readonly signal: Cancellation;
  readonly introspection: ReadonlyMap<string, string>;
  readonly recorder?: Recorder | undefined;
  /** The answer of a step that has been asked already. */
  readonly supplied?: ((step: number) => Promise<SubgraphResponse> | undefined) | undefined;
  /** Called when a step has been accepted and what waited for it has been sent. Must not throw. */
  readonly onStep?: ((step: number, run: RunView) => void) | undefined;
}

/** A run as far as it has come. */
export interface RunView {
  readonly state: RunState;
  readonly problems: readonly SubgraphProblem[];
  extensions(): Readonly<Record<string, unknown>>;
}

export interface RunResult {
  readonly state: RunState;
  readonly problems: readonly SubgraphProblem[];
  /** What subgraphs say of their products, merged by product. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

const recorded = { wantsBytes: true };

/** Never rejects: what goes wrong is a problem. */
export function runProgram(program: Program, input: RunInput): Promise<RunResult> {
  const { steps } = program;
  const nodes: Node[][] = [];
  for (const id of program.places.linkById.keys()) nodes[id] = [];
  const counts = program.counted.map(() => 0);
  const state: RunState = { root: {}, nodes, counts, introspection: input.introspection };
  const problems: SubgraphProblem[] = [];
  const extensions = new AnswerExtensions();
  if (steps.length === 0) return Promise.resolve({ state, problems, extensions: {} });

  return new Promise((resolve, reject) => {
    const waiting = steps.map((step) => step.waitsFor.length);
    let open = steps.length;

    const finish = (index: number): void => {
      open--;
      const isLast = open === 0;
      for (const next of steps[index]?.awaitedBy ?? []) {
        const left = (waiting[next] ?? 0) - 1;
        waiting[next] = left;
        if (left === 0) start(next);
      }
      input.onStep?.(index, { state, problems, extensions: () => extensions.read() });
      if (isLast) resolve({ state, problems, extensions: extensions.read() });
    };

    const start = (index: number): void => {
      const request = steps[index]?.request;
      if (request === undefined) return;
      try {
        for (const group of request.groups) for (const { collect } of group.links) collect?.(state);
        const prepared = prepare(request, state, input);
        if (prepared === undefined) {
          finish(index);
          return;
        }
        const { text, variables, lists } = prepared;
        input.recorder?.sent(index, text, variables);
        const answer =
          input.supplied?.(index) ?? ask(request.subgraph, text, variables, input, input.recorder && recorded);
        answer
          .then(
            (response) => {
              input.recorder?.answered(index, response);
              accept(request, lists, response, state, problems);
              extensions.add(response?.extensions);
            },
            (cause: unknown) => {
              problems.push({ kind: "failed", request, cause });
            },
          )
          .then(() => finish(index), reject);
      } catch (cause) {
        problems.push({ kind: "failed", request, cause });
        finish(index);
      }
    };

    steps.forEach((step, index) => {
      if (step.waitsFor.length === 0) start(index);
    });
  });
}

interface Prepared {
  readonly text: OperationText;
  /** Members of the JSON object of variables, without its braces. */
  readonly variables: string;
  /** Empty for a root fetch. */
  readonly lists: readonly SentList[];
}

interface SentList {
  /** The response name of its `_entities`. */
  readonly key: string;
  readonly group: ProgramGroup;
  /** In the order of the representations; several nodes where one representation stands for them. */
  readonly nodes: readonly Node[][];
}

function prepare(request: ProgramRequest, state: RunState, input: RunInput): Prepared | undefined {
  const { text, contextLink } = request;
  if (contextLink !== undefined) return prepareWithContext(request, contextLink, state, input);
  const lists: SentList[] = [];
  let present = 0;
  let variables = "";
  const isEntities = text.entityKeys.length > 0;
  if (isEntities) {
    request.groups.forEach((group, index) => {
      const key = text.entityKeys[index] ?? "";
      const list = listRepresentations(group, key, (link) => state.nodes[link.fetch.id] ?? []);
      if (list === undefined) return;
      lists.push({ key, group, nodes: list.nodes });
      present |= 1 << index;
      variables += `${variables === "" ? "" : ","}"${text.representationNames[index]}":[${list.text}]`;
    });
    if (present === 0) return undefined;
  }
  const operation = text.forGroups(isEntities ? present : 1);
  variables += clientVariables(operation, input, variables === "");
  return { text: operation, variables, lists };
}

/** One list of representations for each set of context values, each with variables of its own. */
function prepareWithContext(
  request: ProgramRequest,
  contextLink: ContextLink,
  state: RunState,
  input: RunInput,
): Prepared | undefined {
  const contexts = contextLink.group(state);
  const [group] = request.groups;
  if (contexts.length === 0 || group === undefined) return undefined;
  const { text, variableName } = contextLink.textFor(contexts.length);
  const lists: SentList[] = [];
  const members: string[] = [];
  contexts.forEach(({ nodes, values }, index) => {
    const key = text.entityKeys[index] ?? "";
    const list = listRepresentations(group, key, () => nodes);
    if (list === undefined) return;
    lists.push({ key, group, nodes: list.nodes });
    members.push(`"${text.representationNames[index]}":[${list.text}]`);
    for (const [name, value] of values) members.push(`"${variableName(name, index)}":${value}`);
  });
  const operation = text.forGroups(allGroups);
  return { text: operation, variables: members.join(",") + clientVariables(operation, input, false), lists };
}

/** The client's variables that an operation uses and the client gave, as members of a JSON object. */
function clientVariables(operation: OperationText, input: RunInput, isFirst: boolean): string {
  let members = "";
  for (const name of operation.variables) {
    if (!Object.hasOwn(input.variables, name)) continue;
    const value = JSON.stringify(input.variables[name]);
    if (value !== undefined) members += `${isFirst && members === "" ? "" : ","}${JSON.stringify(name)}:${value}`;
  }
  return members;
}

/** The group's representations, each once, and the nodes that each one stands for. */
function listRepresentations(
  group: ProgramGroup,
  alias: string,
  nodesOf: (link: Link) => readonly Node[],
): { readonly text: string; readonly nodes: Node[][] } | undefined {
  const [first, ...others] = group.links;
  if (first === undefined) return undefined;
  const nodes: Node[][] = [];
  let text = "";
  const add = (node: Node): void => {
    node.index = nodes.length;
    node.alias = alias;
    text += nodes.length === 0 ? node.representation : `,${node.representation}`;
    nodes.push([node]);
  };
  if (others.length === 0 && !first.link.unshared) {
    // The link's nodes differ in their representations already.
    for (const node of nodesOf(first.link)) add(node);
  } else {
    const indexByText = new Map<string, number>();
    for (const { link } of group.links) {
      for (const node of nodesOf(link)) {
        const known = indexByText.get(node.representation);
        if (known === undefined) {
          indexByText.set(node.representation, nodes.length);
          add(node);
          continue;
        }
        node.index = known;
        node.alias = alias;
        nodes[known]?.push(node);
      }
    }
  }
  return nodes.length === 0 ? undefined : { text, nodes };
}

function accept(
  request: ProgramRequest,
  lists: readonly SentList[],
  response: SubgraphResponse,
  state: RunState,
  problems: SubgraphProblem[],
): void {
  if (!isObject(response)) {
    problems.push({ kind: "failed", request, cause: new SubgraphFailure(request.subgraph, "invalid-response") });
    return;
  }
  const data: unknown = response.data;
  const errors = (Array.isArray(response.errors) ? response.errors : []).filter(isObject) as SubgraphError[];
  for (const error of errors) problems.push({ kind: "error", request, error, answered: isObject(data) });
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
  if (request.text.entityKeys.length === 0) {
    for (const { link } of request.groups[0]?.links ?? []) {
      renameKeys(data, link.fetch.outputRewrites);
      acceptRoot(link, data, state);
    }
    return;
  }
  for (const list of lists) acceptEntities(request, list, data, errors, problems);
}

function acceptRoot(link: Link, data: JsonObject, state: RunState): void {
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
  const objectTypes = group.links[0]?.link.place.objectTypes ?? new Set();
  const copies = group.links.some(({ link }) => link.place.merged);
  for (let index = 0; index < nodes.length; index++) {
    const entity: unknown = entities[index];
    const same = nodes[index] ?? [];
    if (entity === null) continue;
    if (!isObject(entity)) {
      problems.push({
        kind: "failed",
        request,
        group,
        nodes: same,
        cause: new UnfitAnswer("The answer has an entity that is no object."),
      });
      continue;
    }
    for (const node of same) {
      if (copies && node.targets !== undefined)
        for (const target of node.targets) mergeInto(target, entity, objectTypes);
      node.entity =
        node !== same[0] && group.links.some(({ link }) => link.unshared) ? copyOf(entity, objectTypes) : entity;
    }
  }
}

function copyOf(entity: JsonObject, objectTypes: ReadonlySet<string>): JsonObject {
  const copy: JsonObject = {};
  mergeInto(copy, entity, objectTypes);
  return copy;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
