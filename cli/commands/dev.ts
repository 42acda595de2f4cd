import { styleText } from "node:util";
import { readConfig } from "../config/read-config.ts";
import type { RunningMesh } from "../mesh/run-mesh.ts";
import { changedSince, type Fingerprints, fingerprint, watchedFolders, watchFolders } from "../mesh/watch-mesh.ts";
import { printFailure } from "../terminal/print-failure.ts";
import { runUntilStopped } from "../terminal/run-until-stopped.ts";
import { type StartOptions, startAndTell } from "./start.ts";

/** Runs the mesh and takes over every change of its documents; what is faulty is told and the running state stays. */
export async function dev(options: StartOptions): Promise<void> {
  const config = await readConfig(options.config);
  const mesh = await startAndTell(options);
  let known = await fingerprint(mesh.loaded);

  let running: Promise<void> = Promise.resolve();
  const watcher = watchFolders(watchedFolders([...config.products, ...config.policies], config.folder), () => {
    // One after the other: a change during a reload is taken by the next one.
    running = running.then(async () => {
      try {
        known = await reload(mesh, known);
      } catch (error) {
        printFailure(error);
      }
    });
  });
  console.log(`  watching ${config.products.join(", ")}, ${config.policies.join(", ")}\n`);

  await runUntilStopped(async () => {
    watcher.close();
    await running;
    await mesh.close();
  });
}

async function reload(mesh: RunningMesh, known: Fingerprints): Promise<Fingerprints> {
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
