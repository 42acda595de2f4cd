import type { JsonObject } from "./run-state.ts";

/**
 * Copies an entity into the objects that it belongs to; objects and equally long lists are merged, the rest replaced. A
 * type once known is not forgotten: behind `@interfaceObject` some subgraphs name the interface.
 */
export function mergeInto(target: JsonObject, source: JsonObject, objectTypes: ReadonlySet<string>): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    if (value === null && present !== undefined) continue;
    if (key === "__typename" && present !== undefined && !objectTypes.has(value as string)) continue;
    const merged = mergedValue(present, value, objectTypes);
    if (key === "__proto__") Object.defineProperty(target, key, { value: merged, writable: true, enumerable: true });
    else target[key] = merged;
  }
}

function mergedValue(target: unknown, source: unknown, objectTypes: ReadonlySet<string>): unknown {
  if (Array.isArray(source)) {
    if (Array.isArray(target) && target.length === source.length) {
      source.forEach((item, index) => {
        target[index] = mergedValue(target[index], item, objectTypes);
      });
      return target;
    }
    return target === undefined || target === null
      ? source.map((item) => mergedValue(undefined, item, objectTypes))
      : target;
  }
  if (typeof source !== "object" || source === null) return source ?? target ?? null;
  if (typeof target === "object" && target !== null && !Array.isArray(target)) {
    mergeInto(target as JsonObject, source as JsonObject, objectTypes);
    return target;
  }
  const copy: JsonObject = {};
  mergeInto(copy, source as JsonObject, objectTypes);
  return copy;
}
