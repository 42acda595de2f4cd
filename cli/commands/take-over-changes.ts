/** The documents have changed, or may have: the running mesh becomes what they say now, and says what came of it. */
import { styleText } from "node:util";
import type { RunningMesh } from "../mesh/run-mesh.ts";
import { changedSince, type Fingerprints, fingerprint } from "../mesh/watch-mesh.ts";
import { printFailure } from "../terminal/print-failure.ts";

/** Calls of the function that it gives run one after the other and never reject. */
export async function createTakeOver(mesh: RunningMesh): Promise<() => Promise<void>> {
  let known = await fingerprint(mesh.loaded);
  let running: Promise<void> = Promise.resolve();
  return () => {
    // One after the other: a change during a reload is taken by the next one.
    running = running.then(async () => {
      try {
        known = await takeOver(mesh, known);
      } catch (error) {
        printFailure(error);
      }
    });
    return running;
  };
}

async function takeOver(mesh: RunningMesh, known: Fingerprints): Promise<Fingerprints> {
  const begin = performance.now();
  let next = known;
  let changed: ReadonlySet<string> = new Set();
  const result = await mesh.reload(async (loaded) => {
    next = await fingerprint(loaded);
    changed = new Set([...changedSince(known, next)].filter((name) => !loaded.broken.has(name)));
    return changed;
  });
  const names = changed.size === 0 ? "" : ` (${[...changed].join(", ")})`;
  const elapsed = styleText("dim", `(${Math.round(performance.now() - begin)} ms)`);
  if (result === undefined)
    console.log(`  ${styleText("red", "not reloaded")}: correct the errors above; the running mesh stays`);
  else if (result.kind === "failed")
    console.log(`  ${styleText("red", "the graph stays as it was")}: ${result.reason} ${elapsed}`);
  else if (result.kind === "swapped") console.log(`  ${styleText("green", "reloaded")}${names} ${elapsed}`);
  else if (changed.size > 0)
    console.log(`  ${styleText("green", "reloaded")}${names}, the graph is the same ${elapsed}`);
  // What was not taken over counts as changed the next time too.
  return result === undefined ? known : next;
}
