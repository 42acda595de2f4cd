import type { JsonObject } from "./run-state.ts";

/** Copies an entity into the objects that it belongs to; objects and equally long lists are merged, the rest replaced. */
export function mergeInto(target: JsonObject, source: JsonObject): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    if (value === null && present !== undefined) continue;
    const merged = mergedValue(present, value);
    if (key === "__proto__") Object.defineProperty(target, key, { value: merged, writable: true, enumerable: true });
    else target[key] = merged;
  }
}

function mergedValue(target: unknown, source: unknown): unknown {
  if (Array.isArray(source)) {
    if (Array.isArray(target) && target.length === source.length) {
      source.forEach((item, index) => {
        target[index] = mergedValue(target[index], item);
      });
      return target;
    }
    return target === undefined || target === null ? source.map((item) => mergedValue(undefined, item)) : target;
  }
  if (typeof source !== "object" || source === null) return source ?? target ?? null;
  if (typeof target === "object" && target !== null && !Array.isArray(target)) {
    mergeInto(target as JsonObject, source as JsonObject);
    return target;
  }
  const copy: JsonObject = {};
  mergeInto(copy, source as JsonObject);
  return copy;
}
