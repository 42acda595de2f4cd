import type { Fetch } from "./plan.ts";

/**
 * The response name that a key of a fetch's answer stands for: itself, unless an output rewrite renames it. `keys` is the
 * path of keys from the fetch's root. Keys that are renamed are unique, so type conditions in the rewrite's path do not
 * matter.
 */
export function answerName(fetch: Fetch, keys: readonly string[]): string {
  const key = keys.at(-1) ?? "";
  if (fetch.outputRewrites.length === 0) return key;
  const text = keys.join(".");
  const rewrite = fetch.outputRewrites.find(
    ({ path }) => path.filter((segment) => segment !== "@" && !segment.startsWith("... on ")).join(".") === text,
  );
  return rewrite?.to ?? key;
}
