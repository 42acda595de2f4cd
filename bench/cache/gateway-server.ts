/** A gateway over the shop's subgraphs, which are somewhere else, as a server of the bench. */
import { createGateway, type GatewayConfig } from "#gateway";
import { createGraphQLHandler, createHttpServer } from "#http";
import { serveBench, tell } from "../served.ts";

process.env.APOLLO_TELEMETRY_DISABLED = "true";

/** What the bench says of it, as its only argument. */
export interface GatewayVariant {
  readonly supergraphSdl: string;
  readonly config: Pick<GatewayConfig, "cache" | "deduplicate" | "redis" | "replayBytes">;
}

// Only the bench starts this.
const { supergraphSdl, config } = JSON.parse(process.argv[2] ?? "{}") as GatewayVariant;
const gateway = await createGateway({ source: { kind: "supergraph", supergraph: { sdl: supergraphSdl } }, ...config });
const server = await createHttpServer({
  host: "127.0.0.1",
  port: 0,
  graphql: createGraphQLHandler(gateway.service, { onInternalError: (error) => console.error(error) }),
  onInternalError: (error) => console.error(error),
});
serveBench(
  () => Promise.resolve(undefined),
  async () => {
    await server.close();
    await gateway.close();
  },
);
tell({ kind: "listening", url: server.url, supergraphSdl });
