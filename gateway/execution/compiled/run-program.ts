/**
 * Runs a program's requests and hangs what subgraphs answer on the run's nodes.
 *
 * A request starts as soon as everything that it waits for has been answered; one answer triggers the next requests
 * without a promise in between. A request without representations is not sent.
 *
 * Hot: once per request to a subgraph (bench/engine).
 */
import type { Caller } from "#policies";
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "../../transport/subgraph-client.ts";
import { mergeInto } from "./generate-collectors.ts";
import type { Link } from "./places.ts";
import { PreparedRequest } from "./prepared-request.ts";
import type { Program, ProgramGroup, ProgramLink, ProgramRequest } from "./program.ts";
import { type JsonObject, type Mask, missing, type Node, type RunState } from "./run-state.ts";
import type { SubgraphProblem } from "./subgraph-problem.ts";

export interface RunInput {
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly headers: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly masks: readonly (Mask | undefined)[];
  readonly introspection: ReadonlyMap<string, string>;
}

export interface RunResult {
  readonly state: RunState;
  readonly problems: readonly SubgraphProblem[];
  /** What subgraphs put into their `extensions`, by subgraph; later answers overwrite earlier ones key by key. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Never rejects: what goes wrong is a problem. */
export function runProgram(program: Program, input: RunInput): Promise<RunResult> {
  const { steps } = program;
  const nodes: Node[][] = [];
  for (const id of program.places.linkById.keys()) nodes[id] = [];
  const state: RunState = { root: {}, nodes, masks: input.masks, introspection: input.introspection };
  const problems: SubgraphProblem[] = [];
  const extensions: Record<string, unknown> = {};
  if (steps.length === 0) return Promise.resolve({ state, problems, extensions });

  return new Promise((resolve, reject) => {
    const waiting = steps.map((step) => step.waitsFor.length);
    let open = steps.length;

    const finish = (index: number): void => {
      open--;
      if (open === 0) {
        resolve({ state, problems, extensions });
        return;
      }
      for (const next of steps[index]?.awaitedBy ?? []) {
        const left = (waiting[next] ?? 0) - 1;
        waiting[next] = left;
        if (left === 0) start(next);
      }
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
        const client = input.clients.get(request.subgraph);
        const answer =
          client === undefined
            ? Promise.reject(new Error(`There is no client for the subgraph "${request.subgraph}".`))
            : client.execute(prepared.request);
        answer
          .then(
            (response) => {
              accept(request, prepared, response, state, problems);
              if (response?.extensions !== undefined) addExtensions(extensions, request.subgraph, response.extensions);
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
  readonly request: SubgraphRequest;
  /** For each group that was sent, the nodes in the order of their representations; several where links share one. */
  readonly sent: readonly (readonly Node[][] | undefined)[];
}

function prepare(request: ProgramRequest, state: RunState, input: RunInput): Prepared | undefined {
  const sent: (readonly Node[][] | undefined)[] = [];
  let present = 0;
  let variables = "";
  const isEntities = request.text.entityKeys.length > 0;
  if (isEntities) {
    request.groups.forEach((group, index) => {
      const list = listRepresentations(group, state);
      sent.push(list?.nodes);
      if (list === undefined) return;
      present |= 1 << index;
      variables += `${variables === "" ? "" : ","}"${request.text.representationNames[index]}":[${list.text}]`;
    });
    if (present === 0) return undefined;
  }
  const text = request.text.forGroups(isEntities ? present : 1);
  for (const name of text.variables) {
    if (!Object.hasOwn(input.variables, name)) continue;
    const value = JSON.stringify(input.variables[name]);
    if (value !== undefined) variables += `${variables === "" ? "" : ","}${JSON.stringify(name)}:${value}`;
  }
  return { request: new PreparedRequest(text, variables, input), sent };
}

/** The group's representations, each once, and the nodes that each one stands for. */
function listRepresentations(
  group: ProgramGroup,
  state: RunState,
): { readonly text: string; readonly nodes: Node[][] } | undefined {
  const [only, ...others] = group.links;
  const first = state.nodes[only?.link.fetch.id ?? -1] ?? [];
  if (others.length === 0) {
    if (first.length === 0) return undefined;
    let text = "";
    const nodes: Node[][] = [];
    for (const node of first) {
      node.index = nodes.length;
      text += nodes.length === 0 ? node.representation : `,${node.representation}`;
      nodes.push([node]);
    }
    return { text, nodes };
  }
  const indexByText = new Map<string, number>();
  const nodes: Node[][] = [];
  let text = "";
  for (const { link } of group.links) {
    for (const node of state.nodes[link.fetch.id] ?? []) {
      const known = indexByText.get(node.representation);
      if (known !== undefined) {
        node.index = known;
        nodes[known]?.push(node);
        continue;
      }
      node.index = nodes.length;
      indexByText.set(node.representation, nodes.length);
      text += nodes.length === 0 ? node.representation : `,${node.representation}`;
      nodes.push([node]);
    }
  }
  return nodes.length === 0 ? undefined : { text, nodes };
}

function accept(
  request: ProgramRequest,
  prepared: Prepared,
  response: SubgraphResponse,
  state: RunState,
  problems: SubgraphProblem[],
): void {
  if (typeof response !== "object" || response === null) {
    problems.push({ kind: "failed", request, cause: new Error("The answer is no GraphQL response.") });
    return;
  }
  const errors = Array.isArray(response.errors) ? response.errors : [];
  for (const error of errors) {
    if (typeof error === "object" && error !== null) problems.push({ kind: "error", request, error });
  }
  const data: unknown = response.data;
  if (!isObject(data)) {
    if (errors.length === 0) {
      problems.push({ kind: "failed", request, cause: new Error("The answer has no data.") });
    }
    return;
  }
  if (request.text.entityKeys.length === 0) {
    for (const { link } of request.groups[0]?.links ?? []) acceptRoot(link, data, state);
    return;
  }
  request.groups.forEach((group, index) => {
    const nodes = prepared.sent[index];
    if (nodes !== undefined) acceptEntities(request, group, index, nodes, data, errors.length > 0, problems);
  });
}

function acceptRoot(link: Link, data: JsonObject, state: RunState): void {
  if (link.place.merged) {
    if (link.place.parent === undefined) mergeInto(state.root, data);
    return;
  }
  const node: Node = {
    owner: state.root,
    representation: "",
    entity: data,
    count: 1,
    index: -1,
    targets: undefined,
  };
  state.nodes[link.fetch.id] = [node];
}

function acceptEntities(
  request: ProgramRequest,
  group: ProgramGroup,
  groupIndex: number,
  nodes: readonly Node[][],
  data: JsonObject,
  hasErrors: boolean,
  problems: SubgraphProblem[],
): void {
  const entities = data[request.text.entityKeys[groupIndex] ?? ""];
  if (!Array.isArray(entities) || entities.length !== nodes.length) {
    // A null list with errors says what is wrong itself. Of a list of the wrong length nobody knows whose the entities are.
    if (entities === null && hasErrors) return;
    const message = Array.isArray(entities)
      ? `The answer has ${entities.length} entities for ${nodes.length} representations.`
      : "The answer has no list of entities.";
    problems.push({ kind: "failed", request, group, cause: new Error(message) });
    return;
  }
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
        cause: new Error("The answer has an entity that is no object."),
      });
      continue;
    }
    for (const node of same) {
      if (copies && node.targets !== undefined) for (const target of node.targets) mergeInto(target, entity);
      else node.entity = entity;
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addExtensions(all: Record<string, unknown>, subgraph: string, added: Readonly<Record<string, unknown>>): void {
  const known = Object.hasOwn(all, subgraph) ? all[subgraph] : undefined;
  const merged = { ...(isObject(known) ? known : {}), ...added };
  Object.defineProperty(all, subgraph, { value: merged, writable: true, enumerable: true, configurable: true });
}

/** Whether an object's node has been answered. */
export function isAnswered(node: Node): boolean {
  return node.entity !== missing;
}

export type { ProgramLink };
