/**
 * Where each value of the answer is found.
 *
 * Terms: a **place** is a path of response names below the root, list positions left out. A **link** is a fetch whose
 * answer belongs to the objects at a place. An object at a place consists of its **base** (what the fetch that delivered
 * the place said of it) and one entity for each link. Nothing is copied from one to the other: the base points to the
 * link's **node** (one for each distinct representation), the node to the entity, and whoever reads a field reads it
 * where its fetch put it. Objects with equal representations therefore share one node, and all that hangs on it is
 * walked, asked for and written once.
 *
 * A link is **hosted** by another one of the same place when its representations read nothing but what the other's
 * representation or answer holds: then the other's nodes already tell its objects apart, and there is nothing to look up.
 *
 * Where two fetches deliver the same composite field of one place (parts of a value type), their answers are **merged**
 * into the base after all, by copying.
 *
 * In: a schedule. Out: the tree of places. Source: own design.
 */
import { answerName } from "../../plan/answer-name.ts";
import type { KnownTypes } from "../../plan/known-types.ts";
import type { Fetch, Requirement, Selection } from "../../plan/plan.ts";
import { firstPart, onePart, type PartOf, type Schedule } from "../../plan/schedule.ts";

export interface Place {
  readonly id: number;
  /** The response name in the parent; empty for the root. */
  readonly name: string;
  readonly parent: Place | undefined;
  readonly children: Map<string, Place>;
  readonly links: Link[];
  /** Response name → who delivers it. */
  readonly deliveries: Map<string, Delivery[]>;
  /** The only type that objects here can have, when it is known without asking. */
  readonly type: string | undefined;
  /** Every object type of the supergraph; the same set in all places. */
  readonly objectTypes: ReadonlySet<string>;
  /** The links' answers are copied into the base. */
  merged: boolean;
}

interface Delivery {
  readonly fetch: Fetch;
  /** The object types of which it delivers the field; undefined for all. */
  types: ReadonlySet<string> | undefined;
  /** On some types at least. */
  composite: boolean;
}

export interface Link {
  readonly fetch: Fetch;
  readonly place: Place;
  /** Under which the base object points to its node. */
  readonly symbol: symbol;
  /** One answer for the whole place: root fetches, and fetches that start at a root type again. */
  readonly constant: boolean;
  /** Each object has a node of its own, since what hangs on it depends on the objects around it (`@fromContext`). */
  unshared: boolean;
  host: Link | undefined;
  readonly hosted: Link[];
  /** Leaves that every representation of this link holds, whatever the type. */
  readonly requiredLeaves: ReadonlySet<string>;
}

/** Where a value is found: in the entity of a link, or in the base. */
export type Source = Link | "base";

export interface Places {
  readonly root: Place;
  readonly linkById: ReadonlyMap<number, Link>;
}

/** The places of everything that the schedule's fetches deliver. A link is hosted by no link of a later part. */
/** `typesBehind`: the object types that a type condition admits. */
export function buildPlaces(
  schedule: Schedule,
  knownTypes: KnownTypes,
  objectTypes: ReadonlySet<string>,
  typesBehind: (condition: string) => ReadonlySet<string>,
  partOf: PartOf = onePart,
): Places {
  let nextId = 0;
  const create = (name: string, parent: Place | undefined): Place => ({
    id: nextId++,
    name,
    parent,
    children: new Map(),
    links: [],
    deliveries: new Map(),
    type: knownTypes.get(pathOf(parent, name)),
    objectTypes,
    merged: false,
  });
  const root = create("", undefined);
  const linkById = new Map<number, Link>();

  const childOf = (place: Place, name: string): Place => {
    const known = place.children.get(name);
    if (known !== undefined) return known;
    const child = create(name, place);
    place.children.set(name, child);
    return child;
  };

  function deliver(
    fetch: Fetch,
    selections: readonly Selection[],
    place: Place,
    keys: readonly string[],
    types?: ReadonlySet<string>,
  ): void {
    for (const selection of selections) {
      if (selection.kind === "fragment") {
        const admitted = selection.on === undefined ? undefined : typesBehind(selection.on);
        const both =
          types === undefined || admitted === undefined ? (types ?? admitted) : intersection(types, admitted);
        deliver(fetch, selection.selections, place, keys, both);
        continue;
      }
      const path = [...keys, selection.key];
      const name = answerName(fetch, path);
      const deliveries = place.deliveries.get(name) ?? [];
      place.deliveries.set(name, deliveries);
      const composite = selection.selections !== undefined;
      const known = deliveries.find((other) => other.fetch === fetch);
      if (known === undefined) deliveries.push({ fetch, composite, types });
      else {
        known.composite ||= composite;
        known.types = types && known.types && new Set([...known.types, ...types]);
      }
      if (selection.selections) deliver(fetch, selection.selections, childOf(place, name), path);
    }
  }

  for (const wave of schedule.waves) {
    for (const request of wave) {
      for (const group of request.groups) {
        for (const { fetch } of group.fetches) {
          const place = fetch.path.filter((segment) => segment !== "@").reduce(childOf, root);
          const link: Link = {
            fetch,
            place,
            symbol: Symbol(`#${fetch.id}`),
            constant: fetch.requires === undefined,
            unshared: fetch.contextRewrites.length > 0,
            host: undefined,
            hosted: [],
            requiredLeaves: commonLeaves(fetch.requires ?? []),
          };
          place.links.push(link);
          linkById.set(fetch.id, link);
          deliver(fetch, fetch.selections, place, []);
        }
      }
    }
  }
  markMerged(root);
  for (const link of linkById.values()) unshareAround(link);
  for (const link of linkById.values()) findHost(link, partOf);
  return { root, linkById };
}

