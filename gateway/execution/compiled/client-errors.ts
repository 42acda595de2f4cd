/**
 * What went wrong at subgraphs as errors of the client's answer: at the client's paths, with the ecosystem's codes
 * (`extensions.code`, `extensions.serviceName`), and without the subgraph's words unless configuration allows them.
 *
 * An error below `_entities.<i>` belongs to every object whose representation was number i. A request that failed as a
 * whole has an error for each object that lacks something for it, up to a limit; the last one says how many are left out.
 */
import { GraphQLError } from "graphql";
import { answerName } from "../../plan/answer-name.ts";
import type { Requirement } from "../../plan/plan.ts";
import { readSubgraphError, type SubgraphMessages } from "../subgraph-errors.ts";
import type { ObjectShape, TypeShape } from "./answer-shape.ts";
import { failureOf } from "./failure.ts";
import type { Link, Place } from "./places.ts";
import type { ProgramGroup, ProgramRequest } from "./program.ts";
import { eachOccurrence, nodeOf, type Path, readFieldOf } from "./read-objects.ts";
import { type JsonObject, missing, type Node, type RunState } from "./run-state.ts";
import type { SubgraphError, SubgraphProblem } from "./subgraph-problem.ts";

export interface ErrorOptions {
  /** Whose words reach the client. */
  readonly subgraphMessages: SubgraphMessages;
}

/** Errors per failed request. */
const maxPathsPerFailure = 50;

export function toClientErrors(
  problems: readonly SubgraphProblem[],
  run: RunState,
  shape: ObjectShape,
  options: ErrorOptions,
): readonly GraphQLError[] {
  return problems.flatMap((problem) => {
    const { subgraph } = problem.request;
    if (problem.kind === "failed") {
      const failure = failureOf(problem.cause, subgraph);
      const groups = problem.group === undefined ? problem.request.groups : [problem.group];
      const paths = uniquePaths(groups.flatMap((group) => placesOf(problem.request, group, problem.nodes, run, shape)));
      const shown = paths.slice(0, maxPathsPerFailure);
      return shown.map((path, index) => {
        const left = index === shown.length - 1 ? paths.length - shown.length : 0;
        const extensions = { ...failure.extensions, ...(left > 0 && { furtherPaths: left }) };
        return new GraphQLError(failure.message, { path: path.length === 0 ? null : path, extensions });
      });
    }
    const paths = uniquePaths(pathsOfError(problem.request, problem.error, run, shape));
    return paths.map((path) => toError(problem.error, subgraph, path, options));
  });
}

function toError(error: SubgraphError, subgraph: string, path: Path, options: ErrorOptions): GraphQLError {
  // What a subgraph puts into an error may be anything; a code is a word for programs.
  const { message, extensions } = error as { readonly message?: unknown; readonly extensions?: unknown };
  const given = typeof extensions === "object" && extensions !== null ? { ...extensions } : {};
  const code = "code" in given && typeof given.code === "string" && /^[A-Z][A-Z0-9_]*$/.test(given.code) && given.code;
  const read = readSubgraphError(
    subgraph,
    { message: typeof message === "string" ? message : "", extensions: { ...given, code: code || undefined } },
    options.subgraphMessages,
  );
  return new GraphQLError(read.message, { path: path.length === 0 ? null : path, extensions: read.extensions ?? {} });
}

/** Where the client sees what a failed fetch should have delivered. */
function placesOf(
  request: ProgramRequest,
  group: ProgramGroup,
  nodes: readonly Node[] | undefined,
  run: RunState,
  shape: ObjectShape,
): Path[] {
  return group.links.flatMap(({ link }) => {
    if (request.text.entityKeys.length === 0 && link.place.parent === undefined) {
      // A root fetch: each of the client's root fields that it should have delivered.
      const keys = [...link.place.deliveries].flatMap(([name, deliveries]) =>
        deliveries.some(({ fetch }) => fetch === link.fetch) ? [name] : [],
      );
      return keys.flatMap((key) => clientPaths(run, shape, [key]));
    }
    const wanted = nodes ?? run.nodes[link.fetch.id] ?? [];
    return pathsOfNodes(link, new Set(wanted), run, shape);
  });
}

