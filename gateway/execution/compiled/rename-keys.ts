import type { KeyRenamer } from "../../plan/plan.ts";
import type { JsonObject } from "./run-state.ts";

/**
 * Gives the values of keys that the planner invented (where one response name has different types on different objects)
 * their response names. Such a key is unique in the answer of its fetch, so wherever it is, it is meant; lists are walked.
 */
export function renameKeys(data: unknown, rewrites: readonly KeyRenamer[]): void {
  for (const { path, to } of rewrites) {
    const keys = path.filter((segment) => segment !== "@" && !segment.startsWith("... on "));
    renameAt(data, keys, 0, to);
  }
}

function renameAt(value: unknown, keys: readonly string[], at: number, to: string): void {
  if (Array.isArray(value)) {
    for (const item of value) renameAt(item, keys, at, to);
    return;
  }
  const key = keys[at];
  if (typeof value !== "object" || value === null || key === undefined || !Object.hasOwn(value, key)) return;
  const object = value as JsonObject;
  if (at < keys.length - 1) renameAt(object[key], keys, at + 1, to);
  else {
    object[to] = object[key];
    delete object[key];
  }
}
