/**
 * One request of a run, as far as the cache does not answer it.
 *
 *   every representation looked up ─▶ all there: nothing is asked, nothing is waited for
 *     └─ some missing ─┬─ asked for by another run: wait, look up again ─▶ what is still missing is asked for
 *                      └─ the others: looked up where gateways share ─┬─ there
 *                           ├─ asked for by another gateway: wait, look up again ─▶ what is still missing is asked for
 *                           └─ the others are asked for, in one request
 *
 * What is asked for is kept when it comes, before anything is hung on it. What is used and near its end is read anew in the
 * background. When the subgraph fails, what is kept beyond its time may stand in.
 */
import { Cancel } from "#http";
import type { Entry, Fill, FillOutcome, Missing, Shelf, StepLookup } from "../../cache/index.ts";
import type { SubgraphResponse } from "../../transport/subgraph-client.ts";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import type { AnswerExtensions } from "../answer-extensions.ts";
import { acceptAnswer, errorsOf, hangEntity, hangRoot } from "./accept-answer.ts";
import { ask } from "./ask.ts";
import type { Copy } from "./copy-marked.ts";
import type { ProgramRequest } from "./program.ts";
import { renameKeys } from "./rename-keys.ts";
import type { RunCache, RunInput } from "./run-program.ts";
import { answeredBefore, type JsonObject, missing as missingObject, type Node, type RunState } from "./run-state.ts";
import { listNodes, type NodeList, type StepRequest, writeRequest } from "./step-request.ts";
import type { SubgraphProblem } from "./subgraph-problem.ts";

/** What a request's answers are kept as; by group. */
export interface StepCaching {
  readonly shelves: readonly (Shelf | undefined)[];
  /** What a run changes of what is kept, it copies. */
  readonly copies: readonly (Copy | undefined)[];
}

export interface CachedStep {
  readonly request: ProgramRequest;
  /** Among the program's steps. */
  readonly index: number;
  readonly caching: StepCaching;
  readonly state: RunState;
  readonly problems: SubgraphProblem[];
  readonly extensions: AnswerExtensions;
}

/** Something that is not kept here: nodes with one representation, or the root. */
interface Wanted {
  readonly list: NodeList | undefined;
  readonly nodes: readonly Node[];
  /** Undefined where it is never kept. */
  readonly missing: Missing | undefined;
}

/** Undefined when nothing had to be asked or waited for. Never rejects: what goes wrong is a problem. */
export function runCachedStep(
  step: CachedStep,
  input: RunInput & { readonly cache: RunCache },
): Promise<void> | undefined {
  const { request, caching, state } = step;
  const lookup = input.cache.of.lookUp(caching.shelves, input, input.cache.kept);
  const hits: Entry[] = [];
  const wanted: Wanted[] = [];
  const look = (list: NodeList | undefined, nodes: readonly Node[]): void => {
    const position = list?.position ?? 0;
    const representation = nodes[0]?.representation ?? "";
    const entry = lookup.find(position, representation);
    if (entry === undefined) wanted.push({ list, nodes, missing: lookup.missing(position, representation) });
    else {
      hits.push(entry);
      hang(step, list, nodes, entry);
    }
  };
  if (request.text.entityKeys.length === 0) look(undefined, []);
  else for (const list of listNodes(request, state)) for (const nodes of list.nodes) look(list, nodes);

  const due = lookup.due();
  if (due.length > 0) void readAnew(step, lookup, due, input);
  if (wanted.length === 0) {
    if (hits.length > 0) input.recorder?.kept(step.index, lookup, hits);
    return undefined;
  }
  if (hits.length > 0) input.recorder?.spoil();
  return askForRest(step, lookup, wanted, input);
}

