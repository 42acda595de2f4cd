/**
 * The products of a mesh that run in this process.
 *
 * Each starts when the products it reads have started; afterwards a product is refreshed whenever one that it reads has
 * published, or, when that one runs elsewhere and cannot say so, at intervals (which costs one question when nothing is
 * new). One that fails does not hold up the others, and is tried again with growing pauses.
 */
import { parse } from "graphql";
import type { EventBus } from "#events";
import type { SubgraphSource } from "#gateway";
import type {
  AggregateCache,
  AggregateOptions,
  HiddenError,
  Product,
  ProductEvent,
  ProductStatus,
  Tombstones,
  UpstreamReader,
} from "#platform";
import { createProduct } from "#platform";
import {
  type AuditLog,
  createDescribeAccess,
  createRules,
  type KeyRing,
  type Policy,
  type Rules,
  readGovernedCoordinates,
  type Validator,
} from "#policies";
import type { LinkedProduct, MeshModel } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import type { LoadedMesh } from "./load-mesh.ts";
import type { OpenMasks } from "./open-masks.ts";
import { createReplaceableSubgraph, type ReplaceableSubgraph } from "./replaceable-subgraph.ts";

export interface ProductsOptions {
  readonly config: MeshConfig;
  /** Keys and masks of the process; without them masks that need a key redact. */
  readonly masks?: OpenMasks | undefined;
  /** For encrypted columns, when it is not in `masks`. */
  readonly keys?: KeyRing | undefined;
  /** Persons who were erased and must not come back. */
  readonly tombstones?: Tombstones | undefined;
  /** Which of the loaded products run here; the others are somewhere else. */
  readonly runsHere: (product: string) => boolean;
  /** Products that run somewhere else, as inputs of those that run here. */
  readonly remoteUpstream?: (product: string) => UpstreamReader | undefined;
  /** Where products tell what changed; without it they tell nobody. */
  readonly events?: EventBus | undefined;
  /** Where they keep expensive aggregates. */
  readonly aggregates?: AggregateCache | undefined;
  readonly onAggregate?: AggregateOptions["onEvent"];
  /** Where products record who reads personal data from them directly; the gateway records for itself. */
  readonly audit?: AuditLog | undefined;
  readonly onEvent: (event: ProductEvent) => void;
  readonly onError: (product: string, error: HiddenError) => void;
  readonly onFault: (product: string, error: unknown) => void;
  /** A product that could not be offered in the graph now can be. */
  readonly onOffered: () => void;
  /** How long to wait between questions and attempts; the defaults are for people, tests are quicker. */
  readonly pauses?: Partial<typeof defaultPauses>;
}