function pathsOfNodes(
  link: Link,
  wanted: ReadonlySet<Node>,
  run: RunState,
  shape: ObjectShape,
  below: Path = [],
): Path[] {
  const found: Path[] = [];
  eachOccurrence(run, link.place, (object, path) => {
    const isWanted = link.place.merged
      ? [...wanted].some((node) => node.targets?.includes(object))
      : wanted.has(nodeOf(run, link, object) as Node);
    if (isWanted || link.constant) found.push(...clientPaths(run, shape, [...path, ...below]));
  });
  return found;
}

function pathsOfError(request: ProgramRequest, error: SubgraphError, run: RunState, shape: ObjectShape): Path[] {
  const path = Array.isArray(error.path) ? (error.path as Path) : [];
  const [key, index, ...rest] = path;
  if (request.text.entityKeys.length === 0) {
    const links = request.groups.flatMap((group) => group.links);
    if (path.length > 0 && links.every(({ link }) => link.place.parent === undefined)) {
      return clientPaths(run, shape, renameKeys(links[0]?.link, path));
    }
    return request.groups.flatMap((group) => placesOf(request, group, undefined, run, shape));
  }
  const nodesOf = (link: Link): readonly Node[] => run.nodes[link.fetch.id] ?? [];
  const links = request.groups.flatMap((group) => group.links.map(({ link }) => link));
  // An error that belongs to no known list is everybody's.
  const isKnown = links.some((link) => nodesOf(link).some((node) => node.alias === key));
  return links.flatMap((link) => {
    const ofList = nodesOf(link).filter((node) => !isKnown || node.alias === key);
    const wanted = isKnown && typeof index === "number" ? ofList.filter((node) => node.index === index) : ofList;
    return pathsOfNodes(link, new Set(wanted), run, shape, isKnown ? renameKeys(link, rest) : []);
  });
}

/** A path of the subgraph's keys as a path of our names. */
function renameKeys(link: Link | undefined, path: Path): Path {
  if (link === undefined || link.fetch.outputRewrites.length === 0) return path;
  const keys: string[] = [];
  return path.map((segment) => {
    if (typeof segment === "number") return segment;
    keys.push(segment);
    return answerName(link.fetch, keys);
  });
}

/**
 * A path of names inside the mesh as the client's paths: several when the client asked for a field under several names.
 * What the client did not ask for itself, but something else requires, has the path of its object; what neither asks for
 * there (the planner fetches the fields of all types that can be at a place) has none.
 */
function clientPaths(run: RunState, shape: ObjectShape, path: Path): Path[] {
  let depth = -1;
  let found: Path[] = [];

  function end(at: number, clientPath: Path): void {
    if (at < depth) return;
    if (at > depth) found = [];
    depth = at;
    found.push(clientPath);
  }

  /** `value` is what the run has there, undefined where nothing is; it tells which type's fields the client asked for. */
  function walk(type: TypeShape, value: unknown, at: number, clientPath: Path): void {
    const segment = path[at];
    if (type.kind === "non-null") walk(type.of, value, at, clientPath);
    else if (type.kind === "list" && typeof segment === "number") {
      walk(type.of, Array.isArray(value) ? value[segment] : undefined, at + 1, [...clientPath, segment]);
    } else if (type.kind === "object" && typeof segment === "string") {
      const base = typeof value === "object" && value !== null ? (value as JsonObject) : missing;
      const typename = readFieldOf(run, type.place, base, "__typename");
      const known = typeof typename === "string" ? type.cases.get(typename) : undefined;
      const types = new Map<string, TypeShape>();
      for (const fields of known === undefined ? [...type.cases.values(), type.asInterface ?? []] : [known]) {
        for (const field of fields) {
          if (field.key === segment && field.value.kind === "value") types.set(field.responseName, field.value.type);
        }
      }
      if (types.size === 0 && isRequired(type.place, segment)) end(at, clientPath);
      const next = readFieldOf(run, type.place, base, segment);
      for (const [name, nextType] of types) walk(nextType, next, at + 1, [...clientPath, name]);
    } else end(at, clientPath);
  }

  walk(shape, run.root, 0, []);
  return found;
}

function isRequired(place: Place, name: string): boolean {
  const reads = (requirements: readonly Requirement[]): boolean =>
    requirements.some((requirement) =>
      requirement.kind === "field" ? requirement.from === name : reads(requirement.selections),
    );
  return place.links.some(({ fetch }) => fetch.requires !== undefined && reads(fetch.requires));
}

function uniquePaths(paths: readonly Path[]): Path[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}