async function askForRest(
  step: CachedStep,
  lookup: StepLookup,
  wanted: readonly Wanted[],
  input: RunInput & { readonly cache: RunCache },
): Promise<void> {
  const joined: { readonly wanted: Wanted; readonly ended: Promise<void> }[] = [];
  const own: Wanted[] = [];
  for (const each of wanted) {
    const ended = each.missing && lookup.underWay(each.missing);
    if (ended === undefined) own.push(each);
    else joined.push({ wanted: each, ended });
  }
  // Requests of one step number what they ask for apart from each other.
  const asking = own.length === 0 ? undefined : askFor(step, lookup, own, 0, input);
  if (joined.length > 0) {
    input.recorder?.spoil();
    const left = await waitForOthers(step, lookup, joined, input);
    if (left.length > 0) await askFor(step, lookup, left, 2 * wanted.length, input);
  }
  await asking;
}

/** How often somebody else is waited for who asks for the same, and hands it on to another one. */
const maxTurns = 3;

/** What is still not there. */
async function waitForOthers(
  step: CachedStep,
  lookup: StepLookup,
  joined: readonly { readonly wanted: Wanted; readonly ended: Promise<void> }[],
  input: RunInput,
): Promise<readonly Wanted[]> {
  const left: Wanted[] = [];
  let waiting = joined;
  for (let turn = 1; waiting.length > 0; turn++) {
    await unlessAborted(Promise.all(waiting.map(({ ended }) => ended)), input);
    waiting = waiting.flatMap(({ wanted }) => {
      const { missing } = wanted;
      const entry = missing && lookup.findAgain(missing);
      if (entry !== undefined) {
        hang(step, wanted.list, wanted.nodes, entry);
        return [];
      }
      const ended = missing && turn < maxTurns && !input.signal.aborted ? lookup.underWay(missing) : undefined;
      if (ended !== undefined) return [{ wanted, ended }];
      left.push(wanted);
      return [];
    });
  }
  return left;
}

async function askFor(
  step: CachedStep,
  lookup: StepLookup,
  wanted: readonly Wanted[],
  offset: number,
  input: RunInput & { readonly cache: RunCache },
): Promise<void> {
  const missing = wanted.flatMap((each) => each.missing ?? []);
  if (missing.length < wanted.length) input.cache.kept.isPartial = true;
  const fill = lookup.begin(missing);
  const reading = fill.readShared();
  if (reading === undefined) return askSubgraph(step, lookup, fill, wanted, offset, input);
  const { found, contested } = await reading;
  const left = hangFound(step, wanted, found);
  if (found.size > 0 || contested !== undefined) input.recorder?.spoil();
  if (contested === undefined) return askSubgraph(step, lookup, fill, left, offset, input);
  const theirs = new Set(contested.missing);
  const isTheirs = (each: Wanted): boolean => each.missing !== undefined && theirs.has(each.missing);
  const [ours, others] = [left.filter((each) => !isTheirs(each)), left.filter(isTheirs)];
  await Promise.all([
    askSubgraph(step, lookup, fill, ours, offset, input),
    contested.waitForOthers().then((foundLater) => {
      const still = hangFound(step, others, foundLater);
      return askSubgraph(step, lookup, contested, still, offset + wanted.length, input);
    }),
  ]);
}

/** What was not found. */
function hangFound(step: CachedStep, wanted: readonly Wanted[], found: ReadonlyMap<Missing, Entry>): readonly Wanted[] {
  if (found.size === 0) return wanted;
  return wanted.filter(({ list, nodes, missing }) => {
    const entry = missing && found.get(missing);
    if (entry === undefined) return true;
    hang(step, list, nodes, entry);
    return false;
  });
}

