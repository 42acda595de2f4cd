/** What a fetch delivers, and where: places are response names below the root, joined with dots. */
import { answerName } from "./answer-name.ts";
import type { Fetch, Selection } from "./plan.ts";

/** The names that lead to the objects of a fetch. */
export function placeOf(fetch: Fetch): readonly string[] {
  return fetch.path.filter((segment) => segment !== "@");
}

/** Whether a fetch delivers a value at one of these places, on some types at least. */
export function delivers(fetch: Fetch, places: ReadonlySet<string>): boolean {
  function walk(selections: readonly Selection[], keys: readonly string[], place: readonly string[]): boolean {
    return selections.some((selection) => {
      if (selection.kind === "fragment") return walk(selection.selections, keys, place);
      const path = [...keys, selection.key];
      const below = [...place, answerName(fetch, path)];
      return (
        places.has(below.join(".")) || (selection.selections !== undefined && walk(selection.selections, path, below))
      );
    });
  }
  return walk(fetch.selections, [], placeOf(fetch));
}

/** Where a fetch finds the values of its context arguments. */
export function contextPlaces(fetch: Fetch): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { path } of fetch.contextRewrites) {
    let place = placeOf(fetch);
    for (const segment of path) {
      if (segment === "..") place = place.slice(0, -1);
      else if (!segment.startsWith("... on ")) {
        place = [...place, segment];
        places.add(place.join("."));
      }
    }
  }
  return places;
}
