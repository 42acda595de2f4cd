/** The gateway without products: over any federation supergraph, whose subgraphs are reached by the URLs in it. */
import { access, constants } from "node:fs/promises";
import type { Logger } from "pino";
import { createGateway, createGovern, type GatewayConfig } from "#gateway";
import { createGraphQLHandler, createHttpServer } from "#http";
import type { Finding } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { createGatewayAuthentication } from "./authentication.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { loadMesh } from "./load-mesh.ts";
import { meshRoutes } from "./mesh-routes.ts";

export interface RunningGateway {
  readonly url: string;
  /** Reads the file again, which also happens by itself; the old graph keeps serving when it cannot be used. */
  reload(): Promise<unknown>;
  close(): Promise<void>;
}

const defaultPollMs = 10_000;

/**
 * Without a configuration nothing is authenticated, masked or cached, and the gateway's own defaults hold.
 *
 * @throws ClientError SUPERGRAPH_NOT_FOUND, SUPERGRAPH_INVALID; FindingsError when a policy of the configuration cannot be read; what `createGateway`, `createHttpServer` throw.
 */
export async function runGateway(
  supergraphFile: string,
  config: MeshConfig | undefined,
  options: {
    readonly host: string;
    readonly port: number;
    readonly logger: Logger;
    readonly onFindings: (findings: readonly Finding[]) => void;
  },
): Promise<RunningGateway> {
  const { logger, onFindings } = options;
  await assertReadable(supergraphFile);
  const gateway = await createGateway({
    ...(config === undefined ? { logger, processMetrics: true } : await governed(config, logger, onFindings)),
    pollMs: config?.gateway.pollMs ?? defaultPollMs,
    source: { kind: "supergraph", supergraph: { file: supergraphFile }, urls: urlsOf(config) },
  }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw commandError("SUPERGRAPH_INVALID", `${supergraphFile} cannot be served as a supergraph: ${reason}`, cause);
  });
  const onInternalError = (error: unknown, id: string): void => logger.error({ id, err: error }, "a request failed");
  const server = await createHttpServer({
    host: options.host,
    port: options.port,
    ...(config === undefined
      ? {}
      : {
          maxBodyBytes: config.server.maxBodyBytes,
          graceMs: config.server.graceMs,
          cors: { origins: config.server.corsOrigins },
        }),
    graphql: createGraphQLHandler(gateway.service, { onInternalError }),
    routes: await meshRoutes(gateway, config, onFindings),
    readiness: () => {
      const { ready, generation, subgraphs, lastReloadFailure } = gateway.health();
      const reasons = lastReloadFailure === undefined ? [] : [`the last reload failed: ${lastReloadFailure.reason}`];
      return { ready, reasons, details: { generation, subgraphs } };
    },
    onInternalError,
  });
  return {
    url: server.url,
    reload: () => gateway.reload(),
    async close() {
      await server.close();
      await gateway.close();
    },
  };
}

async function assertReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (cause) {
    throw commandError(
      "SUPERGRAPH_NOT_FOUND",
      `${file} cannot be read; name a supergraph with --supergraph, for example one that \`datamesh compose\` wrote`,
      cause,
    );
  }
}

async function governed(
  config: MeshConfig,
  logger: Logger,
  onFindings: (findings: readonly Finding[]) => void,
): Promise<Omit<GatewayConfig, "source">> {
  const { policies, policiesAreComplete, findings } = await loadMesh(config);
  if (!policiesAreComplete) {
    throw new FindingsError(
      "a policy cannot be read, so what it forbids would be shown: nothing was started",
      findings,
    );
  }
  const { authenticate, tokens } = await createGatewayAuthentication(config);
  const reportFailure = (policy: string, cause: unknown): void =>
    logger.error({ policy, err: cause }, "a policy could not be decided: denied");
  return {
    ...gatewayOptions(config, logger, tokens),
    authenticate,
    govern: createGovern({ policies, onFindings, reportFailure }),
  };
}

function urlsOf(config: MeshConfig | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(config?.gateway.remote ?? {}).map(([name, { url }]) => [name, url]));
}