/** Ends the fill. `wanted`: what it misses, and what is never kept. */
async function askSubgraph(
  step: CachedStep,
  lookup: StepLookup,
  fill: Fill,
  wanted: readonly Wanted[],
  offset: number,
  input: RunInput & { readonly cache: RunCache },
): Promise<void> {
  const { request, state, problems, extensions } = step;
  if (wanted.length === 0) {
    fill.fail();
    return;
  }
  const written = writeRequest(request, listsOf(wanted), input.variables, offset);
  if (written === undefined) {
    fill.fail();
    return;
  }
  const { text, variables } = written;
  const isRecorded = input.recorder !== undefined && offset === 0;
  if (isRecorded) input.recorder.sent(step.index, text, variables);
  try {
    const wish = input.recorder && { wantsBytes: true };
    const response = await ask(request.subgraph, text, variables, input, wish);
    if (isReplaceable(response, wanted)) throw failureOf(request.subgraph, response);
    acceptAnswer(request, written, response, state, problems, offset);
    extensions.add(response.extensions);
    const outcome = keep(step, fill, wanted, readAnswers(written, response, offset), response);
    if (isRecorded) input.recorder.answered(step.index, response, outcome, lookup);
  } catch (cause) {
    fill.fail();
    input.recorder?.spoil();
    standIn(step, lookup, wanted, cause);
  }
}

/**
 * A server that failed has an answer without data, and something is kept that may stand in (RFC 5861, 4). Where nothing is,
 * who asked reads the subgraph's own errors.
 */
function isReplaceable({ failedWith, data }: SubgraphResponse, wanted: readonly Wanted[]): boolean {
  return failedWith !== undefined && !data && wanted.some(({ missing }) => missing?.spare !== undefined);
}

function failureOf(subgraph: string, { failedWith: status }: SubgraphResponse): SubgraphFailure {
  return new SubgraphFailure(
    subgraph,
    "http-status",
    status === undefined ? {} : { detail: `status ${status}`, status },
  );
}

/** Keeps what was just accepted, as it came: nothing has been hung on it yet. */
function keep(
  { caching }: CachedStep,
  fill: Fill,
  wanted: readonly Wanted[],
  answerOf: AnswerOf,
  response: SubgraphResponse,
): FillOutcome {
  const values = wanted.flatMap(({ list, nodes: [node], missing }): readonly (Entry["value"] | undefined)[] => {
    if (missing === undefined) return [];
    const value = answerOf(list === undefined ? undefined : node);
    return [value ? (caching.copies[missing.group]?.(value) ?? value) : value];
  });
  return fill.keep({ values, cacheControl: response.cacheControl, age: response.age, about: aboutOf(response) });
}

/**
 * What an answer has for a node, or with none for the root: null for an entity that there is none of, undefined where
 * something went wrong with it.
 */
type AnswerOf = (node: Node | undefined) => JsonObject | null | undefined;

function readAnswers({ lists }: Pick<StepRequest, "lists">, response: SubgraphResponse, offset: number): AnswerOf {
  const { data } = response;
  const errors = errorsOf(response);
  const failed = new Set(errors.map(({ path }) => (typeof path?.[1] === "number" ? `${path[0]} ${path[1]}` : "")));
  const isAllLost = !data || failed.has("");
  // Of a list of the wrong length nobody knows whose the entities are.
  const isFit = new Set(lists.filter(({ key, nodes }) => lengthOf(data?.[key]) === nodes.length).map(({ key }) => key));
  return (node) => {
    if (isAllLost || (node === undefined && errors.length > 0)) return undefined;
    if (node === undefined) return data;
    const index = node.index - offset;
    if (failed.has(`${node.alias} ${index}`) || !isFit.has(node.alias)) return undefined;
    const entity: unknown = (data[node.alias] as readonly unknown[])[index];
    return entity === null || (typeof entity === "object" && !Array.isArray(entity))
      ? (entity as JsonObject | null)
      : undefined;
  };
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : -1;
}

function aboutOf({ extensions }: SubgraphResponse): Entry["about"] {
  const products = extensions?.products;
  const isNamed = typeof products === "object" && products !== null && !Array.isArray(products);
  return isNamed ? (products as Entry["about"]) : undefined;
}

