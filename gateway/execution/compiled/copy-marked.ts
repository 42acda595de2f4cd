/**
 * Copies of what is kept, as far as a run changes it.
 *
 * A run hangs its nodes on the objects at places that have links, and merges answers into the objects at merged places
 * (`places.ts`). What is kept is shared by all runs, so those objects are copied, with all that lead to them; everything
 * else is shared. Where a selection has no links below it, which is the usual case, nothing is copied.
 */
import type { Link, Place } from "./places.ts";

type Json = unknown;
export type Copy = (value: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** Undefined where a run changes nothing of what the link's fetch delivers. */
export function createCopy({ place, fetch }: Link): Copy | undefined {
  const below = copiesBelow(place, fetch.id);
  if (below.length === 0) return undefined;
  return (value) => copyObject(value, below);
}

interface CopyBelow {
  readonly name: string;
  readonly copy: (value: Json) => Json;
}

function copiesBelow(place: Place, fetchId: number): readonly CopyBelow[] {
  return [...place.children.values()].flatMap((child): readonly CopyBelow[] => {
    const isDelivered = place.deliveries.get(child.name)?.some(({ fetch }) => fetch.id === fetchId) ?? false;
    if (!isDelivered) return [];
    if (child.merged) return [{ name: child.name, copy: copyDeep }];
    const below = copiesBelow(child, fetchId);
    const isMarked = child.links.some((link) => !link.constant && link.host === undefined);
    if (below.length === 0 && !isMarked) return [];
    return [{ name: child.name, copy: (value) => copyEach(value, (object) => copyObject(object, below)) }];
  });
}

function copyEach(value: Json, copy: (object: Readonly<Record<string, unknown>>) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => copyEach(item, copy));
  return typeof value === "object" && value !== null ? copy(value as Readonly<Record<string, unknown>>) : value;
}

function copyObject(object: Readonly<Record<string, unknown>>, below: readonly CopyBelow[]): Record<string, unknown> {
  const copy = { ...object };
  for (const { name, copy: copyValue } of below) {
    if (Object.hasOwn(copy, name)) copy[name] = copyValue(copy[name]);
  }
  return copy;
}

function copyDeep(value: Json): Json {
  return copyEach(value, (object) => {
    const copy: Record<string, unknown> = { ...object };
    for (const key of Object.keys(copy)) {
      // An assignment to this name would change what the copy inherits; nothing is ever merged into it either.
      if (key !== "__proto__") copy[key] = copyDeep(copy[key]);
    }
    return copy;
  });
}
