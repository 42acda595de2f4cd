/**
 * What gateways share, for a command that has none of them in reach: a gateway of its own over the same graph, which joins
 * them in Redis, says to them what is no longer true, and asks no product anything.
 *
 * That is sensible because a gateway knows the graph, and without it nobody knows what depends on what; and because those
 * who run hear of it as of what one of them had said.
 */
import type { Logger } from "pino";
import { CompositionFailed, createGateway, type SubgraphSource } from "#gateway";
import type { MeshConfig } from "../../config/read-config.ts";
import { FindingsError } from "../../terminal/print-failure.ts";
import { composableSubgraphs } from "../composable-subgraphs.ts";
import { compositionFindings } from "../composition-findings.ts";
import { gatewayOptions } from "../gateway-options.ts";
import type { LoadedMesh } from "../load-mesh.ts";
import { openKeys } from "../open-masks.ts";
import { type ServedCache, serveCache } from "./served-cache.ts";

/**
 * A Redis that does not answer makes what `use` does incomplete; nothing waits for it for long.
 *
 * @throws FindingsError when the products do not make one graph
 */
export async function withSharedCache<T>(
  config: MeshConfig,
  { mesh }: LoadedMesh,
  logger: Logger,
  use: (cache: ServedCache) => Promise<T>,
): Promise<T> {
  const { subgraphs } = await composableSubgraphs(mesh);
  const keys = openKeys(config, (problem) => logger.error({}, problem));
  const gateway = await createGateway({
    ...gatewayOptions(config, logger, undefined),
    source: {
      kind: "subgraphs",
      subgraphs: subgraphs.map(({ name, sdl }): SubgraphSource => ({ kind: "http", name, sdl, url: nobody })),
    },
    processMetrics: false,
    planStore: false,
    cacheKeys: keys,
  }).catch((error: unknown) => {
    keys.close();
    if (!(error instanceof CompositionFailed)) throw error;
    const findings = compositionFindings({ kind: "failed", errors: error.errors }, config.file);
    throw new FindingsError("the products do not make one graph, so nobody knows what is kept of them", findings);
  });
  try {
    return await use(serveCache(gateway.cache));
  } finally {
    await gateway.close();
    keys.close();
  }
}

/** Where no product is asked. */
const nobody = "http://nobody.invalid/graphql";
