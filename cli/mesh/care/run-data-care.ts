/** Data care in the process that runs products: by schedule, and for commands that ask it. */
import { Cron } from "croner";
import type { Logger } from "pino";
import { openTombstones } from "#platform";
import type { KeyRing } from "#policies";
import type { MeshConfig } from "../../config/read-config.ts";
import { forgetKeptOf } from "../cache/caches-in-reach.ts";
import type { ServedCache } from "../cache/served-cache.ts";
import { openControlSocket } from "../control/control-socket.ts";
import type { LoadedMesh } from "../load-mesh.ts";
import type { RunningProducts } from "../run-products.ts";
import { createDataCare } from "./data-care.ts";
import { forgetValuesOf, tombstonesFile } from "./with-data-care.ts";

export function openMeshTombstones(config: MeshConfig, keys: KeyRing): ReturnType<typeof openTombstones> {
  return openTombstones(tombstonesFile(config), keys);
}

/** Resolves when commands can ask. A socket that cannot be opened is told, and stops nothing. */
export async function runDataCare(
  config: MeshConfig,
  parts: {
    readonly loaded: () => LoadedMesh;
    readonly products: RunningProducts;
    readonly tombstones: ReturnType<typeof openTombstones>;
    readonly keys: KeyRing;
    /** That of this process's gateway, if it has one. */
    readonly cache?: ServedCache | undefined;
    readonly logger: Logger;
  },
): Promise<{ close(): Promise<void> }> {
  const { logger } = parts;
  const { stateFolder, governance } = config;
  const care = createDataCare({
    stateFolder,
    ...parts,
    reach: {
      forgetValues: forgetValuesOf(config, parts.keys),
      forgetKept: forgetKeptOf(config, parts.loaded, parts.cache, logger),
    },
  });
  const retain = async (): Promise<void> => {
    try {
      for (const run of await care.retain({ dryRun: false })) {
        if (run.error !== undefined || run.overdue > 0) logger.warn({ ...run }, "rows are kept beyond their time");
        else if (run.affected > 0) logger.info({ ...run }, "rows were kept no longer");
      }
    } catch (err) {
      logger.error({ err }, "the retention of this time could not be run or recorded");
    }
  };
  const job = new Cron(governance.retention.schedule, { unref: true }, retain);
  const socket = await openControlSocket(stateFolder, "products", care).catch((err: unknown) => {
    logger.warn({ err }, "commands cannot reach this process: erase and retain need it stopped");
    return undefined;
  });
  return {
    async close() {
      job.stop();
      await socket?.close();
    },
  };
}
