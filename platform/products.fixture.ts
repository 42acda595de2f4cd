/**
 * For tests: all products of a mesh in one process, without retries and reloads. Each starts once the products it reads
 * have started, reads them from their storage, and is refreshed when they publish.
 */
import type { MeshModel } from "#schema";
import type { UpstreamReader } from "./ingestion/upstream.ts";
import { createProduct, type Product, type ProductOptions } from "./product.ts";
import type { ProductStatus } from "./product-event.ts";

export interface ProductsOptions extends Omit<ProductOptions, "upstream"> {
  /** Products of the mesh that run elsewhere: read through this, and not started here. */
  readonly remote?: ReadonlyMap<string, UpstreamReader> | undefined;
}

export interface Products {
  /** In ingestion order. */
  readonly all: readonly Product[];
  get(name: string): Product | undefined;
  /** Resolves when every product is serving or failed; never rejects. */
  start(): Promise<readonly ProductStatus[]>;
  /** Downstream first; waits for running work. */
  close(): Promise<void>;
}

/** Products that have not started yet. */
export function createProducts(mesh: MeshModel, options: ProductsOptions): Products {
  const { remote = new Map<string, UpstreamReader>(), ...productOptions } = options;
  const products = new Map<string, Product>();
  const upstream = (name: string): UpstreamReader | undefined => products.get(name)?.reader ?? remote.get(name);
  for (const name of mesh.ingestionOrder) {
    const linked = mesh.products.get(name);
    if (linked !== undefined && !remote.has(name)) {
      products.set(name, createProduct(linked, mesh, { ...productOptions, upstream }));
    }
  }
  let isClosing = false;

  function upstreamsOf(product: Product): readonly Product[] {
    const names = new Set(product.linked.productInputs.map((input) => input.product));
    return [...names].flatMap((name) => products.get(name) ?? []);
  }

  return {
    all: [...products.values()],
    get: (name) => products.get(name),
    async start() {
      const started = new Map<string, Promise<ProductStatus>>();
      for (const product of products.values()) {
        const upstreams = upstreamsOf(product);
        // In ingestion order, so the upstreams' promises exist already.
        const ready = Promise.all(upstreams.flatMap(({ name }) => started.get(name) ?? []));
        started.set(
          product.name,
          ready.then(() => {
            // Before the start, so that no publication falls between what the start reads and the first refresh.
            for (const before of upstreams) before.onPublished(() => void (isClosing || product.refresh()));
            return product.start();
          }),
        );
      }
      return Promise.all(started.values());
    },
    async close() {
      isClosing = true;
      for (const product of [...products.values()].reverse()) await product.close();
    },
  };
}