export interface RunningProducts {
  readonly get: (product: string) => Product | undefined;
  /** How each can be reached by a gateway in this process; one without a subgraph is unavailable with its reason. */
  sources(): readonly SubgraphSource[];
  statuses(): readonly ProductStatus[];
  /**
   * Takes over another state of the documents: `changed` products are closed and started anew, missing ones closed. What
   * they were asked before is answered first; what they are asked meanwhile waits for those that are started.
   */
  replace(loaded: LoadedMesh, changed: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

/** How long a product that is replaced may take for what it was asked before. */
const answerLimitMs = 10_000;

const defaultPauses = { firstRetryMs: 1_000, lastRetryMs: 60_000, upstreamPollMs: 30_000 };

/** Resolves when every product is serving or has failed; never rejects because of a product. */
export async function runProducts(loaded: LoadedMesh, options: ProductsOptions): Promise<RunningProducts> {
  const { firstRetryMs, lastRetryMs, upstreamPollMs } = { ...defaultPauses, ...options.pauses };
  const products = new Map<string, Product>();
  const subgraphs = new WeakMap<Product, ReplaceableSubgraph>();
  const retries = new Map<string, { timer: NodeJS.Timeout; pauseMs: number }>();
  let unlisten: readonly (() => void)[] = [];
  let closed = false;

  await startAll(loaded, new Set(loaded.mesh.ingestionOrder));

  /** One object for one product with a subgraph: a gateway sees by it that the product is another one. */
  function subgraphOf(product: Product): ReplaceableSubgraph | undefined {
    const subgraph = subgraphs.get(product) ?? createReplaceableSubgraph(product);
    if (subgraph !== undefined) subgraphs.set(product, subgraph);
    return subgraph;
  }

  async function startAll(
    { mesh, policies, validators }: LoadedMesh,
    names: ReadonlySet<string>,
    onStarted: (product: Product) => void = () => undefined,
  ): Promise<void> {
    for (const stop of unlisten) stop();
    const started = new Map<string, Promise<unknown>>();
    for (const name of mesh.ingestionOrder) {
      const linked = mesh.products.get(name);
      if (linked === undefined || !options.runsHere(name)) continue;
      if (!names.has(name) && products.has(name)) continue;
      const product = createProduct(linked, mesh, productOptions(linked, policies, validators, mesh));
      products.set(name, product);
      const upstreams = linked.productInputs.flatMap(({ product: upstream }) => started.get(upstream) ?? []);
      started.set(
        name,
        Promise.all(upstreams)
          .then(() => product.start())
          .then(() => onStarted(product)),
      );
    }
    await Promise.all(started.values());
    unlisten = listen(mesh);
    for (const product of products.values()) if (product.status.state === "failed") retryLater(product);
  }

  function listen(mesh: MeshModel): readonly (() => void)[] {
    return [...mesh.products.values()].flatMap((linked) => {
      const downstream = products.get(linked.manifest.metadata.name);
      if (downstream === undefined) return [];
      const refresh = (): void => void downstream.refresh();
      const near = linked.productInputs.flatMap(({ product }) => products.get(product)?.onPublished(refresh) ?? []);
      const isFar = linked.productInputs.some(({ product }) => !options.runsHere(product));
      return isFar ? [...near, poll(refresh)] : near;
    });
  }

  function poll(refresh: () => void): () => void {
    const timer = setInterval(refresh, upstreamPollMs).unref();
    return () => clearInterval(timer);
  }

  function productOptions(
    linked: LinkedProduct,
    policies: readonly Policy[],
    validators: readonly Validator[],
    mesh: MeshModel,
  ): Parameters<typeof createProduct>[2] {
    const { config } = options;
    const { name, domain } = linked.manifest.metadata;
    return {
      stateDir: config.stateFolder,
      databaseUrl: config.storage.postgresUrl,
      allowedHosts: config.allowedHosts,
      upstream: (product) =>
        mesh.products.has(product) && options.runsHere(product)
          ? lateReader(product)
          : options.remoteUpstream?.(product),
      rules: (sdl): Rules => createRules(policies, readGovernedCoordinates(parse(sdl), { name, domain })),
      validators,
      audit: options.audit && {
        log: options.audit,
        describe(sdl) {
          const document = parse(sdl);
          return createDescribeAccess(document, readGovernedCoordinates(document, { name, domain }), policies);
        },
      },
      masks: options.masks?.setup,
      keys: options.keys ?? options.masks?.keys,
      tombstones: options.tombstones,
      events: options.events,
      aggregates: options.aggregates,
      ...(options.onAggregate && { aggregateOptions: { onEvent: options.onAggregate } }),
      onEvent: options.onEvent,
      onError: (error) => options.onError(name, error),
      onFault: (error) => options.onFault(name, error),
    };
  }

  /** Reads from the product of that name that is running when it is asked, which a reload may have replaced. */
  function lateReader(name: string): UpstreamReader | undefined {
    return products.get(name)?.reader;
  }

  function retryLater(product: Product): void {
    const pauseMs = Math.min(lastRetryMs, (retries.get(product.name)?.pauseMs ?? firstRetryMs / 2) * 2);
    const timer = setTimeout(() => {
      if (closed || products.get(product.name) !== product) return;
      const wasOffered = product.subgraph !== undefined;
      void product.refresh().then(({ state }) => {
        if (!wasOffered && product.subgraph !== undefined) options.onOffered();
        if (state === "failed") retryLater(product);
        else retries.delete(product.name);
      });
    }, pauseMs);
    timer.unref();
    clearTimeout(retries.get(product.name)?.timer);
    retries.set(product.name, { timer, pauseMs });
  }

  return {
    get: (name) => products.get(name),
    statuses: () => [...products.values()].map(({ status }) => status),
    sources: () =>
      [...products.values()].map((product): SubgraphSource => {
        const { name, status } = product;
        const subgraph = subgraphOf(product);
        if (subgraph !== undefined) return { kind: "in-process", name, sdl: subgraph.sdl, subgraph };
        return { kind: "unavailable", name, reason: status.reason?.message ?? "It is starting." };
      }),
    async replace(next, changed) {
      const gone = [...products].filter(([name]) => changed.has(name) || !next.mesh.products.has(name));
      const successors = new Map(
        gone.map(([name]) => [name, Promise.withResolvers<ReplaceableSubgraph | undefined>()]),
      );
      await Promise.all(
        gone.map(async ([name, product]) => {
          const successor = successors.get(name)?.promise ?? Promise.resolve(undefined);
          await subgraphs.get(product)?.replace(successor, answerLimitMs);
          await product.close();
          products.delete(name);
          clearTimeout(retries.get(name)?.timer);
          retries.delete(name);
        }),
      );
      await startAll(next, changed, (product) => successors.get(product.name)?.resolve(subgraphOf(product)));
      for (const { resolve } of successors.values()) resolve(undefined);
    },
    async close() {
      closed = true;
      for (const { timer } of retries.values()) clearTimeout(timer);
      for (const stop of unlisten) stop();
      await Promise.all([...products.values()].map((product) => product.close()));
    },
  };
}
