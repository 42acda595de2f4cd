/** The gateway and its port as the configuration wants them, in this process: alone, or as one of several workers. */
import type { Logger } from "pino";
import {
  type CoherenceChannel,
  createGateway,
  createGovern,
  type Deduplicate,
  type Gateway,
  type Govern,
  type SupergraphSource,
} from "#gateway";
import { createGraphQLHandler, createHttpServer, type HttpServer, type Readiness } from "#http";
import type { Policy } from "#policies";
import type { Finding } from "#schema";
import type { MeshConfig, TrustedDocumentsSetup } from "../config/read-config.ts";
import { createGatewayAuthentication } from "./authentication.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { meshRoutes } from "./mesh-routes.ts";
import { openAudit } from "./open-audit.ts";
import { openMasks } from "./open-masks.ts";

/** What a process must know to answer the public port. Plain data: it may be told to another process. */
export interface GatewaySetup {
  /** Undefined: nothing is authenticated, masked or cached, and the gateway's own defaults hold. */
  readonly config: MeshConfig | undefined;
  /** Those of the configuration or of the command line. */
  readonly trustedDocuments: TrustedDocumentsSetup | undefined;
  /** Likewise; undefined for the gateway's own default. */
  readonly deduplicate: Deduplicate | undefined;
  readonly host: string;
  readonly port: number;
  /** Which of several processes it is, from 1; undefined for the only one. */
  readonly worker?: number;
}

const defaultPollMs = 10_000;

/** What is answered, and under which rules; both may change while it runs. */
export interface GatewayInputs {
  readonly source: SupergraphSource;
  /** Without a configuration they are not asked. */
  readonly policies: readonly Policy[];
}

export interface OpenGateway {
  /** Whoever closes it closes this object instead. */
  readonly gateway: Omit<Gateway, "close">;
  /** For `gateway.reload`. Equal policies give the same function, by which the gateway knows that nothing changed. */
  governWith(policies: readonly Policy[]): Govern | undefined;
  /** Lets the operations under way end, then writes what is left to record. */
  close(): Promise<void>;
}

/** Resolves when the first supergraph is loaded; throws what `createGateway` throws. */
export async function openGateway(
  { config, trustedDocuments, deduplicate, worker }: GatewaySetup,
  { source, policies }: GatewayInputs,
  options: {
    readonly logger: Logger;
    readonly onFindings: (findings: readonly Finding[]) => void;
    readonly pollMs?: number | undefined;
    /** Its number, for one of several processes that count together. */
    readonly firstGeneration?: number;
    /** By which those processes tell each other what they end, where they do not share a Redis. */
    readonly coherence?: CoherenceChannel;
  },
): Promise<OpenGateway> {
  const { logger, onFindings, pollMs, firstGeneration, coherence } = options;
  const common = {
    source,
    ...(pollMs === undefined ? {} : { pollMs }),
    ...(deduplicate === undefined ? {} : { deduplicate }),
    // Looked after by itself: a worker has no source that it would read again.
    ...(trustedDocuments && {
      trustedDocuments: { ...trustedDocuments, pollMs: config?.gateway.pollMs ?? defaultPollMs, onFindings },
    }),
  };
  if (config === undefined) {
    const gateway = await createGateway({ logger, processMetrics: true, ...common }, firstGeneration);
    return { gateway, governWith: () => undefined, close: () => gateway.close() };
  }
  const governWith = createGovernance(logger, onFindings);
  const { authenticate, tokens } = await createGatewayAuthentication(config);
  const audit = await openAudit(config, worker === undefined ? undefined : `worker-${worker}`, logger);
  const masks = await openMasks(config, logger);
  const gateway = await createGateway(
    {
      ...gatewayOptions(config, logger, tokens),
      ...common,
      authenticate,
      govern: governWith(policies),
      masks: masks.setup,
      cacheKeys: masks.keys,
      ...(coherence && { cacheChannel: coherence }),
      ...(audit && { audit }),
    },
    firstGeneration,
  ).catch(async (error: unknown) => {
    await audit?.close();
    await masks.close();
    throw error;
  });
  return {
    gateway,
    governWith,
    async close() {
      await gateway.close();
      await masks.close();
      await audit?.close().catch((err: unknown) => logger.error({ err }, "the audit is not complete"));
    },
  };
}

function createGovernance(
  logger: Logger,
  onFindings: (findings: readonly Finding[]) => void,
): (policies: readonly Policy[]) => Govern {
  const reportFailure = (policy: string, cause: unknown): void =>
    logger.error({ policy, err: cause }, "a policy could not be decided: denied");
  let known: { readonly text: string; readonly govern: Govern } | undefined;
  return (policies) => {
    const text = JSON.stringify(policies);
    if (known?.text !== text) known = { text, govern: createGovern({ policies, onFindings, reportFailure }) };
    return known.govern;
  };
}

/** Puts a gateway behind HTTP, with health, metrics and the console. Throws what `createHttpServer` throws. */
export async function listenFor(
  gateway: Pick<Gateway, "service" | "supergraph">,
  { config, host, port }: GatewaySetup,
  options: {
    readonly metrics: Gateway["metrics"];
    readonly readiness: () => Readiness | Promise<Readiness>;
    readonly logger: Logger;
    readonly onFindings: (findings: readonly Finding[]) => void;
  },
): Promise<HttpServer> {
  const { metrics, readiness, logger, onFindings } = options;
  const onInternalError = (error: unknown, id: string): void => logger.error({ id, err: error }, "a request failed");
  return createHttpServer({
    host,
    port,
    ...(config === undefined
      ? {}
      : {
          maxBodyBytes: config.server.maxBodyBytes,
          graceMs: config.server.graceMs,
          cors: { origins: config.server.corsOrigins },
        }),
    graphql: createGraphQLHandler(gateway.service, {
      onInternalError,
      ...(config?.server.maxBatch === undefined ? {} : { batching: { maxOperations: config.server.maxBatch } }),
    }),
    routes: await meshRoutes({ metrics, supergraph: () => gateway.supergraph() }, config, onFindings),
    readiness,
    onInternalError,
  });
}
