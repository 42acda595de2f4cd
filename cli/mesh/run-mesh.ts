/**
 * The whole mesh in one process: products → gateway → HTTP server.
 *
 *   load documents → start products → compose → listen ⇄ reload → close (server, gateway, products)
 */
import type { Logger } from "pino";
import {
  CompositionFailed,
  compose,
  createGateway,
  createGovern,
  type Gateway,
  type Govern,
  type ReloadResult,
  type SubgraphSource,
} from "#gateway";
import { createGraphQLHandler, createHttpServer } from "#http";
import type { ProductEvent, ProductStatus } from "#platform";
import type { Policy } from "#policies";
import type { Finding, MeshModel } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { createGatewayAuthentication } from "./authentication.ts";
import { composableSubgraphs } from "./composable-subgraphs.ts";
import { compositionFindings } from "./composition-findings.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { type LoadedMesh, loadMesh } from "./load-mesh.ts";
import { meshRoutes } from "./mesh-routes.ts";
import { readMeshReadiness } from "./readiness.ts";
import { type RunningProducts, runProducts } from "./run-products.ts";

export interface MeshOptions {
  readonly config: MeshConfig;
  readonly logger: Logger;
  readonly onFindings: (findings: readonly Finding[]) => void;
  readonly onEvent: (event: ProductEvent) => void;
}

export interface RunningMesh {
  readonly url: string;
  readonly gateway: Gateway;
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
export async function runMesh({ config, logger, onFindings, onEvent }: MeshOptions): Promise<RunningMesh> {
  let loaded = await loadMesh(config);
  assertUsable(loaded);
  onFindings(loaded.findings);

  const { remote } = config.gateway;
  let refused: string | undefined;
  const products = await runProducts(loaded, {
    config,
    runsHere: (name) => !Object.hasOwn(remote, name),
    onEvent,
    onError: (product, { id, cause }) => logger.error({ product, id, err: cause }, "a resolver of a subgraph failed"),
    onFault: (product, error) => logger.error({ product, err: error }, "a product failed unexpectedly"),
    onOffered: () => void gateway.reload({ source: sourceOf(loaded, products, remote) }),
  });

  const { authenticate, tokens } = await createGatewayAuthentication(config);
  // Another function means other rules to the gateway, so policies that did not change keep theirs.
  let govern: { readonly policies: string; readonly function: Govern } | undefined;
  const governWith = (policies: readonly Policy[]): Govern => {
    const text = JSON.stringify(policies);
    if (govern?.policies !== text) {
      const reportFailure = (policy: string, cause: unknown): void =>
        logger.error({ policy, err: cause }, "a policy could not be decided: denied");
      govern = { policies: text, function: createGovern({ policies, onFindings, reportFailure }) };
    }
    return govern.function;
  };
  const gateway = await createGateway({
    ...gatewayOptions(config, logger, tokens),
    source: sourceOf(loaded, products, remote),
    authenticate,
    govern: governWith(loaded.policies),
    // Products of this process tell when they change; those elsewhere have to be asked.
    ...(Object.keys(remote).length === 0 ? {} : { pollMs: config.gateway.pollMs }),
  }).catch(async (error: unknown) => {
    await products.close();
    throw error instanceof CompositionFailed ? notOneGraph(error, config) : error;
  });
  const onInternalError = (error: unknown, id: string): void => logger.error({ id, err: error }, "a request failed");
  const server = await createHttpServer({
    host: config.server.host,
    port: config.server.port,
    maxBodyBytes: config.server.maxBodyBytes,
    graceMs: config.server.graceMs,
    cors: { origins: config.server.corsOrigins },
    graphql: createGraphQLHandler(gateway.service, { onInternalError }),
    routes: await meshRoutes(gateway, config, onFindings),
    readiness: () => readMeshReadiness(gateway, products.statuses(), loaded, refused),
    onInternalError,
  }).catch(async (error: unknown) => {
    await gateway.close();
    await products.close();
    throw error;
  });

  return {
    url: server.url,
    gateway,
    get loaded() {
      return loaded;
    },
    statuses: () => products.statuses(),
    async reload(changedIn) {
      const next = await loadMesh(config, loaded);
      onFindings(next.findings);
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
      return gateway.reload({ source: sourceOf(merged, products, remote), govern: governWith(merged.policies) });
    },
    async close() {
      await server.close();
      await gateway.close();
      await products.close();
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
