/** Gateways over the shop's subgraphs that differ in what they keep. */
import { compose } from "../engine/compose-shop.ts";
import { createShop } from "../engine/shop.ts";
import { type BenchServer, startServer } from "../server.ts";
import type { GatewayVariant } from "./gateway-server.ts";

/** Of all answers of the subgraphs: longer than the bench. */
export const cacheControl = "public, max-age=3600";

/**
 * For all variants: nobody shares requests that are under way, so that each request is one. Clients that ask the same at
 * the same time would hide what one costs.
 */
const alike = { deduplicate: "none" } as const;

/** Resolves when it listens. */
export function startGateway(subgraphOrigin: string, config: GatewayVariant["config"]): Promise<BenchServer> {
  const variant: GatewayVariant = {
    supergraphSdl: compose(createShop(), subgraphOrigin),
    config: { ...alike, ...config },
  };
  return startServer("cache/gateway-server.ts", [JSON.stringify(variant)]);
}
