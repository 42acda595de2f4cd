/**
 * Which fetches each part of an answer waits for, when some of it comes later (`@defer`).
 *
 * Terms: the **beginning** is what the client gets first; a **fragment** comes later. A part needs the fetches that deliver
 * its fields, and whatever those wait for. A fetch that the beginning needs too belongs to the beginning; one that several
 * fragments need belongs to them together. In: the answer's shape and the schedule of the plan. Cost: linear in the shape.
 */
import { firstPart, type PartOf, type Schedule } from "../../plan/schedule.ts";
import { type ObjectShape, objectOf } from "./answer-shape.ts";
import type { Place } from "./places.ts";

export interface AnswerParts {
  /** By fetch id; what nobody needs belongs to the beginning. */
  readonly partOf: PartOf;
  readonly beginning: ReadonlySet<number>;
  /** By id of the fragment. */
  readonly fragments: ReadonlyMap<number, ReadonlySet<number>>;
  /** What the client asks for at each place, in whatever part. */
  readonly selected: ReadonlyMap<Place, ReadonlySet<string>>;
}

/** Undefined when nothing comes later. */
export function findParts(shape: ObjectShape, schedule: Schedule): AnswerParts | undefined {
  const fragments = new Map<number, ReadonlySet<number>>();
  const selected = new Map<Place, Set<string>>();
  const afterById = new Map(
    schedule.waves.flatMap((wave) =>
      wave.flatMap(({ groups }) =>
        groups.flatMap(({ fetches }) => fetches.map(({ fetch, after }) => [fetch.id, after] as const)),
      ),
    ),
  );

  function needsOf(part: ObjectShape): ReadonlySet<number> {
    const needed = new Set<number>();
    const seen = new Set<ObjectShape>();
    const need = (id: number): void => {
      if (needed.has(id)) return;
      needed.add(id);
      afterById.get(id)?.forEach(need);
    };
    const read = (place: Place, key: string): void => {
      for (const { fetch } of place.deliveries.get(key) ?? []) need(fetch.id);
    };
    const visit = (object: ObjectShape): void => {
      if (seen.has(object)) return;
      seen.add(object);
      const { place } = object;
      const keys = selected.get(place) ?? new Set();
      selected.set(place, keys);
      if (object.abstract) read(place, "__typename");
      for (const field of [...object.cases.values(), object.asInterface ?? []].flat()) {
        if (field.value.kind !== "value") continue;
        keys.add(field.key);
        read(place, field.key);
        const below = objectOf(field.value.type);
        if (below !== undefined) visit(below);
      }
      for (const { id, shape: later } of [...object.deferred.values()].flat()) {
        if (!fragments.has(id)) fragments.set(id, needsOf(later));
      }
    };
    visit(part);
    return needed;
  }

  const beginning = needsOf(shape);
  if (fragments.size === 0) return undefined;
  const partById = new Map<number, string>();
  for (const id of afterById.keys()) {
    const waiting = [...fragments].flatMap(([fragment, needed]) => (needed.has(id) ? [fragment] : []));
    partById.set(id, beginning.has(id) ? firstPart : waiting.sort((a, b) => a - b).join());
  }
  return { partOf: (id) => partById.get(id) ?? firstPart, beginning, fragments, selected };
}