/**
 * Where to look for a field of the objects at a place, in this order; empty when nobody was asked for it. With an object
 * type, for objects of that type only.
 */
export function sourcesOf(place: Place, name: string, type?: string): readonly Source[] {
  const sources: Source[] = [];
  for (const { fetch, types } of place.deliveries.get(name) ?? []) {
    if (type !== undefined && types?.has(type) === false && place.objectTypes.has(type)) continue;
    const link = place.merged ? undefined : place.links.find((candidate) => candidate.fetch === fetch);
    const source = link ?? "base";
    if (!sources.includes(source)) sources.push(source);
  }
  return sources;
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a].filter((item) => b.has(item)));
}

function pathOf(parent: Place | undefined, name: string): string {
  if (parent === undefined) return name;
  const path = pathOf(parent.parent, parent.name);
  return path === "" ? name : `${path}.${name}`;
}

function markMerged(place: Place): void {
  for (const deliveries of place.deliveries.values()) {
    if (deliveries.some(({ composite }) => composite) && new Set(deliveries.map(({ fetch }) => fetch)).size > 1) {
      place.merged = true;
    }
  }
  for (const child of place.children.values()) markMerged(child);
}

/** From the place of a link with context arguments up to the place that sets the context. */
function unshareAround({ place, fetch }: Link): void {
  const levels = Math.max(0, ...fetch.contextRewrites.map(({ path }) => path.filter((part) => part === "..").length));
  let around = place.parent;
  for (let level = 0; level < levels && around !== undefined; level++) {
    for (const link of around.links) link.unshared = true;
    around = around.parent;
  }
}

function findHost(link: Link, partOf: PartOf): void {
  const { place, fetch } = link;
  if (link.constant || place.merged || link.unshared || arrivesInParts(place)) return;
  const reads = topLevelReads(fetch.requires ?? []);
  if (reads === undefined) return;
  for (const host of place.links) {
    if (host === link) return;
    if (host.constant || host.host !== undefined || host.unshared) continue;
    if (partOf(host.fetch.id) !== partOf(fetch.id) && partOf(host.fetch.id) !== firstPart) continue;
    if (!coversTypes(host.fetch, fetch)) continue;
    if ([...reads].every((name) => isDetermined(host, name))) {
      link.host = host;
      host.hosted.push(link);
      return;
    }
  }
}

/** Below a merged place, objects that one fetch brings may have nodes before those of another fetch are there. */
function arrivesInParts({ parent }: Place): boolean {
  return parent !== undefined && (parent.merged || arrivesInParts(parent));
}

/** Whether objects with the same node of this link have the same value for the field. */
export function isDetermined(host: Link, name: string): boolean {
  if (host.requiredLeaves.has(name)) return true;
  const sources = sourcesOf(host.place, name);
  return (
    sources.length > 0 &&
    sources.every((source) => source === host || (source !== "base" && host.hosted.includes(source)))
  );
}

/** Whether every object with a representation for `fetch` has one for `host`, as far as types decide it. */
function coversTypes(host: Fetch, fetch: Fetch): boolean {
  const covered = new Set(
    (host.requires ?? []).map((requirement) => requirement.kind === "fragment" && requirement.on),
  );
  return (fetch.requires ?? []).every((requirement) => requirement.kind === "fragment" && covered.has(requirement.on));
}

/** Undefined when something composite is read: its parts lie at other places. */
function topLevelReads(requirements: readonly Requirement[]): ReadonlySet<string> | undefined {
  const reads = new Set<string>();
  for (const requirement of requirements) {
    if (requirement.kind === "field") {
      if (requirement.selections !== undefined) return undefined;
      reads.add(requirement.from);
    } else {
      const below = topLevelReads(requirement.selections);
      if (below === undefined) return undefined;
      for (const name of below) reads.add(name);
    }
  }
  return reads;
}

function commonLeaves(requirements: readonly Requirement[]): ReadonlySet<string> {
  let common: Set<string> | undefined;
  for (const requirement of requirements) {
    if (requirement.kind !== "fragment") continue;
    const leaves = new Set<string>();
    for (const field of requirement.selections) {
      if (field.kind === "field" && field.selections === undefined) leaves.add(field.from);
    }
    common = common === undefined ? leaves : new Set([...common].filter((name) => leaves.has(name)));
  }
  return common ?? new Set();
}
