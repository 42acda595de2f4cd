import { glob } from "node:fs/promises";
import { resolve } from "node:path";

/** Files of all patterns, absolute, sorted, each once. */
export async function expand(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    for await (const file of glob(pattern, { cwd: folder })) files.add(resolve(folder, file));
  }
  return [...files].sort();
}
