/**
 * The whole mesh: products → gateway → HTTP server, all in this process unless there are workers to answer.
 *
 *   load documents → event bus → start products → compose → follow the bus → listen ⇄ reload
 *   → close (server, following, gateway, products, event bus)
 */
import type { Logger } from "pino";
import { CompositionFailed, compose, type ReloadResult, type SubgraphSource } from "#gateway";
import type { ProductEvent, ProductStatus } from "#platform";
import type { Finding, MeshModel } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { countWorkers } from "../config/worker-count.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { openCacheControl } from "./cache/open-cache-control.ts";
import { sharesByRedis } from "./cache/shares-by-redis.ts";
import { openMeshTombstones, runDataCare } from "./care/run-data-care.ts";
import { composableSubgraphs } from "./composable-subgraphs.ts";
import { compositionFindings } from "./composition-findings.ts";
import { type LoadedMesh, loadMesh } from "./load-mesh.ts";
import { openMasks } from "./open-masks.ts";
import { openProductServices } from "./product-services.ts";
import { readMeshReadiness } from "./readiness.ts";
import { type RunningProducts, runProducts } from "./run-products.ts";
import { type GatewayServer, serveGateway } from "./serve-gateway.ts";
import { unknownProducts } from "./unknown-products.ts";

export interface MeshOptions {
  readonly config: MeshConfig;
  readonly logger: Logger;
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly onEvent: (event: ProductEvent) => void;
  /** It can answer nobody any more, and waits to be closed. */
  readonly onFailed?: (error: Error) => void;
}

export interface RunningMesh {
  readonly url: string;
  /** The composed graph's SDL. */
  supergraph(): string | undefined;
  /** What the running state was made from. */
  readonly loaded: LoadedMesh;
  statuses(): readonly ProductStatus[];
  /**
   * Reads the documents again, starts the products anew that `changedIn` names and swaps the graph. Undefined when the
   * documents cannot be used, which leaves everything as it is; a product whose own documents are faulty goes on as it was.
   */
  reload(changedIn: (next: LoadedMesh) => Promise<ReadonlySet<string>>): Promise<ReloadResult | undefined>;
  /** Finishes requests in flight, then closes everything. */
  close(): Promise<void>;
}

/**
 * Resolves when the mesh listens, whatever became of single products.
 *
 * @throws FindingsError when a policy cannot be read or there is no product at all; what `createGateway` and
 * `createHttpServer` throw.
 */
