/** The plain way to read what a run has gathered; generated code does the same with everything looked up before. */
import { hasOwnValue } from "./own.ts";
import { type Link, type Place, sourcesOf } from "./places.ts";
import { type JsonObject, missing, type Node, type RunState } from "./run-state.ts";

/** A field of the object at a place: the first source that is neither null nor missing, or that names an object type. */
export function readFieldOf(run: RunState, place: Place, base: JsonObject, name: string): unknown {
  if (name === "__typename" && place.type !== undefined) return place.type;
  return hasOwnValue(holderOf(run, place, base, name), name);
}

/** The object that has the field, as it was answered: the object at the place, or an entity that stands for it. */
export function holderOf(run: RunState, place: Place, base: JsonObject, name: string): JsonObject {
  let found: JsonObject | undefined;
  for (const source of sourcesOf(place, name)) {
    const object = source === "base" ? base : (nodeOf(run, source, base)?.entity ?? missing);
    const value = hasOwnValue(object, name);
    // Behind `@interfaceObject` some subgraphs name the interface; who names an object type knows more.
    const isAnswer =
      name === "__typename" ? place.objectTypes.has(value as string) : value !== null && value !== undefined;
    if (isAnswer) return object;
    if (value !== undefined) found ??= object;
  }
  return found ?? missing;
}

/** The node that a link hung on the object; undefined when it had no representation. */
function nodeOf(run: RunState, link: Link, base: JsonObject): Node | undefined {
  if (link.constant) return run.nodes[link.fetch.id]?.[0];
  if (link.host === undefined) return base[link.symbol] as Node | undefined;
  return nodeOf(run, link.host, base)?.[`l${link.fetch.id}`] as Node | undefined;
}

/** The node that a link hung on an object of its place, also where the links' answers are copied into the objects. */
export function createNodeFinder(run: RunState): (link: Link, object: JsonObject) => Node | undefined {
  const nodesByLink = new Map<Link, ReadonlyMap<JsonObject, Node>>();
  return (link, object) => {
    if (!link.place.merged || link.constant) return nodeOf(run, link, object);
    let nodes = nodesByLink.get(link);
    if (nodes === undefined) {
      const all = run.nodes[link.fetch.id] ?? [];
      nodes = new Map(all.flatMap((node) => (node.targets ?? []).map((target) => [target, node] as const)));
      nodesByLink.set(link, nodes);
    }
    return nodes.get(object);
  };
}

/** Visits every object at a place, along every way that leads there. */
export function eachOccurrence(run: RunState, place: Place, visit: Visit): void {
  if (place.parent === undefined) {
    visit(run.root, [{ place, object: run.root }]);
    return;
  }
  const { parent, name } = place;
  eachOccurrence(run, parent, (object, steps) => {
    eachItem(readFieldOf(run, parent, object, name), (item) => visit(item, [...steps, { place, object: item }]));
  });
}

/** An object on the way from the root to another one, that one included. */
export interface Step {
  readonly place: Place;
  readonly object: JsonObject;
}

type Visit = (object: JsonObject, steps: readonly Step[]) => void;

function eachItem(value: unknown, visit: (object: JsonObject) => void): void {
  if (Array.isArray(value)) for (const item of value) eachItem(item, visit);
  else if (typeof value === "object" && value !== null) visit(value as JsonObject);
}
