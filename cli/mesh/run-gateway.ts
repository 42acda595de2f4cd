/** The gateway without products: over any federation supergraph, whose subgraphs are reached by the URLs in it. */
import { access, constants } from "node:fs/promises";
import type { Logger } from "pino";
import type { Deduplicate, GatewayHealth, ReloadResult } from "#gateway";
import type { Readiness } from "#http";
import type { Policy } from "#policies";
import { ClientError, type Finding } from "#schema";
import type { MeshConfig, TrustedDocumentsSetup } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { openCacheControl } from "./cache/open-cache-control.ts";
import { sharesByRedis } from "./cache/shares-by-redis.ts";
import { createEventMetrics, type EventMetrics } from "./events/event-metrics.ts";
import { type MeshBus, openMeshBus } from "./events/open-bus.ts";
import { loadMesh } from "./load-mesh.ts";
import { serveGateway } from "./serve-gateway.ts";

export interface RunningGateway {
  readonly url: string;
  /**
   * Reads the file and the policies again; the file is also read by itself. What cannot be used is told in health and
   * changes nothing. Undefined when the policies cannot be used.
   */
  reload(): Promise<ReloadResult | undefined>;
  close(): Promise<void>;
}

const defaultPollMs = 10_000;

/**
 * Without a configuration nothing is authenticated, masked or cached, and the gateway's own defaults hold.
 *
 * @throws ClientError SUPERGRAPH_NOT_FOUND, SUPERGRAPH_INVALID; FindingsError when a policy of the configuration cannot be read; what `serveGateway` throws.
 */
export async function runGateway(
  supergraphFile: string,
  config: MeshConfig | undefined,
  options: {
    readonly host: string;
    readonly port: number;
    readonly trustedDocuments: TrustedDocumentsSetup | undefined;
    readonly deduplicate: Deduplicate | undefined;
    readonly workers: number;
    readonly logger: Logger;
    readonly onFindings: (findings: readonly Finding[]) => void;
    /** It can answer nobody any more, and waits to be closed. */
    readonly onFailed?: (error: Error) => void;
  },
): Promise<RunningGateway> {
  const { host, port, workers, trustedDocuments, deduplicate, logger, onFindings, onFailed } = options;
  await assertReadable(supergraphFile);
  let refused: string | undefined;
  const { policies, findings } = await readPolicies(config);
  if (policies === undefined) {
    throw new FindingsError(`${incomplete}, so what it forbids would be shown: nothing was started`, findings);
  }
  const metrics = createEventMetrics();
  const events = await openBus(config, logger, metrics);
  const server = await serveGateway({
    setup: { config, trustedDocuments, deduplicate, host, port },
    workers,
    inputs: { source: { kind: "supergraph", supergraph: { file: supergraphFile }, urls: urlsOf(config) }, policies },
    pollMs: config?.gateway.pollMs ?? defaultPollMs,
    events: config &&
      events && { bus: events.bus, isInProcess: false, isSharedWork: sharesByRedis(config), productsHere: () => [] },
    furtherMetrics: events && metrics.registry,
    logger,
    onFindings,
    readiness: (health) => readReadiness(health, refused),
    onFailed,
  }).catch(async (cause: unknown) => {
    await events?.close();
    if (cause instanceof ClientError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw commandError("SUPERGRAPH_INVALID", `${supergraphFile} cannot be served as a supergraph: ${reason}`, cause);
  });
  const control = config && (await openCacheControl(config, server, logger));
  return {
    url: server.url,
    async reload() {
      const next = await readPolicies(config);
      onFindings(next.findings);
      refused = next.policies === undefined ? incomplete : undefined;
      return next.policies === undefined ? undefined : server.reload({ policies: next.policies });
    },
    async close() {
      await control?.close();
      await server.close();
      await events?.close();
    },
  };
}

/** Products elsewhere are heard of through a server alone. */
async function openBus(
  config: MeshConfig | undefined,
  logger: Logger,
  metrics: EventMetrics,
): Promise<MeshBus | undefined> {
  if (config === undefined || !config.gateway.cache.enabled) return undefined;
  if (config.events.url !== undefined) return openMeshBus(config, logger, metrics);
  logger.info({}, "spec.events.url names no event bus: what products change is heard of when its lifetime ends");
  return undefined;
}

const incomplete = "a policy cannot be read";

/** Undefined policies: one cannot be read, and without it something would be shown that it forbids. */
async function readPolicies(
  config: MeshConfig | undefined,
): Promise<{ readonly policies: readonly Policy[] | undefined; readonly findings: readonly Finding[] }> {
  if (config === undefined) return { policies: [], findings: [] };
  const { policies, policiesAreComplete, findings } = await loadMesh(config);
  return { policies: policiesAreComplete ? policies : undefined, findings };
}

function readReadiness(
  { ready, generation, subgraphs, lastReloadFailure }: GatewayHealth,
  refused: string | undefined,
): Readiness {
  const reasons = [
    ...(refused === undefined ? [] : [`the changed policies are not used: ${refused}`]),
    ...(lastReloadFailure === undefined ? [] : [`the last reload failed: ${lastReloadFailure.reason}`]),
  ];
  return { ready, reasons, details: { generation, subgraphs } };
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

function urlsOf(config: MeshConfig | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(config?.gateway.remote ?? {}).map(([name, { url }]) => [name, url]));
}
