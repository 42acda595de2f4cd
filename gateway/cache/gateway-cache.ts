/** The cache of a gateway, over all its generations: the parts, in the order in which they are needed; no logic. */
import { CacheCore, type CacheParts } from "./cache-core.ts";
import { type CacheOptions, defaultCacheOptions } from "./cache-options.ts";
import { Invalidator } from "./invalidation/invalidator.ts";

export interface GatewayCache {
  readonly core: CacheCore;
  readonly invalidator: Invalidator;
}

export function openGatewayCache({
  options,
  ...parts
}: Omit<CacheParts, "options"> & { readonly options: Partial<CacheOptions> }): GatewayCache {
  const core = new CacheCore({ ...parts, options: { ...defaultCacheOptions, ...options } });
  return { core, invalidator: new Invalidator(core) };
}
