/** Many selectors → those that select a coordinate, without asking each of them. */
import type { GovernedCoordinate } from "../decision.ts";
import type { CompiledSelector, Narrowing } from "./selector.ts";

/**
 * Guarantees exactly the items whose selector selects the coordinate, in their order. Each item lies under the values of
 * one key that its selector names, so only those with a value of the coordinate are asked.
 */
export function indexSelectors<T>(
  items: readonly T[],
  selectorOf: (item: T) => CompiledSelector,
): (coordinate: GovernedCoordinate) => readonly T[] {
  const anywhere: Entry<T>[] = [];
  const byValue = new Map<string, Entry<T>[]>();
  items.forEach((item, order) => {
    const selector = selectorOf(item);
    const entry = { item, order, selector };
    const { narrowing } = selector;
    if (narrowing === undefined) anywhere.push(entry);
    else for (const value of new Set(narrowing.values)) push(byValue, bucket(narrowing.key, value), entry);
  });
  return (coordinate) => {
    const found = new Set<Entry<T>>();
    const ask = (entries: readonly Entry<T>[] | undefined): void => {
      for (const entry of entries ?? []) if (entry.selector.selects(coordinate)) found.add(entry);
    };
    ask(anywhere);
    ask(byValue.get(bucket("type", coordinate.coordinate.slice(0, coordinate.coordinate.indexOf(".")))));
    ask(byValue.get(bucket("product", coordinate.product)));
    ask(byValue.get(bucket("domain", coordinate.domain)));
    for (const tag of coordinate.tags ?? []) ask(byValue.get(bucket("tags", tag)));
    for (const category of coordinate.pii) ask(byValue.get(bucket("pii", category)));
    return [...found].sort((one, other) => one.order - other.order).map(({ item }) => item);
  };
}

interface Entry<T> {
  readonly item: T;
  readonly order: number;
  readonly selector: CompiledSelector;
}

function bucket(key: Narrowing["key"], value: string): string {
  return `${key} ${value}`;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