/** What is kept beyond its time, for what could not be fetched; the rest is a problem. */
function standIn(
  { request, problems, ...step }: CachedStep,
  lookup: StepLookup,
  wanted: readonly Wanted[],
  cause: unknown,
): void {
  const lost: Wanted[] = [];
  for (const each of wanted) {
    const spare = each.missing?.spare;
    if (spare === undefined) lost.push(each);
    else {
      lookup.useSpare(spare);
      hang({ request, problems, ...step }, each.list, each.nodes, spare);
    }
  }
  if (lost.some(({ list }) => list === undefined)) problems.push({ kind: "failed", request, cause });
  for (const { group, nodes } of listsOf(lost)) {
    problems.push({ kind: "failed", request, group, nodes: nodes.flat(), cause });
  }
}

/** What is kept, as if it had been answered. */
function hang(
  { request, caching, state }: CachedStep,
  list: NodeList | undefined,
  nodes: readonly Node[],
  { value }: Entry,
): void {
  if (value === null) {
    // Whoever asks why it is missing must not think that nobody was asked.
    for (const node of nodes) node.index = answeredBefore;
    return;
  }
  const position = list?.position ?? 0;
  // The run changes nothing of it but what is copied here.
  const own = (caching.copies[position]?.(value) ?? value) as JsonObject;
  if (list !== undefined) hangEntity(list.group, nodes, own);
  else for (const { link } of request.groups[0]?.links ?? []) hangRoot(link, own, state);
}

function listsOf(wanted: readonly Wanted[]): readonly NodeList[] {
  const nodesByList = new Map<NodeList, (readonly Node[])[]>();
  for (const { list, nodes } of wanted) {
    if (list === undefined) continue;
    const known = nodesByList.get(list);
    if (known === undefined) nodesByList.set(list, [nodes]);
    else known.push(nodes);
  }
  return [...nodesByList].map(([{ group, position }, nodes]) => ({ group, position, nodes }));
}

/** In the background: nobody waits for it, and what goes wrong leaves what is kept as it is. */
async function readAnew(
  { request }: CachedStep,
  lookup: StepLookup,
  due: readonly Missing[],
  input: RunInput,
): Promise<void> {
  const fill = lookup.beginAnew(due);
  const shared = await fill.readShared();
  if (shared?.contested !== undefined) {
    // Another gateway reads them anew.
    void shared.contested.waitForOthers().finally(() => shared.contested?.fail());
  }
  if (fill.missing.length === 0) {
    fill.fail();
    return;
  }
  try {
    const wanted = fill.missing.map((missing) => ({ missing, node: detachedNode(missing.representation) }));
    const isRoot = request.text.entityKeys.length === 0;
    const lists = isRoot
      ? []
      : request.groups.flatMap((group, position): readonly NodeList[] => {
          const nodes = wanted.filter(({ missing }) => missing.group === position).map(({ node }) => [node]);
          return nodes.length === 0 ? [] : [{ group, position, nodes }];
        });
    const written = writeRequest(request, lists, input.variables);
    if (written === undefined) throw new Error("There is nothing to read anew.");
    const { text, variables } = written;
    const response = await ask(request.subgraph, text, variables, { ...input, signal: new Cancel() });
    const answerOf = readAnswers(written, response, 0);
    const values = wanted.map(({ missing, node }) => {
      const value = answerOf(isRoot ? undefined : node);
      const { outputRewrites = [] } = request.groups[missing.group]?.links[0]?.link.fetch ?? {};
      if (value) renameKeys(value, outputRewrites);
      return value;
    });
    fill.keep({ values, cacheControl: response.cacheControl, age: response.age, about: aboutOf(response) });
  } catch {
    // The transport has counted it; whoever needs the entry once it has ended asks again.
    fill.fail();
  }
}

function detachedNode(representation: string): Node {
  return {
    owner: missingObject,
    representation,
    entity: undefined,
    count: 1,
    index: -1,
    alias: "",
    targets: undefined,
  };
}

/** Resolves early when the run is no longer wanted. */
function unlessAborted(work: Promise<unknown>, { signal }: Pick<RunInput, "signal">): Promise<void> {
  return new Promise((resolve) => {
    const listener = { handleEvent: () => resolve() };
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", listener);
    void work.finally(() => {
      signal.removeEventListener("abort", listener);
      resolve();
    });
  });
}
