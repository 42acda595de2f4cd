/**
 * What went wrong at subgraphs, hung on what it concerns: fetches, entities, and places inside their answers.
 *
 * Terms: a **cause** is one event (a request that failed, an error that a subgraph reported). A **failure** is the cause
 * for which a fetch or an entity brought nothing; every field of the client that it should have delivered is missing for
 * it. An **error tree** holds a subgraph's own errors by their paths below an answer's root or an entity, with our names.
 *
 * In: problems, once per answer. Out: attributions, which complete.ts turns into errors at the client's paths.
 */
import { answerName } from "../../plan/answer-name.ts";
import { readSubgraphError, type SubgraphMessages } from "../subgraph-errors.ts";
import { type Cause, causeOf } from "./failure.ts";
import type { Link } from "./places.ts";
import type { ProgramRequest } from "./program.ts";
import type { Node, RunState } from "./run-state.ts";
import type { SubgraphError, SubgraphProblem } from "./subgraph-problem.ts";

export interface ErrorTree {
  readonly causes: Cause[];
  readonly below: Map<string | number, ErrorTree>;
}

export interface Attribution {
  /** By fetch id. */
  readonly failureByFetch: ReadonlyMap<number, Cause>;
  readonly failureByNode: ReadonlyMap<Node, Cause>;
  /** Of what is null because an error deeper in the same answer made it so: that error says it already. */
  readonly collateralByFetch: ReadonlyMap<number, Cause>;
  readonly collateralByNode: ReadonlyMap<Node, Cause>;
  /** By fetch id, for fetches that start at a root type. */
  readonly errorsByFetch: ReadonlyMap<number, ErrorTree>;
  readonly errorsByNode: ReadonlyMap<Node, ErrorTree>;
  /** Of which nobody can say where in the answer they belong. */
  readonly unplaced: readonly Cause[];
}

type ErrorProblem = Extract<SubgraphProblem, { kind: "error" }>;

export function attributeProblems(
  problems: readonly SubgraphProblem[],
  run: RunState,
  messages: SubgraphMessages,
): Attribution {
  const failureByFetch = new Map<number, Cause>();
  const failureByNode = new Map<Node, Cause>();
  const collateralByFetch = new Map<number, Cause>();
  const collateralByNode = new Map<Node, Cause>();
  const errorsByFetch = new Map<number, ErrorTree>();
  const errorsByNode = new Map<Node, ErrorTree>();
  const unplaced: Cause[] = [];
  const sentByRequest = new Map<ProgramRequest, ReturnType<typeof readSent>>();

  for (const problem of problems) {
    if (problem.kind === "failed") {
      const cause = causeOf(problem.cause, problem.request.subgraph);
      if (problem.nodes === undefined) {
        for (const group of problem.group === undefined ? problem.request.groups : [problem.group]) {
          for (const { link } of group.links) setFirst(failureByFetch, link.fetch.id, cause);
        }
      } else for (const node of problem.nodes) setFirst(failureByNode, node, cause);
    } else if (problem.request.text.entityKeys.length === 0) attributeRootError(problem);
    else attributeEntityError(problem);
  }

  function attributeRootError({ request, error, answered }: ErrorProblem): void {
    const cause = toCause(error, request.subgraph, messages);
    const [link] = linksOf(request);
    const path = pathOf(error);
    if (link === undefined || path.length === 0) {
      attributeElsewhere(cause, request, answered);
      return;
    }
    plant(errorsByFetch, link.fetch.id, renamed(link, path), cause);
    if (!answered) setFirst(collateralByFetch, link.fetch.id, cause);
  }

  function attributeEntityError({ request, error, answered }: ErrorProblem): void {
    const cause = toCause(error, request.subgraph, messages);
    let sent = sentByRequest.get(request);
    if (sent === undefined) {
      sent = readSent(request, run);
      sentByRequest.set(request, sent);
    }
    const [key, index, ...rest] = pathOf(error);
    const list = sent.get(String(key));
    if (list === undefined || (index !== undefined && !list.has(Number(index)))) {
      attributeElsewhere(cause, request, answered);
      return;
    }
    if (!answered) for (const { fetch } of linksOf(request)) setFirst(collateralByFetch, fetch.id, cause);
    const concerned = index === undefined ? [...list.values()].flat() : (list.get(Number(index)) ?? []);
    for (const { link, node } of concerned) {
      if (rest.length > 0) {
        plant(errorsByNode, node, renamed(link, rest), cause);
        if (node.entity === undefined) setFirst(collateralByNode, node, cause);
      } else if (node.entity === undefined && !failureByNode.has(node)) failureByNode.set(node, cause);
      else plant(errorsByNode, node, [], cause);
    }
  }

  /** An error without a usable path explains what is not there at all, if there is such a thing. */
  function attributeElsewhere(cause: Cause, request: ProgramRequest, answered: boolean): void {
    let explains = false;
    for (const { fetch } of linksOf(request)) {
      if (!answered && setFirst(failureByFetch, fetch.id, cause)) explains = true;
      for (const node of answered ? (run.nodes[fetch.id] ?? []) : []) {
        if (node.entity === undefined && setFirst(failureByNode, node, cause)) explains = true;
      }
    }
    if (!explains) unplaced.push(cause);
  }

  return {
    failureByFetch,
    failureByNode,
    collateralByFetch,
    collateralByNode,
    errorsByFetch,
    errorsByNode,
    unplaced,
  };
}

