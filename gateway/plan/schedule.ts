/**
 * From a plan to waves of requests.
 *
 * Terms: a **fetch** is one selection at one place; a **request** is what is sent to a subgraph, one root fetch or
 * several joined entity fetches (aliased `_entities`, each with its own representations variable); a **wave** is a set of
 * requests that wait for nothing but earlier waves. In: a plan. Out: waves. Cost: quadratic in the number of fetches, at compile time.
 *
 * The planner nests Sequences in Parallels where nothing demands it. What a fetch really waits for is
 *   (1) the fetches that deliver the objects at its path, and
 *   (2) the fetches that deliver what its representations read there,
 * as far as they stand before it in the plan. A fetch that nobody waits for may be delayed to the last wave that asks its
 * subgraph anyway: fewer requests, and no further wave.
 *
 * Root fetches of a mutation run one after the other, each in a wave of its own, in the plan's order (GraphQL, 6.2.2).
 *
 * Fetches may belong to different **parts** of the answer (`@defer`): those are neither joined nor delayed for each other.
 */
import { contextPlaces, delivers, placeOf } from "./deliveries.ts";
import type { Fetch, Plan, PlanNode, Requirement } from "./plan.ts";
import { printSelections } from "./print-selections.ts";

export interface Schedule {
  readonly waves: readonly Wave[];
}

type Wave = readonly ScheduledRequest[];

export interface ScheduledRequest {
  readonly subgraph: string;
  /** One for a root fetch; one for each list of representations otherwise. */
  readonly groups: readonly FetchGroup[];
}

/** Fetches at different places that ask the same of the same kind of entities share one list of representations. */
export interface FetchGroup {
  readonly fetches: readonly ScheduledFetch[];
}

interface ScheduledFetch {
  readonly fetch: Fetch;
  /** Ids of the fetches it waits for. */
  readonly after: readonly number[];
}

/** To which part of the answer a fetch belongs, by its id. */
export type PartOf = (fetchId: number) => string;

/** What an answer begins with. */
export const firstPart = "";

/** Nothing comes later. */
export const onePart: PartOf = () => firstPart;

/** Every fetch of the plan is in exactly one request. */
export function schedule(plan: Plan, partOf: PartOf = onePart): Schedule {
  const live = orderedFetches(plan.root);
  const after = live.map((entry, index) => dependencies(entry, live.slice(0, index)));
  const waveById = new Map<number, number>();
  let serial = 0;
  live.forEach(({ fetch }, index) => {
    // A mutation's root field starts when everything of the field before it is there, its entities included.
    if (isMutationRoot(fetch)) serial = Math.max(-1, ...waveById.values()) + 1;
    const waits = (after[index] ?? []).map((id) => (waveById.get(id) ?? 0) + 1);
    waveById.set(fetch.id, Math.max(serial, ...waits));
  });
  if (plan.operation !== "mutation") delayLeaves(live, after, waveById, partOf);

  const waves: ScheduledFetch[][] = [];
  live.forEach(({ fetch }, index) => {
    const wave = waveById.get(fetch.id) ?? 0;
    waves[wave] ??= [];
    waves[wave].push({ fetch, after: after[index] ?? [] });
  });
  return {
    waves: Array.from(waves, (fetches) => joinRequests(fetches ?? [], partOf)).filter((wave) => wave.length > 0),
  };
}

function isMutationRoot(fetch: Fetch): boolean {
  return fetch.operation === "mutation" && fetch.path.length === 0 && fetch.requires === undefined;
}

interface OrderedFetch {
  readonly fetch: Fetch;
  /** Ids of the fetches that stand before it in a sequence. */
  readonly precededBy: ReadonlySet<number>;
}