export async function runMesh({ config, logger, onFindings, onEvent, onFailed }: MeshOptions): Promise<RunningMesh> {
  let loaded = await loadMesh(config);
  assertUsable(loaded);
  onFindings([...loaded.findings, ...unknownProducts(config, loaded)]);

  const { remote } = config.gateway;
  let refused: string | undefined;
  let server: GatewayServer | undefined;
  // A product came up after the first graph had been composed.
  let isOutdated = false;
  const masks = await openMasks(config, logger);
  const tombstones = openMeshTombstones(config, masks.keys);
  const services = await openProductServices(config, logger);
  const { events, metrics } = services;
  if (events.isInProcess && Object.keys(remote).length > 0 && config.gateway.cache.enabled) {
    logger.info(
      { products: Object.keys(remote) },
      "spec.events.url names no event bus: what products elsewhere change is heard of when its lifetime ends",
    );
  }
  const closeParts = async (): Promise<void> => {
    await services.close();
    await masks.close();
  };
  const products = await runProducts(loaded, {
    config,
    masks,
    tombstones,
    ...services.options,
    runsHere: (name) => !Object.hasOwn(remote, name),
    onEvent(event) {
      metrics.observeProduct(event);
      onEvent(event);
    },
    onError: (product, { id, cause }) => logger.error({ product, id, err: cause }, "a resolver of a subgraph failed"),
    onFault: (product, error) => logger.error({ product, err: error }, "a product failed unexpectedly"),
    onOffered: () => {
      if (server === undefined) isOutdated = true;
      else void server.reload({ source: sourceOf(loaded, products, remote) });
    },
  });

  const started = await serveGateway({
    setup: {
      config,
      trustedDocuments: config.gateway.trustedDocuments,
      deduplicate: config.gateway.deduplicate,
      host: config.server.host,
      port: config.server.port,
    },
    workers: countWorkers(config.server.workers),
    inputs: { source: sourceOf(loaded, products, remote), policies: loaded.policies },
    events: config.gateway.cache.enabled
      ? {
          bus: events.bus,
          isInProcess: events.isInProcess,
          isSharedWork: sharesByRedis(config),
          productsHere: () => products.statuses().map(({ product }) => product),
        }
      : undefined,
    furtherMetrics: metrics.registry,
    // Products of this process tell when they change; those elsewhere have to be asked.
    pollMs: Object.keys(remote).length === 0 ? undefined : config.gateway.pollMs,
    logger,
    onFindings,
    readiness: (health) => readMeshReadiness(health, products.statuses(), loaded, refused),
    onFailed,
  }).catch(async (error: unknown) => {
    await products.close();
    await closeParts();
    throw error instanceof CompositionFailed ? notOneGraph(error, config) : error;
  });
  const care = await runDataCare(config, {
    loaded: () => loaded,
    products,
    tombstones,
    keys: masks.keys,
    cache: started.cache,
    logger,
  });
  const control = await openCacheControl(config, started, logger);
  server = started;
  if (isOutdated) await started.reload({ source: sourceOf(loaded, products, remote) });

  return {
    url: started.url,
    supergraph: () => started.supergraph(),
    get loaded() {
      return loaded;
    },
    statuses: () => products.statuses(),
    async reload(changedIn) {
      const next = await loadMesh(config, loaded);
      onFindings([...next.findings, ...unknownProducts(config, next)]);
      if (!next.policiesAreComplete || next.mesh.products.size === 0) {
        refused = next.policiesAreComplete ? "there is no product any more" : "a policy cannot be read";
        return undefined;
      }
      const merged = { ...next, mesh: keepFaulty(loaded.mesh, next) };
      const asked = await changedIn(merged);
      // Before any product is replaced: the running graph would otherwise lose products that it still needs.
      const { subgraphs, findings: unusable } = await composableSubgraphs(merged.mesh, remote);
      onFindings(unusable);
      const usable = new Set(subgraphs.map(({ name }) => name));
      if (asked.size > 0 && usable.size > 0) {
        const problems = compositionFindings(await compose(subgraphs), config.file);
        if (problems.length > 0) {
          onFindings(problems);
          refused = problems.map(({ message }) => message).join("; ");
          return undefined;
        }
      }
      const changed = new Set([...asked].filter((name) => !next.broken.has(name) && usable.has(name)));
      loaded = merged;
      refused = undefined;
      await products.replace(merged, changed);
      // What was asked of their former code or documents; nobody else tells that those are others.
      if (config.gateway.cache.enabled && changed.size > 0) {
        await started.cache.invalidate({
          cause: "event",
          what: [...changed].map((product) => ({ kind: "product", product })),
        });
      }
      return started.reload({ source: sourceOf(merged, products, remote), policies: merged.policies });
    },
    async close() {
      await care.close();
      await control?.close();
      await started.close();
      await products.close();
      await closeParts();
    },
  };
}

function notOneGraph({ errors }: CompositionFailed, config: MeshConfig): FindingsError {
  const findings = compositionFindings({ kind: "failed", errors }, config.file);
  return new FindingsError("the products do not make one graph: nothing was started", findings);
}

function assertUsable({ policiesAreComplete, findings, mesh }: LoadedMesh): void {
  if (!policiesAreComplete) {
    throw new FindingsError(
      "a policy cannot be read, so what it forbids would be shown: nothing was started",
      findings,
    );
  }
  if (mesh.products.size === 0) throw new FindingsError("there is no product that could be started", findings);
}

/** The next documents, with the products whose own are faulty as they were before. */
function keepFaulty(before: MeshModel, { mesh, broken }: LoadedMesh): MeshModel {
  const kept = [...before.products].filter(([name]) => broken.has(name) && !mesh.products.has(name));
  return {
    products: new Map([...mesh.products, ...kept]),
    ingestionOrder: [...mesh.ingestionOrder, ...kept.map(([name]) => name)],
  };
}

function sourceOf(
  { broken }: LoadedMesh,
  products: RunningProducts,
  remote: MeshConfig["gateway"]["remote"],
): { readonly kind: "subgraphs"; readonly subgraphs: readonly SubgraphSource[] } {
  const here = products.sources();
  const names = new Set([...here.map(({ name }) => name), ...Object.keys(remote)]);
  return {
    kind: "subgraphs",
    subgraphs: [
      ...here,
      ...Object.entries(remote).map(([name, { url }]): SubgraphSource => ({ kind: "http", name, url })),
      ...[...broken]
        .filter(([name]) => !names.has(name))
        .map(
          ([name, [finding]]): SubgraphSource => ({
            kind: "unavailable",
            name,
            reason: finding?.message ?? "Its manifest cannot be used.",
          }),
        ),
    ],
  };
}
