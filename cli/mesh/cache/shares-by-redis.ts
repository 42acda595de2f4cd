import type { MeshConfig } from "../../config/read-config.ts";

/** Whether gateways of this configuration share what they keep. */
export function sharesByRedis({ redis, gateway }: Pick<MeshConfig, "redis" | "gateway">): boolean {
  return redis !== undefined && gateway.cache.enabled && gateway.cache.shared;
}