function linksOf(request: ProgramRequest): Link[] {
  return request.groups.flatMap((group) => group.links.map(({ link }) => link));
}

/** What was sent: response name of the list → position → the nodes that the representation there stands for. */
function readSent(
  request: ProgramRequest,
  run: RunState,
): ReadonlyMap<string, ReadonlyMap<number, readonly { readonly link: Link; readonly node: Node }[]>> {
  const sent = new Map<string, Map<number, { link: Link; node: Node }[]>>();
  for (const link of linksOf(request)) {
    for (const node of run.nodes[link.fetch.id] ?? []) {
      if (node.index < 0) continue;
      const list = sent.get(node.alias) ?? new Map<number, { link: Link; node: Node }[]>();
      sent.set(node.alias, list);
      const same = list.get(node.index) ?? [];
      list.set(node.index, same);
      same.push({ link, node });
    }
  }
  return sent;
}

function pathOf(error: SubgraphError): readonly (string | number)[] {
  return Array.isArray(error.path) ? error.path : [];
}

/** A path of the subgraph's keys as a path of our names. */
function renamed(link: Link, path: readonly (string | number)[]): readonly (string | number)[] {
  if (link.fetch.outputRewrites.length === 0) return path;
  const keys: string[] = [];
  return path.map((segment) => {
    if (typeof segment === "number") return segment;
    keys.push(segment);
    return answerName(link.fetch, keys);
  });
}

function plant<K>(trees: Map<K, ErrorTree>, key: K, path: readonly (string | number)[], cause: Cause): void {
  let at = trees.get(key) ?? emptyTree();
  trees.set(key, at);
  for (const segment of path) {
    const next: ErrorTree = at.below.get(segment) ?? emptyTree();
    at.below.set(segment, next);
    at = next;
  }
  at.causes.push(cause);
}

function emptyTree(): ErrorTree {
  return { causes: [], below: new Map() };
}

function setFirst<K>(map: Map<K, Cause>, key: K, cause: Cause): boolean {
  if (map.has(key)) return false;
  map.set(key, cause);
  return true;
}

/** With the ecosystem's code, and without the subgraph's words unless configuration allows them. */
function toCause(error: SubgraphError, subgraph: string, messages: SubgraphMessages): Cause {
  // What a subgraph puts into an error may be anything; a code is a word for programs.
  const { message, extensions } = error as { readonly message?: unknown; readonly extensions?: unknown };
  const given = typeof extensions === "object" && extensions !== null ? { ...extensions } : {};
  const code = "code" in given && typeof given.code === "string" && /^[A-Z][A-Z0-9_]*$/.test(given.code) && given.code;
  const read = readSubgraphError(
    subgraph,
    { message: typeof message === "string" ? message : "", extensions: { ...given, code: code || undefined } },
    messages,
  );
  return { message: read.message, extensions: read.extensions ?? {} };
}
