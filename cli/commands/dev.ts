import { readConfig } from "../config/read-config.ts";
import { watchedFolders, watchFolders } from "../mesh/watch-mesh.ts";
import { runUntilStopped } from "../terminal/run-until-stopped.ts";
import { type StartOptions, startAndTell } from "./start.ts";
import { createTakeOver } from "./take-over-changes.ts";

/** Runs the mesh and takes over every change of its documents; what is faulty is told and the running state stays. */
export async function dev(options: StartOptions): Promise<void> {
  await runUntilStopped(async (fail) => {
    const config = await readConfig(options.config);
    const mesh = await startAndTell({ ...options, workers: 1 }, fail);
    const takeOver = await createTakeOver(mesh);
    let running: Promise<void> = Promise.resolve();
    const watcher = watchFolders(watchedFolders([...config.products, ...config.policies], config.folder), () => {
      running = takeOver();
    });
    console.log(`  watching ${config.products.join(", ")}, ${config.policies.join(", ")}\n`);

    return async () => {
      watcher.close();
      await running;
      await mesh.close();
    };
  });
}
