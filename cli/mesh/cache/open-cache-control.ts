import type { Logger } from "pino";
import type { MeshConfig } from "../../config/read-config.ts";
import { type ControlSocket, openControlSocket } from "../control/control-socket.ts";
import type { GatewayServer } from "../serve-gateway.ts";
import { readCacheStats } from "./cache-stats.ts";
import { forgetErased } from "./caches-in-reach.ts";

/** Resolves when `datamesh cache` can ask. A socket that cannot be opened is told, and stops nothing. */
export async function openCacheControl(
  { stateFolder, gateway }: Pick<MeshConfig, "stateFolder" | "gateway">,
  { cache, metrics }: Pick<GatewayServer, "cache" | "metrics">,
  logger: Logger,
): Promise<ControlSocket | undefined> {
  const open = openControlSocket(stateFolder, "gateway", {
    async "cache-stats"() {
      const [{ body }, shared] = await Promise.all([
        metrics(),
        // Where nothing is kept it says so.
        gateway.cache.enabled && !gateway.cache.shared ? undefined : cache.sharedUsage(),
      ]);
      return readCacheStats(body, shared);
    },
    "cache-purge": (order) => cache.invalidate(order),
    "cache-explain": (asked) => cache.explain(asked),
    "cache-forget": (erased) => forgetErased(cache, erased),
  });
  try {
    const socket = await open;
    if (socket === undefined) {
      logger.info({ stateFolder }, "another gateway of this state folder answers `datamesh cache`, or nobody can");
    }
    return socket;
  } catch (err) {
    logger.warn({ err }, "`datamesh cache` cannot reach this gateway");
    return undefined;
  }
}
