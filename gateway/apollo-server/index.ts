// In: an Apollo Server program that hands its requests to a gateway.
// Out: answers of the mesh's own gateway, behind Apollo Server's GatewayInterface.
// Next: Apollo Server formats errors, runs plugins and writes the response.
export { MeshGateway, type MeshGatewayConfig } from "./mesh-gateway.ts";
export type {
  SupergraphDataSource,
  SupergraphHook,
  SupergraphHookOptions,
  SupergraphManager,
} from "./supergraph-manager.ts";
