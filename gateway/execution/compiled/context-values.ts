/**
 * Values for `@fromContext` arguments: read from the objects around an entity, so they differ from entity to entity.
 *
 * Objects between an entity and the one that sets its context are not shared (`Link.unshared`), so every object has one
 * way up and one set of values. Entities with equal values share a list of representations.
 */
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from "graphql";
import type { KeyRenamer } from "../../plan/plan.ts";
import { jsonText } from "./leaf-text.ts";
import type { Link, Place } from "./places.ts";
import { createNodeFinder, eachOccurrence, readFieldOf, type Step } from "./read-objects.ts";
import type { JsonObject, Node, RunState } from "./run-state.ts";

export interface ContextGroup {
  /** JSON text by the variable's name. */
  readonly values: ReadonlyMap<string, string>;
  readonly nodes: Node[];
}

/** The link's nodes, grouped by their values; without those that lack one, as representations without a key are left out. */
export function groupByContext(run: RunState, link: Link, schema: GraphQLSchema): readonly ContextGroup[] {
  const groups = new Map<string, ContextGroup>();
  const nodeAt = createNodeFinder(run);
  const seen = new Set<Node>();
  const names = new Set(link.fetch.contextRewrites.map(({ to }) => to));
  eachOccurrence(run, link.place, (object, steps) => {
    const node = nodeAt(link, object);
    if (node === undefined || seen.has(node)) return;
    seen.add(node);
    const values = new Map<string, string>();
    for (const rewrite of link.fetch.contextRewrites) {
      const text = jsonText(readContext(run, schema, rewrite, steps));
      if (text !== undefined) values.set(rewrite.to, text);
    }
    if (values.size < names.size) return;
    const key = JSON.stringify([...values]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { values, nodes: [node] });
    else group.nodes.push(node);
  });
  return [...groups.values()];
}

/** `steps` lead from the root to the object; `..` goes one of them up. */
function readContext(run: RunState, schema: GraphQLSchema, rewrite: KeyRenamer, steps: readonly Step[]): unknown {
  const up = rewrite.path.filter((segment) => segment === "..").length;
  const step = steps[steps.length - 1 - up];
  return step && readPath(run, schema, rewrite.path.slice(up), step.place, step.object);
}

function readPath(
  run: RunState,
  schema: GraphQLSchema,
  path: readonly string[],
  place: Place,
  object: JsonObject,
): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return undefined;
  if (segment.startsWith("... on ")) {
    const type = readFieldOf(run, place, object, "__typename");
    const applies = type === undefined || isOfType(schema, String(type), segment.slice("... on ".length));
    return applies ? readPath(run, schema, rest, place, object) : undefined;
  }
  const value = readFieldOf(run, place, object, segment);
  if (rest.length === 0 || value === null || value === undefined) return value;
  const child = place.children.get(segment);
  if (child === undefined) return undefined;
  const read = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(read);
    return typeof item === "object" && item !== null ? readPath(run, schema, rest, child, item as JsonObject) : item;
  };
  return read(value);
}

function isOfType(schema: GraphQLSchema, name: string, condition: string): boolean {
  if (name === condition) return true;
  const [type, conditional] = [schema.getType(name), schema.getType(condition)];
  return (
    isAbstractType(conditional) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(conditional, type)
  );
}
