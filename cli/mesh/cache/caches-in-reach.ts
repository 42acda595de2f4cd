/**
 * Which caches of gateways a process can reach to make them forget a person:
 *
 *   its own gateway ─ none ─▶ one that answers in the state folder ─ none ─▶ those that share a Redis ─ none ─▶ nobody's
 *
 * The last hear of the erasure by the products' events alone.
 */
import type { Logger } from "pino";
import type { Forgotten } from "#gateway";
import type { CachesErasure, ErasureReach, PersonKey } from "#platform";
import type { MeshConfig } from "../../config/read-config.ts";
import { askRunning } from "../control/control-socket.ts";
import type { LoadedMesh } from "../load-mesh.ts";
import type { ServedCache } from "./served-cache.ts";
import { withSharedCache } from "./shared-cache.ts";
import { sharesByRedis } from "./shares-by-redis.ts";

export interface ErasedSubjects {
  readonly subjects: readonly PersonKey[];
  /** Whose answers had something of them, and have no longer. */
  readonly products: readonly string[];
}

/** Removes what is kept; what is on its way from before the erasure is not kept any more. */
export async function forgetErased(cache: ServedCache, { subjects, products }: ErasedSubjects): Promise<Forgotten> {
  const what = products.map((product) => ({ kind: "product", product }) as const);
  // First: what is removed afterwards cannot come back.
  const ended = await cache.invalidate({ cause: "erasure", what });
  const forgotten = await cache.forget(subjects);
  return { ...forgotten, isComplete: forgotten.isComplete && ended.isComplete };
}

/** For `eraseSubject`, in a process that has a gateway (`own`) or has none. */
export function forgetKeptOf(
  config: MeshConfig,
  loaded: () => LoadedMesh,
  own: ServedCache | undefined,
  logger: Logger,
): NonNullable<ErasureReach["forgetKept"]> {
  return async (subjects, products) => {
    if (!config.gateway.cache.enabled) return null;
    const erased = { subjects, products };
    const forgotten =
      own === undefined
        ? ((await askRunning(config.stateFolder, "gateway", "cache-forget", erased)) ??
          (sharesByRedis(config)
            ? await withSharedCache(config, loaded(), logger, (cache) => forgetErased(cache, erased))
            : undefined))
        : await forgetErased(own, erased);
    return forgotten === undefined ? null : toReceipt(forgotten);
  };
}

function toReceipt({ copies, shared, isComplete }: Forgotten): CachesErasure {
  return { copies, shared: shared ?? null, isComplete };
}
