/**
 * One product in a process of its own: its subgraph at `/graphql` for the gateway, its rows at `/outputs` for products
 * that read it.
 */
import type { Logger } from "pino";
import { createGraphQLHandler, createHttpServer, type HttpRequest, type Readiness } from "#http";
import {
  createHttpReader,
  createOutputsHandler,
  createSubgraphService,
  type ProductEvent,
  type ProductStatus,
  type UpstreamReader,
} from "#platform";
import type { Caller, SubgraphAuthenticator } from "#policies";
import type { LinkedProduct } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { createProductAuthentication, serviceToken } from "./authentication.ts";
import { openMeshTombstones, runDataCare } from "./care/run-data-care.ts";
import type { LoadedMesh } from "./load-mesh.ts";
import { metricsRoute } from "./mesh-routes.ts";
import { openAudit } from "./open-audit.ts";
import { openMasks } from "./open-masks.ts";
import { openServicesOfServed } from "./product-services.ts";
import { recordOutputReads } from "./record-output-reads.ts";
import { runProducts } from "./run-products.ts";

export interface ServedProduct {
  readonly url: string;
  status(): ProductStatus | undefined;
  /** Finishes requests in flight, then closes the product. */
  close(): Promise<void>;
}

/** The role that a service needs to read outputs as they are. */
const readerRole = "mesh-product";

/** Resolves when it listens, whatever became of the product; `/health/ready` says. Throws as `createHttpServer`. */
export async function serveProduct(
  product: LinkedProduct,
  loaded: LoadedMesh,
  config: MeshConfig,
  options: {
    readonly host: string;
    readonly port: number;
    readonly logger: Logger;
    readonly onEvent: (event: ProductEvent) => void;
  },
): Promise<ServedProduct> {
  if (!loaded.policiesAreComplete) {
    throw new FindingsError(
      "a policy cannot be read, so what it forbids would be shown: nothing was started",
      loaded.findings,
    );
  }
  const { logger } = options;
  const { name } = product.manifest.metadata;
  const upstreams = upstreamReaders(product, config);
  const audit = await openAudit(config, `product-${name}`, logger);
  const masks = await openMasks(config, logger);
  const tombstones = openMeshTombstones(config, masks.keys);
  const services = await openServicesOfServed(config, logger);
  const { metrics } = services;
  if (services.events === undefined) {
    logger.info(
      { product: name },
      "spec.events.url names no event bus: gateways do not hear of changes of the product",
    );
  }
  const products = await runProducts(loaded, {
    config,
    audit,
    masks,
    tombstones,
    ...services.options,
    runsHere: (candidate) => candidate === name,
    remoteUpstream: (candidate) => upstreams.get(candidate),
    onEvent(event) {
      metrics.observeProduct(event);
      options.onEvent(event);
    },
    onError: (_product, { id, cause }) => logger.error({ id, err: cause }, "a resolver of the subgraph failed"),
    onFault: (_product, error) => logger.error({ err: error }, "the product failed unexpectedly"),
    onOffered: () => undefined,
  });

  const authenticator = await createProductAuthentication(config, name);
  const onInternalError = (error: unknown, id: string): void => logger.error({ id, err: error }, "a request failed");
  const running = products.get(name);
  const outputs =
    running &&
    createOutputsHandler({
      reader: running.reader,
      authorize: (request) => authorize(authenticator, request),
      record: audit && recordOutputReads(audit, product, loaded.policies),
    });
  const server = await createHttpServer({
    host: options.host,
    port: options.port,
    maxBodyBytes: config.server.maxBodyBytes,
    graceMs: config.server.graceMs,
    graphql: createGraphQLHandler(
      createSubgraphService(() => products.get(name)?.subgraph, authenticator),
      { onInternalError },
    ),
    routes: [
      metricsRoute(async () => ({ contentType: metrics.registry.contentType, body: await metrics.registry.metrics() })),
      ...(outputs === undefined
        ? []
        : [
            { path: "/outputs", stream: outputs },
            { path: "/outputs/*", stream: outputs },
          ]),
    ],
    readiness: () => readReadiness(products.get(name)?.status),
    onInternalError,
  });
  const care = await runDataCare(config, { loaded: () => loaded, products, tombstones, keys: masks.keys, logger });
  return {
    url: server.url,
    status: () => products.get(name)?.status,
    async close() {
      await care.close();
      await server.close();
      await products.close();
      await services.close();
      await audit?.close().catch((err: unknown) => logger.error({ err }, "the audit is not complete"));
      await masks.close();
      await Promise.all([...upstreams.values()].map((reader) => reader.close()));
    },
  };
}

function upstreamReaders(
  product: LinkedProduct,
  config: MeshConfig,
): ReadonlyMap<string, UpstreamReader & { close(): Promise<void> }> {
  const { name } = product.manifest.metadata;
  const names = new Set(product.productInputs.map((input) => input.product));
  return new Map(
    [...names].map((upstream) => {
      const configured = config.upstreams[upstream];
      if (configured === undefined) {
        throw commandError(
          "UPSTREAM_UNKNOWN",
          `the product "${name}" reads "${upstream}", and ${config.file} does not say where that runs: add spec.upstreams.${upstream}.url`,
        );
      }
      const headers = async (): Promise<Readonly<Record<string, string>>> => ({
        authorization: `Bearer ${configured.token ?? (await serviceToken(config, name, readerRole))}`,
      });
      return [upstream, createHttpReader({ product: upstream, url: configured.url, headers })];
    }),
  );
}

/** Outputs are raw rows: only services that were given the role get them. */
async function authorize(authenticator: SubgraphAuthenticator, request: HttpRequest): Promise<Caller> {
  const { caller, masking } = await authenticator.authenticate(request.headers);
  const { kind, roles } = caller.principal;
  if (masking === "here" && kind === "service" && roles.includes(readerRole)) return caller;
  throw commandError(
    "OUTPUTS_FORBIDDEN",
    `Outputs are read by services with the role ${readerRole}; ask /graphql instead.`,
  );
}

function readReadiness(status: ProductStatus | undefined): Readiness {
  const reason = status?.reason;
  return {
    ready: status?.state === "serving" || (status?.state === "refreshing" && status.version !== undefined),
    reasons: reason === undefined ? [] : [`${status?.product}: ${reason.message}`],
    details: status === undefined ? {} : { products: [{ ...status, rows: Object.fromEntries(status.rows) }] },
  };
}