function orderedFetches(root: PlanNode | undefined): readonly OrderedFetch[] {
  const found: OrderedFetch[] = [];
  function walk(node: PlanNode | undefined, before: ReadonlySet<number>): ReadonlySet<number> {
    switch (node?.kind) {
      case undefined:
        return before;
      case "fetch":
        found.push({ fetch: node, precededBy: before });
        return new Set([...before, node.id]);
      case "sequence":
        return node.nodes.reduce((ids, child) => walk(child, ids), before);
      case "parallel":
        return new Set(node.nodes.flatMap((child) => [...walk(child, before)]));
    }
  }
  walk(root, new Set());
  return found;
}

function dependencies(entry: OrderedFetch, earlier: readonly OrderedFetch[]): readonly number[] {
  const { fetch } = entry;
  const place = placeOf(fetch);
  const needed = new Set<string>();
  for (let end = 1; end <= place.length; end++) needed.add(place.slice(0, end).join("."));
  if (fetch.requires !== undefined) addRequired(fetch.requires, place, needed);
  for (const each of contextPlaces(fetch)) needed.add(each);
  return earlier
    .filter(({ fetch: other }) => entry.precededBy.has(other.id) && delivers(other, needed))
    .map(({ fetch: other }) => other.id);
}

function addRequired(requirements: readonly Requirement[], at: readonly string[], needed: Set<string>): void {
  for (const requirement of requirements) {
    if (requirement.kind === "fragment") addRequired(requirement.selections, at, needed);
    else {
      const path = [...at, requirement.from];
      needed.add(path.join("."));
      if (requirement.selections) addRequired(requirement.selections, path, needed);
    }
  }
}

function delayLeaves(
  live: readonly OrderedFetch[],
  after: readonly (readonly number[])[],
  waveById: Map<number, number>,
  partOf: PartOf,
): void {
  const awaited = new Set(after.flat());
  for (const { fetch } of live.toReversed()) {
    if (awaited.has(fetch.id) || fetch.requires === undefined || fetch.contextRewrites.length > 0) continue;
    const wave = waveById.get(fetch.id) ?? 0;
    const later = live
      .filter(({ fetch: other }) => other.id !== fetch.id && other.subgraph === fetch.subgraph)
      .filter(({ fetch: other }) => partOf(other.id) === partOf(fetch.id))
      .filter(({ fetch: other }) => other.requires !== undefined && other.contextRewrites.length === 0)
      .map(({ fetch: other }) => waveById.get(other.id) ?? 0);
    waveById.set(fetch.id, Math.max(wave, ...later));
  }
}

/** Requests are told apart by which of their groups have representations, one bit for each. */
const maxGroupsPerRequest = 30;

/** Entity fetches of one wave and part to one subgraph become one request, in the order of the plan. */
function joinRequests(fetches: readonly ScheduledFetch[], partOf: PartOf): Wave {
  const requests: {
    readonly subgraph: string;
    readonly groups: FetchGroup[];
    readonly joinable: boolean;
    readonly part: string;
  }[] = [];
  for (const scheduled of fetches) {
    const { fetch } = scheduled;
    // Context arguments differ from entity to entity, so such a fetch shapes its requests at run time.
    const joinable = fetch.requires !== undefined && fetch.contextRewrites.length === 0;
    const part = partOf(fetch.id);
    const request =
      joinable &&
      requests.find(
        (other) =>
          other.joinable &&
          other.part === part &&
          other.subgraph === fetch.subgraph &&
          other.groups.length < maxGroupsPerRequest,
      );
    if (request) addToGroup(request.groups, scheduled);
    else requests.push({ subgraph: fetch.subgraph, groups: [{ fetches: [scheduled] }], joinable, part });
  }
  return requests.map(({ subgraph, groups }) => ({ subgraph, groups }));
}

function addToGroup(groups: FetchGroup[], scheduled: ScheduledFetch): void {
  const text = printSelections(scheduled.fetch.selections);
  const index = groups.findIndex(({ fetches }) => printSelections(fetches[0]?.fetch.selections ?? []) === text);
  const group = groups[index];
  if (group === undefined) groups.push({ fetches: [scheduled] });
  else groups[index] = { fetches: [...group.fetches, scheduled] };
}
